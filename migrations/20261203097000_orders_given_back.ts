import type { Knex } from 'knex';

/** The events of an order go after a while, but that nothing of it is left with the customer counts for as long as the order stands. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table orders add column given_back_at timestamptz;
    update orders o set given_back_at = i.at
      from (select brand_id, order_id, min(occurred_at) as at from inbox
             where (type = 'return_received' and not jsonb_exists(payload, 'items'))
                or (type = 'refund_issued' and not jsonb_exists(payload, 'items') and not jsonb_exists(payload, 'amountMinor') and not jsonb_exists(payload, 'part'))
             group by brand_id, order_id) i
      where i.brand_id = o.brand_id and i.order_id = o.id;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table orders drop column given_back_at');
}
