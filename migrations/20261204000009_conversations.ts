import type { Knex } from 'knex';

/** Tables of customers' texts and wishes: replies, cases for agents, texts asked for on the preference page. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table conversations (
      id uuid primary key default gen_random_uuid(),
      brand_id text not null,
      contact_id uuid not null,
      opened_at timestamptz not null,
      last_at timestamptz not null,
      unique (brand_id, contact_id),
      foreign key (brand_id, contact_id) references contacts (brand_id, id)
    );

    create table inbound_messages (
      id uuid primary key default gen_random_uuid(),
      brand_id text not null references brands,
      -- null: from a number that no order has come with
      conversation_id uuid references conversations,
      order_id text,
      provider_id text not null unique,
      channel text not null references channels,
      address text not null,
      text text not null,
      text_removed_at timestamptz,
      -- how it was read
      meaning text not null,
      score int,
      occurred_at timestamptz not null,
      received_at timestamptz not null,
      -- a compliance reply is due. An outbox, with the columns of the inbox
      reply text check (reply in ('opt_out_confirmed', 'opt_out_or_order', 'opt_in_confirmed', 'help', 'erasure_cancelled')),
      -- null until its workflow is known to run
      replied_at timestamptz,
      tries int not null default 0,
      next_try_at timestamptz not null default now(),
      claimed_until timestamptz,
      dead_at timestamptz,
      last_error text check (length(last_error) <= 64),
      check (dead_at is null or last_error is not null),
      foreign key (brand_id, order_id) references orders (brand_id, id)
    );
    comment on column inbound_messages.meaning is
      'stop, start, help, rated, nps_given, confirmed, declined, keeps_data, unclear_opt_out, courtesy or question';
    create index on inbound_messages (conversation_id, occurred_at);
    -- Texts that were written from a number before it was known whose it is go with its owner: looked for by the number.
    create index inbound_messages_of_number on inbound_messages (brand_id, address) where address <> '';
    -- An order's own messages from its customer: its timeline read the whole table for them.
    create index inbound_of_order on inbound_messages (brand_id, order_id) where order_id is not null;
    create index inbound_with_text on inbound_messages (received_at) where text_removed_at is null;
    create index inbound_messages_waiting on inbound_messages (brand_id, next_try_at, id)
      where reply is not null and replied_at is null and dead_at is null;
    create index inbound_messages_dead on inbound_messages (brand_id, dead_at)
      where reply is not null and replied_at is null and dead_at is not null;

    create table cases (
      id bigint generated always as identity primary key,
      brand_id text not null,
      contact_id uuid not null,
      order_id text,
      kind text not null check (kind in ('low_rating', 'delivery_failed', 'question', 'unclear_opt_out', 'order_cancellation',
        'number_limit', 'spend_limit', 'wrong_person', 'never_arrived')),
      -- what opened it: a step's key or an inbound message
      cause text not null,
      -- the customer's text may be an opt-out: no promotion goes out until an agent has looked
      holds_promotions boolean not null default false,
      opened_at timestamptz not null,
      closed_at timestamptz,
      unique nulls not distinct (brand_id, order_id, kind, cause),
      foreign key (brand_id, contact_id) references contacts (brand_id, id),
      foreign key (brand_id, order_id) references orders (brand_id, id)
    );
    create index on cases (contact_id) where closed_at is null;
    create index cases_of_contact on cases (contact_id, id);
    -- the timeline of an order shows cases of its person that are about no single order
    create index cases_of_a_person on cases (contact_id) where order_id is null;
    -- the gate asks when a contact's last case was closed
    create index cases_closed_of_a_person on cases (contact_id, closed_at) where closed_at is not null;
    -- A brand's open and closed cases are listed newest first; nearly all cases are closed. Without the second a page of a quiet brand reads the
    -- cases of all others.
    create index cases_open on cases (brand_id, id) where closed_at is null;
    create index cases_closed on cases (brand_id, id) where closed_at is not null;
    -- counted at every scrape of the metrics
    create index cases_open_kinds on cases (kind) where closed_at is null;
    -- A promotion that has passed its gate meanwhile is decided anew.
    create trigger bump_gate after insert on cases for each row when (new.holds_promotions)
      execute function bump_gate_of_contact();

    -- Texts that a person has asked for on the preference page, at the number its link was sent to. An outbox, with the columns of the inbox.
    -- A code is not stored: it is made from the row's id and a key.
    create table asked_texts (
      id uuid primary key default gen_random_uuid(),
      brand_id text not null,
      contact_id uuid not null,
      -- goes with the number when its person is erased
      address_id bigint not null references addresses on delete cascade,
      kind text not null check (kind in ('access_code', 'erasure_planned')),
      -- what the code is for
      opens text check (opens in ('download', 'erase')),
      link_epoch int not null,
      created_at timestamptz not null,
      -- wrong codes that were given for this one
      wrong_codes int not null default 0,
      used_at timestamptz,
      -- when the file that the code opened was fetched: the button that gives it works once
      fetched_at timestamptz,
      started_at timestamptz,
      tries int not null default 0,
      next_try_at timestamptz not null default now(),
      claimed_until timestamptz,
      dead_at timestamptz,
      last_error text check (length(last_error) <= 64),
      check (dead_at is null or last_error is not null),
      check ((kind = 'access_code') = (opens is not null)),
      foreign key (brand_id, contact_id) references contacts (brand_id, id)
    );
    create index on asked_texts (address_id, created_at);
    create index asked_texts_waiting on asked_texts (brand_id, next_try_at, id) where started_at is null and dead_at is null;
    create index asked_texts_dead on asked_texts (brand_id, dead_at) where started_at is null and dead_at is not null;

    -- Webhooks that could not be stored as what they are. db/conversation/unread-webhooks.ts bounds the table.
    create table unread_webhooks (
      id bigint generated always as identity primary key,
      received_at timestamptz not null,
      kind text not null check (kind in ('status', 'inbound')),
      why text not null check (length(why) <= 40),
      -- null where no signature was right: anybody can send those, with any content
      body bytea check (octet_length(body) <= 65536),
      body_hash bytea unique,
      check ((body is null) = (body_hash is null))
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table unread_webhooks, asked_texts, cases, inbound_messages, conversations');
}
