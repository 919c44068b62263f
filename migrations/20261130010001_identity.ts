import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- What the shop says of its customer belongs to the order: two orders of one number may name two people.
    alter table orders
      -- digit for digit
      add column customer_id text,
      add column first_name text,
      add column last_name text,
      add column locale text,
      -- the shop's guess, never the customer's own word
      add column zone text,
      add column country text check (country ~ '^[A-Z]{2}$'),
      add column region text,
      add column city text,
      add column postcode text,
      -- where the customer stands in the shop's programme, if the order tells
      add column loyalty jsonb,
      -- by part (phone, name, place) the moment and id of the correction that holds; for the phone the contact, too. Nothing personal
      add column corrected jsonb not null default '{}';
    -- What each order said is not on record; what is known of its contact is the nearest to it. The customer's id is the one of the order
    -- that came last, and gives orders away: on the others it could be of somebody who has typed the number since.
    update orders o set customer_id = case when o.id = (select l.id from orders l
          left join inbox p on p.brand_id = l.brand_id and p.order_id = l.id and p.source = 'dopo' and p.event_id = 'order_placed'
          where l.contact_id = c.id order by p.received_at desc nulls last, l.placed_at desc, l.id limit 1) then c.external_id end,
        first_name = c.first_name, last_name = c.last_name, locale = c.locale,
        zone = case when not c.zone_chosen then c.zone end, country = c.country, region = c.region, city = c.city, postcode = c.postcode,
        loyalty = nullif(c.loyalty, '{}')
      from contacts c where c.id = o.contact_id and c.erased_at is null and o.erased_at is null;
    create index orders_customer on orders (brand_id, customer_id) where customer_id is not null;

    alter table addresses
      -- set: somebody else has the number since then
      add column retired_at timestamptz,
      drop constraint addresses_brand_id_channel_address_key,
      drop column last_used_at;
    create unique index addresses_current on addresses (brand_id, channel, address) where retired_at is null;
    -- A contact has one number. Rows of other channels say what is known of it there.
    create unique index addresses_of_contact on addresses (contact_id, channel) where retired_at is null;
    create index addresses_former on addresses (brand_id, address, retired_at) where retired_at is not null;
    comment on column contacts.external_id is 'as its newest order says; it identifies nobody who has a number';
  `);
}

/** The former schema has no columns for the earlier owner of a number and for an order's own details, so they are lost. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    comment on column contacts.external_id is null;
    drop index addresses_current, addresses_of_contact, addresses_former;
    delete from addresses where retired_at is not null;
    alter table addresses drop column retired_at, add column last_used_at timestamptz,
      add constraint addresses_brand_id_channel_address_key unique (brand_id, channel, address);
    update addresses a set last_used_at = greatest(a.created_at, (select max(i.received_at) from orders o
      join inbox i on i.brand_id = o.brand_id and i.order_id = o.id and i.source = 'dopo' and i.event_id = 'order_placed'
      where o.contact_id = a.contact_id));
    alter table addresses alter column last_used_at set not null;
    drop index orders_customer;
    alter table orders drop column customer_id, drop column first_name, drop column last_name, drop column locale, drop column zone,
      drop column country, drop column region, drop column city, drop column postcode, drop column loyalty, drop column corrected;
  `);
}
