import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Brands take turns with the erasures of persons, so each brand's next ones are looked for.
    drop index planned_erasures_due;
    create index planned_erasures_due on planned_erasures (brand_id, (coalesce(next_try_at, due_at)), id)
      where cancelled_at is null and begun_at is null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index planned_erasures_due;
    create index planned_erasures_due on planned_erasures ((coalesce(next_try_at, due_at)))
      where cancelled_at is null and begun_at is null;
  `);
}
