import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Bodies of a shop's privacy webhooks that have had their effect. Their signature covers nothing else, so a body that comes again
    -- can be anybody's who has seen it: the same has no effect twice within 30 days.
    create table shop_webhooks (
      brand_id text not null references brands,
      -- SHA-256
      body_hash bytea not null check (octet_length(body_hash) = 32),
      received_at timestamptz not null,
      primary key (brand_id, body_hash)
    );
    create index on shop_webhooks (brand_id, received_at);

    -- A shop has left and wants everybody erased: held until due_at, in which time somebody can cancel it.
    create table shop_erasures (
      id uuid primary key default gen_random_uuid(),
      brand_id text not null references brands,
      requested_at timestamptz not null,
      due_at timestamptz not null,
      cancelled_at timestamptz,
      begun_at timestamptz,
      check (num_nonnulls(cancelled_at, begun_at) <= 1)
    );
    create unique index shop_erasures_held on shop_erasures (brand_id) where cancelled_at is null and begun_at is null;
    create index on shop_erasures (brand_id, requested_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table shop_erasures, shop_webhooks');
}
