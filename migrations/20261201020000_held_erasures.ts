import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- An erasure that cannot begin waits by itself, longer each time: a hundred that fail were the hundred of every look.
    alter table planned_erasures add column tries int not null default 0, add column next_try_at timestamptz;
    alter table shop_erasures add column tries int not null default 0, add column next_try_at timestamptz;
    drop index planned_erasures_due;
    create index planned_erasures_due on planned_erasures ((coalesce(next_try_at, due_at)))
      where cancelled_at is null and begun_at is null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index planned_erasures_due;
    create index planned_erasures_due on planned_erasures (due_at) where cancelled_at is null and begun_at is null;
    alter table shop_erasures drop column tries, drop column next_try_at;
    alter table planned_erasures drop column tries, drop column next_try_at;
  `);
}
