import type { Knex } from 'knex';

/** Channels, brands and what they send from, and the functions that other tables use as triggers. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(String.raw`
    create function refuse_change() returns trigger language plpgsql as $$
    begin
      raise exception '% is append-only', tg_table_name;
    end $$;
    -- Put before 'truncate' of every table after each migration (db/schema/grants.ts): row triggers do not see one.
    create function refuse_truncate() returns trigger language plpgsql as $$
    begin
      raise exception 'truncate of % is refused', tg_table_name;
    end $$;

    -- The channels that a row can name. Filled by each migration from the list in the code (db/schema/migrate.ts). A channel stays when the code has
    -- it no more, because messages name it.
    create table channels (name text primary key check (name <> ''));

    -- convert_to may give another answer after a conversion was replaced, which none is.
    create function settings_hash(settings jsonb) returns text language sql immutable strict parallel safe as $$
      select encode(sha256(convert_to(settings::text, 'UTF8')), 'hex')
    $$;
    create table brands (
      id text primary key check (id ~ '^[a-z][a-z0-9-]{1,30}$'),
      -- the brand's file as validated by brands/load.ts
      settings jsonb not null,
      updated_at timestamptz not null,
      -- Says whether a process has the settings already: a statement of a message read 4 KB of them each time.
      settings_hash text not null generated always as (settings_hash(settings)) stored
    );

    -- Every number, short code, name or agent that a brand has sent from. A row is never removed: a STOP may come to a number that was
    -- changed long ago.
    create table senders (
      sender text primary key constraint senders_sender_check check (sender ~ '^\+[1-9][0-9]{6,14}$' or sender ~ '^[0-9]{3,6}$'
        or sender ~ '^[A-Za-z][A-Za-z0-9._-]{2,99}$'),
      brand_id text not null references brands
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table senders, brands, channels;
    drop function settings_hash(jsonb), refuse_change;
    -- With the triggers of knex's own tables, if there are any.
    drop function refuse_truncate cascade;
  `);
}
