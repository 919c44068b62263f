import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- A row without placed_at is an order we have only heard events of.
    create table orders (
      brand_id text not null references brands,
      id text not null check (length(id) between 1 and 64),
      contact_id uuid,
      name text,
      placed_at timestamptz,
      currency text check (currency ~ '^[A-Z]{3}$'),
      total_minor bigint,
      fulfilment text check (fulfilment in ('shipped', 'pickup', 'digital', 'service')),
      cycle text check (cycle in ('fast', 'long')),
      history text check (history in ('new', 'repeat', 'loyal')),
      -- links and the promised date as the shop gave them
      details jsonb not null default '{}',
      -- the compiled journey it follows: what the workflow carries too
      journey jsonb,
      request_hash bytea,
      created_at timestamptz not null,
      primary key (brand_id, id),
      foreign key (brand_id, contact_id) references contacts (brand_id, id),
      check ((placed_at is null) = (contact_id is null)),
      check ((placed_at is null) = (journey is null))
    );
    create index on orders (contact_id, placed_at);
    create index on orders (brand_id, created_at desc, id);

    create table items (
      brand_id text not null,
      order_id text not null,
      line int not null,
      sku text,
      product_id text,
      title text not null,
      quantity int not null check (quantity > 0),
      price_minor bigint not null,
      -- what the brand's catalogue said about the product when it was bought
      product jsonb not null default '{}',
      primary key (brand_id, order_id, line),
      foreign key (brand_id, order_id) references orders (brand_id, id)
    );

    create table parcels (
      brand_id text not null,
      order_id text not null,
      id text not null check (length(id) between 1 and 64),
      number int not null,
      carrier text,
      tracking_number text,
      tracking_url text,
      pickup_place text,
      primary key (brand_id, order_id, id),
      unique (brand_id, order_id, number),
      foreign key (brand_id, order_id) references orders (brand_id, id)
    );

    -- Facts from outside, stored before they are acknowledged and applied in any order. The order's history for the API too.
    create table inbox (
      id bigint generated always as identity primary key,
      brand_id text not null,
      order_id text not null,
      -- api: an order system. customer: an answer. dopo: known to ourselves: the placement, cases, commands
      source text not null check (source in ('api', 'customer', 'dopo')),
      event_id text not null check (length(event_id) between 1 and 128),
      type text not null,
      occurred_at timestamptz not null,
      payload jsonb not null default '{}',
      request_hash bytea not null,
      received_at timestamptz not null,
      -- null until the order's workflow has it
      applied_at timestamptz,
      tries int not null default 0,
      unique (brand_id, order_id, source, event_id),
      foreign key (brand_id, order_id) references orders (brand_id, id)
    );
    create index inbox_pending on inbox (id) where applied_at is null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table inbox, parcels, items, orders');
}
