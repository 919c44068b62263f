import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table decisions
      -- whose rules applied, in which version, and the ids of the rows that were looked at
      add column jurisdictions text[] not null default '{}',
      add column packs text[] not null default '{}',
      add column rules text[] not null default '{}',
      -- the wall clock where the person most likely is: 2027-03-14T09:05
      add column local_time text,
      -- the entry of the consent ledger it rests on
      add column consent_id bigint,
      -- a message that waits is of no use after this: then it stands in nobody's way any more
      add column useful_until timestamptz;
    create index on decisions (brand_id, order_id, id);

    -- Answers of lists outside of Dopo (national registers of people who do not want to be written to), as they were given.
    create table list_checks (
      id bigint generated always as identity primary key,
      brand_id text not null,
      contact_id uuid not null,
      list text not null check (list <> ''),
      listed boolean not null,
      -- when the list was asked
      checked_at timestamptz not null,
      recorded_at timestamptz not null,
      foreign key (brand_id, contact_id) references contacts (brand_id, id)
    );
    create index on list_checks (contact_id, list, checked_at desc);
    create trigger bump_gate after insert on list_checks for each row execute function bump_gate_of_contact();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table list_checks;
    drop index decisions_brand_id_order_id_id_idx;
    alter table decisions drop column jurisdictions, drop column packs, drop column rules, drop column local_time,
      drop column consent_id, drop column useful_until;
  `);
}
