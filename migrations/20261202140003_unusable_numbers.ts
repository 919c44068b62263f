import type { Knex } from 'knex';

/** A reply, a receipt or an order looks for a mark of its number, and nearly no number has one. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(
    'create index addresses_unusable on addresses (brand_id, address, channel) where not usable and retired_at is null',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index addresses_unusable');
}
