import type { Knex } from 'knex';

/** A correction that came before its order is a sign of life of the number's owner. Most such rows get their order within minutes. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`create index orders_corrected_first on orders ((corrected->'phone'->>'contact'))
    where placed_at is null and corrected->'phone'->>'contact' is not null`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index orders_corrected_first');
}
