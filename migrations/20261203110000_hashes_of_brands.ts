import type { Knex } from 'knex';

/** The hash of a brand's settings says whether a process has them already: a statement of a message read 4 KB of them each time. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- convert_to may give another answer after a conversion was replaced, which none is.
    create function settings_hash(settings jsonb) returns text language sql immutable strict parallel safe as $$
      select encode(sha256(convert_to(settings::text, 'UTF8')), 'hex')
    $$;
    alter table brands add column settings_hash text not null generated always as (settings_hash(settings)) stored;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table brands drop column settings_hash; drop function settings_hash');
}
