import type { Knex } from 'knex';

/** An index of an order's pending facts, in their order: the facts of a claimed order go to its workflow in one call. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(
    `create index inbox_waiting_by_order on inbox (brand_id, order_id, id) where applied_at is null and dead_at is null`,
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index inbox_waiting_by_order');
}
