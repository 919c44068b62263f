import type { Knex } from 'knex';

/** Contacts and their numbers. A contact is a number: rows of other channels say what is known of the number there. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(String.raw`
    create table contacts (
      id uuid primary key default gen_random_uuid(),
      brand_id text not null references brands,
      -- the shop's own customer id, digit for digit
      external_id text,
      first_name text,
      last_name text,
      locale text,
      zone text,
      -- the person has set the zone: the shop's guess does not count any more
      zone_chosen boolean not null default false,
      country text check (country ~ '^[A-Z]{2}$'),
      region text,
      city text,
      postcode text,
      loyalty jsonb not null default '{}',
      -- Counts every change that can alter what may be sent to this person, and every submission. A send is committed only
      -- against the version its facts were read at, so STOP and a send can never both believe to be first.
      gate_version bigint not null default 0,
      -- the length and the newest hash of the chain of its consents: without them, taking away the last entries would not show
      consent_seq int not null default 0,
      consent_head bytea,
      created_at timestamptz not null,
      -- set: a pseudonym. Only the proof that texting was allowed is left of the person
      erased_at timestamptz,
      -- since when there is only the proof, by the clock of the database
      proof_set_at timestamptz,
      -- when the proof goes, too. Null: it is kept
      proof_until timestamptz,
      -- the proof has gone
      proof_ended_at timestamptz,
      unique (brand_id, id),
      constraint contacts_erased check (erased_at is null or num_nonnulls(external_id, first_name, last_name, locale, zone, country,
        region, city, postcode) = 0),
      constraint contacts_proof check (proof_ended_at is null or erased_at is not null)
    );
    comment on column contacts.external_id is 'as its newest order says; it identifies nobody who has a number';
    create index on contacts (brand_id, external_id);
    create index contacts_proof_until on contacts (proof_until) where proof_until is not null and proof_ended_at is null;
    -- The gate version moves with what it guards, whoever writes it.
    create function bump_gate_of_contact() returns trigger language plpgsql as $$
    begin
      update contacts set gate_version = gate_version + 1 where id = new.contact_id;
      return new;
    end $$;

    create table addresses (
      id bigint generated always as identity primary key,
      brand_id text not null,
      contact_id uuid not null,
      channel text not null references channels,
      address text not null check (address ~ '^\+[1-9][0-9]{6,14}$'),
      country text,
      -- HMAC of brand and number, made by the service: SQL does not know the key
      token bytea not null,
      -- false once the provider says that it cannot be reached on this channel
      usable boolean not null default true,
      -- Stands for the number in the links it is sent. 62 random bits (the uuid's last half): nobody can count to another's.
      link_id bytea not null default substring(uuid_send(gen_random_uuid()) from 9 for 8),
      -- moves on when the links that were sent so far are to open nothing any more
      link_epoch int not null default 0 check (link_epoch >= 0),
      -- when that was last: HELP is answered again at once then, because the link of the last answer is dead
      links_ended_at timestamptz,
      created_at timestamptz not null,
      -- set: somebody else has the number since then
      retired_at timestamptz,
      foreign key (brand_id, contact_id) references contacts (brand_id, id),
      constraint addresses_link_id unique (link_id)
    );
    create index on addresses (contact_id);
    create index on addresses (brand_id, token);
    create unique index addresses_current on addresses (brand_id, channel, address) where retired_at is null;
    create unique index addresses_of_contact on addresses (contact_id, channel) where retired_at is null;
    create index addresses_former on addresses (brand_id, address, retired_at) where retired_at is not null;
    -- A reply, a receipt or an order looks for a mark of its number, and nearly no number has one.
    create index addresses_unusable on addresses (brand_id, address, channel) where not usable and retired_at is null;
    create trigger bump_gate after insert or update on addresses for each row execute function bump_gate_of_contact();

    -- Where contacts live, each combination once. To find the combinations among the contacts themselves took a sweep 6 s with a million of
    -- them. One that nobody lives in any more stays: it is one more row to look at.
    create table residences (
      country text,
      region text,
      -- countries of the numbers, sorted
      numbers text[] not null,
      unique nulls not distinct (country, region, numbers)
    );
    create function note_residence() returns trigger language plpgsql
      security definer set search_path = public, pg_temp as $$
    begin
      if tg_relid not in ('public.contacts'::regclass, 'public.addresses'::regclass) then
        raise exception '% notes where contacts live', tg_name;
      end if;
      if tg_table_name = 'contacts' then
        insert into residences select new.country, new.region, array(select distinct a.country from addresses a
            where a.contact_id = new.id and a.country is not null order by 1)
          on conflict do nothing;
      else
        insert into residences select c.country, c.region, array(select distinct a.country from addresses a
            where a.contact_id = c.id and a.country is not null order by 1)
            from contacts c where c.id = case tg_op when 'DELETE' then old.contact_id else new.contact_id end
          on conflict do nothing;
      end if;
      return null;
    end $$;
    create trigger residence after insert on contacts for each row execute function note_residence();
    create trigger residence_moved after update of country, region on contacts for each row
      when ((old.country, old.region) is distinct from (new.country, new.region)) execute function note_residence();
    create trigger residence after insert or delete on addresses for each row execute function note_residence();
    create trigger residence_moved after update of country, contact_id on addresses for each row
      when ((old.country, old.contact_id) is distinct from (new.country, new.contact_id)) execute function note_residence();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table residences, addresses, contacts;
    drop function note_residence, bump_gate_of_contact;
  `);
}
