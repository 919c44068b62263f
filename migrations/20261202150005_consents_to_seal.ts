import type { Knex } from 'knex';

/**
 * Entries of the ledger of consents that are in no brand's journal yet. To find the day's entries among all of them took 4 s with two
 * million, while the next export waited.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- A consent that is given while this runs would be in no list, or be sealed twice.
    lock table consents, consent_journal in share row exclusive mode;
    create table consents_to_seal (entry bigint primary key);
    insert into consents_to_seal select id from consents k where not exists (select from consent_journal j where j.entry = k.id);
    ${chainConsent('insert into consents_to_seal values (new.id);')}
    create or replace function seal_consents() returns void language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      listed bigint;
      c record;
      before record;
    begin
      perform pg_advisory_xact_lock(7165002);
      -- One by one: joined with a list of unknown length, PostgreSQL may read all consents.
      for listed in select entry from consents_to_seal order by entry loop
        select id, brand_id, contact_id, hash into c from consents where id = listed;
        -- It may be gone with the proof of its person.
        if c.id is not null then
          ${SEAL('c.id')}
        end if;
        delete from consents_to_seal where entry = listed;
      end loop;
    end $$;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    ${chainConsent('')}
    create or replace function seal_consents() returns void language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      c record;
      before record;
    begin
      perform pg_advisory_xact_lock(7165002);
      for c in select k.brand_id, k.id, k.contact_id, k.hash from consents k
          where not exists (select from consent_journal j where j.entry = k.id) order by k.id loop
        ${SEAL('c.id')}
      end loop;
    end $$;
    drop table consents_to_seal;
  `);
}

const SEAL = (entry: string): string => `
        select seq, hash into before from consent_journal where brand_id = c.brand_id order by seq desc limit 1;
        insert into consent_journal (brand_id, seq, entry, contact_id, entry_hash, hash)
          values (c.brand_id, coalesce(before.seq, 0) + 1, ${entry}, c.contact_id, c.hash, sha256(consent_canonical(array['journal 1',
            c.brand_id, (coalesce(before.seq, 0) + 1)::text, ${entry}::text, c.contact_id::text, encode(c.hash, 'hex'),
            encode(before.hash, 'hex')])));`;

function chainConsent(listed: string): string {
  return `
    create or replace function chain_consent() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      head record;
    begin
      if tg_relid <> 'public.consents'::regclass then
        raise exception '% chains entries of public.consents alone', tg_name;
      end if;
      -- Not 'for update': that would wait for whoever is adding an address to the contact, who waits for us.
      select consent_seq, consent_head into head from contacts
       where brand_id = new.brand_id and id = new.contact_id for no key update;
      new.seq := coalesce(head.consent_seq, 0) + 1;
      new.prev_hash := head.consent_head;
      new.wording_hash := sha256(convert_to(new.wording, 'UTF8'));
      new.hash := consent_hash(new);
      update contacts set consent_seq = new.seq, consent_head = new.hash, gate_version = gate_version + 1 where id = new.contact_id;
      ${listed}
      return new;
    end $$;`;
}
