import type { Knex } from 'knex';

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
      -- null: from a number nobody has ordered with
      conversation_id uuid references conversations,
      order_id text,
      provider_id text not null unique,
      address text not null,
      text text not null,
      -- what we took it for: stop, start, help, rated, nps_given, question
      meaning text not null,
      score int,
      occurred_at timestamptz not null,
      received_at timestamptz not null,
      -- a compliance reply is due and its workflow has not been started yet
      reply text check (reply in ('opt_out_confirmed', 'opt_in_confirmed', 'help')),
      replied_at timestamptz,
      foreign key (brand_id, order_id) references orders (brand_id, id)
    );
    create index on inbound_messages (conversation_id, occurred_at);
    create index inbound_unreplied on inbound_messages (received_at) where reply is not null and replied_at is null;

    create table cases (
      id bigint generated always as identity primary key,
      brand_id text not null,
      contact_id uuid not null,
      order_id text,
      kind text not null check (kind in ('low_rating', 'delivery_failed', 'question')),
      -- what opened it: a step's key or an inbound message
      cause text not null,
      opened_at timestamptz not null,
      closed_at timestamptz,
      unique nulls not distinct (brand_id, order_id, kind, cause),
      foreign key (brand_id, contact_id) references contacts (brand_id, id),
      foreign key (brand_id, order_id) references orders (brand_id, id)
    );
    create index on cases (contact_id) where closed_at is null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table cases, inbound_messages, conversations');
}
