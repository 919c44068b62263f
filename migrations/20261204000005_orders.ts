import type { Knex } from 'knex';

/** Orders with their items and parcels, the journeys they follow, and the facts that are heard of them. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(String.raw`
    -- A compiled journey is stored once, however many orders follow it: it is 1.9 KB, and was nearly all of an order's row.
    create table journeys (
      hash bytea primary key check (octet_length(hash) = 32),
      body jsonb not null,
      constraint journeys_hash check (hash = sha256(convert_to(body::text, 'UTF8')))
    );
    -- Stores a journey unless it is there, and returns its hash.
    create function keep_journey(journey jsonb) returns bytea language sql as $$
      insert into journeys (hash, body) values (sha256(convert_to(journey::text, 'UTF8')), journey) on conflict do nothing;
      select sha256(convert_to(journey::text, 'UTF8'));
    $$;

    -- A row without placed_at is an order of which only events are known.
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
      -- the journey it follows: its workflow carries it too
      journey_hash bytea references journeys,
      request_hash bytea,
      created_at timestamptz not null,

      -- The shop's words about its customer belong to the order: two orders of one number may name two people. Digit for digit:
      customer_id text,
      first_name text,
      last_name text,
      locale text,
      -- the shop's guess, never the customer's own word
      zone text,
      country text check (country ~ '^[A-Z]{2}$'),
      region text,
      city text,
      postcode text,
      -- where the customer stands in the shop's programme, if the order tells
      loyalty jsonb,
      -- by part (phone, name, place) the moment and id of the correction that holds; for the phone the contact, too. Nothing personal
      corrected jsonb not null default '{}',

      -- how many events of the order system and how many parcels it has: counted by the transaction that stores them
      event_count int not null default 0,
      parcel_count int not null default 0,
      -- The events of an order go after a while, but these two count for as long as the order stands: it was cancelled, and nothing
      -- of it is left with the customer.
      cancelled_at timestamptz,
      given_back_at timestamptz,
      -- The order is over, and its facts have been taken away. It takes no more events.
      facts_removed_at timestamptz,
      -- As if the order had been made then: retention looks at it a period later. Null: it has not been looked at.
      facts_looked_at timestamptz,
      -- Set: its person is being erased or was. Nothing is told to its workflow any more.
      erased_at timestamptz,

      primary key (brand_id, id),
      foreign key (brand_id, contact_id) references contacts (brand_id, id),
      check ((placed_at is null) = (contact_id is null)),
      check ((placed_at is null) = (journey_hash is null))
    );
    create index on orders (contact_id, placed_at);
    create index on orders (brand_id, created_at desc, id);
    create index orders_customer on orders (brand_id, customer_id) where customer_id is not null;
    -- a page of a contact's orders, and whether all of them are one customer's
    create index orders_of_contact on orders (contact_id, created_at desc, id);
    create index orders_said_of_contact on orders (contact_id, customer_id);
    -- A correction that came before its order is a sign of life of the number's owner. Most such rows get their order within minutes.
    create index orders_corrected_first on orders ((corrected->'phone'->>'contact'))
      where placed_at is null and corrected->'phone'->>'contact' is not null;
    create index orders_with_facts on orders ((coalesce(facts_looked_at, created_at))) where facts_removed_at is null;
    -- Orders that are over, and of which something was heard since their facts were taken away: few, however many orders there are.
    create index orders_with_late_facts on orders (facts_looked_at) where facts_removed_at is not null and facts_looked_at > facts_removed_at;

    create table items (
      brand_id text not null,
      order_id text not null,
      line int not null,
      sku text,
      product_id text,
      title text not null,
      quantity int not null check (quantity > 0),
      price_minor bigint not null,
      -- the entry of the brand's catalogue when the product was bought
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

    -- Facts from outside, stored before they are acknowledged and applied in any order. The order's history for the API too. An outbox to
    -- the order's workflow: the columns from tries on are those of every outbox.
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
      -- wall time of the database: an engine is away in wall time, whatever clock the service goes by
      next_try_at timestamptz not null default now(),
      -- a process is telling the engine of this row, or died while it did; also the mark that its answer has to show
      claimed_until timestamptz,
      -- tried as often as it may be: waits for a person
      dead_at timestamptz,
      -- a gRPC code or an error's name, never its text
      last_error text check (length(last_error) <= 64),
      check (dead_at is null or last_error is not null),
      unique (brand_id, order_id, source, event_id),
      foreign key (brand_id, order_id) references orders (brand_id, id)
    );
    create index inbox_waiting on inbox (brand_id, next_try_at, id) where applied_at is null and dead_at is null;
    create index inbox_dead on inbox (brand_id, dead_at) where applied_at is null and dead_at is not null;
    -- the pending facts of an order, in their order: those of a claimed order go to its workflow in one call
    create index inbox_waiting_by_order on inbox (brand_id, order_id, id) where applied_at is null and dead_at is null;
    create index inbox_tiers on inbox (brand_id, order_id) where type = 'tier_reached';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table inbox, parcels, items, orders; drop function keep_journey; drop table journeys');
}
