import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table addresses
      -- Stands for the number in the links it is sent. 62 random bits (the uuid's last half): nobody can count to another's.
      add column link_id bytea not null default substring(uuid_send(gen_random_uuid()) from 9 for 8),
      -- moves on when the links that were sent so far are to open nothing any more
      add column link_epoch int not null default 0 check (link_epoch >= 0),
      add constraint addresses_link_id unique (link_id);
    -- It counted the contacts of all brands, and opened all of a contact's numbers.
    alter table contacts drop column number;
  `);
}

/** Links of the present form end. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table contacts add column number bigint generated always as identity unique;
    alter table addresses drop column link_epoch, drop column link_id;
  `);
}
