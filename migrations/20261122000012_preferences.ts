import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table contacts
      -- stands in the links of messages: with a uuid they would be too long
      add column number bigint generated always as identity unique,
      -- the person has set the zone: what shops say of it does not count any more
      add column zone_chosen boolean not null default false;

    -- What a person has chosen on the preference page. Without a row: everything that was agreed to, as often as rules allow.
    create table preferences (
      contact_id uuid primary key,
      brand_id text not null,
      topics_off text[] not null default '{}'
        check (topics_off <@ array['tips', 'feedback', 'reviews', 'offers'] and array_position(topics_off, null) is null),
      channels_off text[] not null default '{}'
        check (channels_off <@ array['sms', 'rcs'] and array_position(channels_off, null) is null and cardinality(channels_off) < 2),
      most_per_week int check (most_per_week between 1 and 7),
      paused_until timestamptz,
      updated_at timestamptz not null,
      foreign key (brand_id, contact_id) references contacts (brand_id, id)
    );
    create trigger bump_gate after insert or update on preferences for each row execute function bump_gate_of_contact();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table preferences;
    alter table contacts drop column number, drop column zone_chosen;
  `);
}
