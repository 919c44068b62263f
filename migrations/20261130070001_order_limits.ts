import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- How many events of the order system and how many parcels an order has: counted by the transaction that stores them.
    alter table orders
      add column event_count int not null default 0,
      add column parcel_count int not null default 0;
    update orders o set event_count = known.count
      from (select brand_id, order_id, count(*) from inbox where source = 'api' group by 1, 2) known
      where known.brand_id = o.brand_id and known.order_id = o.id;
    update orders o set parcel_count = known.count
      from (select brand_id, order_id, count(*) from parcels group by 1, 2) known
      where known.brand_id = o.brand_id and known.order_id = o.id;
    -- An order's own messages from its customer: its timeline read the whole table for them.
    create index inbound_of_order on inbound_messages (brand_id, order_id) where order_id is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index inbound_of_order;
    alter table orders drop column event_count, drop column parcel_count;
  `);
}
