import type { Knex } from 'knex';

/** The events of an order go after a while, but that it was cancelled counts for as long as the order stands. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table orders add column cancelled_at timestamptz;
    update orders o set cancelled_at = i.at
      from (select brand_id, order_id, min(occurred_at) as at from inbox where type = 'order_cancelled' group by brand_id, order_id) i
      where i.brand_id = o.brand_id and i.order_id = o.id;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table orders drop column cancelled_at');
}
