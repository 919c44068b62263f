import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- From the first line on: an entry that is written between the walk below and the trigger would never be chained.
    lock table audit_log in share row exclusive mode;
    -- The audit log of a brand as a chain. Beside the log, not in it: the place of an entry is known when its transaction commits.
    create table audit_heads (
      brand_id text primary key references brands,
      entries bigint not null default 0,
      head bytea
    );
    create table audit_chain (
      brand_id text not null references brands,
      seq bigint not null,
      entry bigint not null unique,
      hash bytea not null,
      primary key (brand_id, seq)
    );
    create function chain_audit_entry(about text[], brand text, entry bigint) returns void language plpgsql
      security definer set search_path = public, pg_temp as $$
    declare
      before record;
      made bytea;
    begin
      insert into audit_heads (brand_id) values (brand) on conflict do nothing;
      select entries, head into before from audit_heads where brand_id = brand for update;
      made := sha256(consent_canonical(array['audit 1', brand, (before.entries + 1)::text] || about || array[encode(before.head, 'hex')]));
      insert into audit_chain (brand_id, seq, entry, hash) values (brand, before.entries + 1, entry, made);
      update audit_heads set entries = before.entries + 1, head = made where brand_id = brand;
    end $$;
    create function chain_audit() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      perform chain_audit_entry(array[new.id::text, new.actor, new.action, new.subject_kind, new.subject_id, new.reason,
        new.before::text, new.after::text, consent_micros(new.at)], new.brand_id, new.id);
      return null;
    end $$;
    -- Nobody chains an entry that is not there.
    revoke execute on function chain_audit_entry from public;
    -- Each brand's head is written once, at its end: an update for each entry leaves a dead row that the next one has to pass.
    do $$
    declare
      a record;
      brand text;
      n bigint;
      made bytea;
    begin
      for a in select * from audit_log order by brand_id, id loop
        if brand is distinct from a.brand_id then
          insert into audit_heads (brand_id, entries, head) select brand, n, made where brand is not null;
          brand := a.brand_id;
          n := 0;
          made := null;
        end if;
        n := n + 1;
        made := sha256(consent_canonical(array['audit 1', brand, n::text, a.id::text, a.actor, a.action, a.subject_kind, a.subject_id,
          a.reason, a.before::text, a.after::text, consent_micros(a.at), encode(made, 'hex')]));
        insert into audit_chain (brand_id, seq, entry, hash) values (brand, n, a.id, made);
      end loop;
      insert into audit_heads (brand_id, entries, head) select brand, n, made where brand is not null;
    end $$;
    -- At the end of the transaction: the brand's head is held for the commit alone, so two that write an entry and lock a person in
    -- another order do not wait for each other.
    create constraint trigger chain after insert on audit_log deferrable initially deferred
      for each row execute function chain_audit();

    -- All entries of a brand's ledger of consents in one chain, so that one number and one hash stand for all of them. Made when heads
    -- are exported and not with each entry: orders of one brand would wait for each other. Hashes only: it outlives the entries.
    create table consent_journal (
      brand_id text not null references brands,
      seq bigint not null,
      entry bigint not null unique,
      contact_id uuid not null,
      entry_hash bytea not null,
      hash bytea not null,
      primary key (brand_id, seq)
    );
    create function seal_consents() returns void language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      c record;
      before record;
    begin
      perform pg_advisory_xact_lock(7165002);
      for c in select k.brand_id, k.id, k.contact_id, k.hash from consents k
          where not exists (select from consent_journal j where j.entry = k.id) order by k.id loop
        select seq, hash into before from consent_journal where brand_id = c.brand_id order by seq desc limit 1;
        insert into consent_journal (brand_id, seq, entry, contact_id, entry_hash, hash)
          values (c.brand_id, coalesce(before.seq, 0) + 1, c.id, c.contact_id, c.hash, sha256(consent_canonical(array['journal 1',
            c.brand_id, (coalesce(before.seq, 0) + 1)::text, c.id::text, c.contact_id::text, encode(c.hash, 'hex'),
            encode(before.hash, 'hex')])));
      end loop;
    end $$;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger if exists chain on audit_log;
    drop function seal_consents, chain_audit, chain_audit_entry;
    drop table consent_journal, audit_chain, audit_heads;
  `);
}
