import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table brands (
      id text primary key check (id ~ '^[a-z][a-z0-9-]{1,30}$'),
      -- the brand's file as validated by brands/schema.ts
      settings jsonb not null,
      updated_at timestamptz not null
    );

    -- Every number a brand has sent from. A row is never taken away: a STOP may come to a number that was changed long ago.
    create table senders (
      number text primary key check (number ~ '^\\+[1-9][0-9]{6,14}$'),
      brand_id text not null references brands
    );

    create table api_keys (
      id bigint generated always as identity primary key,
      brand_id text not null references brands,
      -- sha-256 of the whole key: a key has 256 random bits, so a slow hash would add nothing
      hash bytea not null unique check (octet_length(hash) = 32),
      label text not null,
      created_at timestamptz not null,
      revoked_at timestamptz
    );

    -- One row per (brand, Idempotency-Key): the first answer is given again to a repeated command.
    create table idempotency_keys (
      brand_id text not null references brands,
      key text not null check (length(key) between 1 and 128),
      request_hash bytea not null,
      status int,
      body jsonb,
      created_at timestamptz not null,
      primary key (brand_id, key)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table idempotency_keys, api_keys, senders, brands');
}
