import type { Knex } from 'knex';

/** Tables of a person's agreements and refusals, with proof: consents and their chain, stopped numbers, preferences, lists outside of Dopo. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(LEDGER);
  await knex.raw(PROOF);
  await knex.raw(REFUSALS);
}

const LEDGER = `
  -- Each yes and no of a person, with proof. Rows are only ever added; the last word per class counts.
  create table consents (
    id bigint generated always as identity primary key,
    brand_id text not null,
    contact_id uuid not null,
    channel text not null references channels,
    class text not null check (class in ('transactional', 'service_feedback', 'promotional')),
    -- about the hours of the night only, where those need a consent of their own
    night boolean not null default false,
    action text not null check (action in ('granted', 'withdrawn', 'asked', 'confirmed', 'reconfirmed')),
    basis text not null check (basis in ('express_written', 'express', 'soft_opt_in', 'implied', 'contract')),
    wording text not null check (wording <> ''),
    locale text,
    source text not null check (source <> ''),
    -- who recorded it
    actor text not null check (actor <> ''),
    occurred_at timestamptz not null,
    recorded_at timestamptz not null,
    -- as the recorder says
    expires_at timestamptz,
    -- made by the trigger: the entry's place in the chain of its contact
    seq int not null,
    wording_hash bytea not null,
    evidence_hash bytea,
    prev_hash bytea,
    hash bytea not null,
    unique (contact_id, seq),
    foreign key (brand_id, contact_id) references contacts (brand_id, id)
  );
  create index on consents (contact_id, class, occurred_at desc, id desc);

  -- Personal data beside the chain: it can be erased, and its hash stays.
  create table consent_evidence (
    hash bytea primary key,
    brand_id text not null,
    contact_id uuid not null,
    evidence jsonb not null,
    -- It is kept until then at least. The sweep of retention moves it on: to find out that none was due took 3.8 s with a million rows,
    -- because its period begins with the last message to the person.
    keep_until timestamptz not null default '-infinity',
    foreign key (brand_id, contact_id) references contacts (brand_id, id)
  );
  create index on consent_evidence (contact_id);
  create index consent_evidence_keep_until on consent_evidence (keep_until);

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
  -- Entries that are in no brand's journal yet. To find the day's entries among all of them took 4 s with two million, while the next
  -- export waited.
  create table consents_to_seal (entry bigint primary key);

  create function consent_hash(c consents) returns bytea language sql immutable as $$
    select sha256(consent_canonical(array['consent 1', c.brand_id, c.contact_id::text, c.seq::text, c.id::text, c.channel, c.class,
      c.night::text, c.action, c.basis, c.wording, encode(c.wording_hash, 'hex'), c.locale, c.source, encode(c.evidence_hash, 'hex'),
      consent_micros(c.occurred_at), consent_micros(c.recorded_at), consent_micros(c.expires_at), c.actor,
      encode(c.prev_hash, 'hex')]))
  $$;
  -- The entry is chained to the one before, and the gate version moves on, whoever writes.
  create function chain_consent() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
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
    insert into consents_to_seal values (new.id);
    return new;
  end $$;
  create trigger chain before insert on consents for each row execute function chain_consent();

  create function seal_consents() returns void language plpgsql security definer set search_path = public, pg_temp as $$
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
        select seq, hash into before from consent_journal where brand_id = c.brand_id order by seq desc limit 1;
        insert into consent_journal (brand_id, seq, entry, contact_id, entry_hash, hash)
          values (c.brand_id, coalesce(before.seq, 0) + 1, c.id, c.contact_id, c.hash, sha256(consent_canonical(array['journal 1',
            c.brand_id, (coalesce(before.seq, 0) + 1)::text, c.id::text, c.contact_id::text, encode(c.hash, 'hex'),
            encode(before.hash, 'hex')])));
      end if;
      delete from consents_to_seal where entry = listed;
    end loop;
  end $$;

  -- A contact whose consents may have to be confirmed or renewed: an outbox, with the columns of the inbox.
  create table consent_checks (
    id bigint generated always as identity primary key,
    brand_id text not null,
    contact_id uuid not null,
    created_at timestamptz not null,
    started_at timestamptz,
    tries int not null default 0,
    next_try_at timestamptz not null default now(),
    claimed_until timestamptz,
    dead_at timestamptz,
    last_error text check (length(last_error) <= 64),
    check (dead_at is null or last_error is not null),
    foreign key (brand_id, contact_id) references contacts (brand_id, id)
  );
  create unique index on consent_checks (contact_id) where started_at is null;
  create index consent_checks_waiting on consent_checks (brand_id, next_try_at, id) where started_at is null and dead_at is null;
  create index consent_checks_dead on consent_checks (brand_id, dead_at) where started_at is null and dead_at is not null;
`;

/** In UTC, whatever the session's zone. */
const WRITTEN = (moment: string): string => `to_char(${moment} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** The database dates the end of a proof and writes it into the audit log: with these marks consents can be taken away. */
const PROOF = `
  create function start_proof(contact uuid, until timestamptz) returns void language plpgsql
    security definer set search_path = public, pg_temp as $$
  declare
    c record;
    ends timestamptz;
  begin
    select brand_id, proof_set_at into c from contacts where id = contact for no key update;
    -- Once: a second mark could only bring the end forward.
    if c.brand_id is null or c.proof_set_at is not null then
      return;
    end if;
    -- The shortest period of any country (rules/packs). Null: it never ends.
    ends := case when until is not null then greatest(until,
      ((select max(occurred_at) from consents where contact_id = contact) at time zone 'UTC' + interval '2 years') at time zone 'UTC') end;
    update contacts set proof_until = ends, proof_set_at = clock_timestamp() where id = contact;
    insert into audit_log (brand_id, actor, action, subject_kind, subject_id, after, at)
      values (c.brand_id, 'database', 'start_proof', 'contact', contact::text, jsonb_build_object('proofUntil', ${WRITTEN('ends')}), clock_timestamp());
  end $$;

  -- Returns those whose time is over. 30 days after the mark at the earliest: a false one is seen before it takes anything away. A proof that
  -- began before a consent was given would end too early, because its end is never moved: so no consent may be younger than two years.
  create function end_proofs(ids uuid[]) returns setof uuid language plpgsql
    security definer set search_path = public, pg_temp as $$
  declare
    c record;
    moment timestamptz := clock_timestamp();
  begin
    for c in select id, brand_id from contacts where id = any(ids) and proof_ended_at is null and erased_at is not null
        and proof_until <= moment and proof_set_at <= moment - interval '30 days'
        and not exists (select from consents k where k.contact_id = contacts.id and k.occurred_at > moment - interval '2 years') order by id for no key update loop
      update contacts set proof_ended_at = moment where id = c.id;
      insert into audit_log (brand_id, actor, action, subject_kind, subject_id, after, at)
        values (c.brand_id, 'database', 'end_proof', 'contact', c.id::text,
          jsonb_build_object('proofEndedAt', ${WRITTEN('moment')}), moment);
      return next c.id;
    end loop;
  end $$;

  create function refuse_marks() returns trigger language plpgsql as $$
  begin
    raise exception 'a contact begins without an end of its proof';
  end $$;
  create trigger no_marks before insert on contacts for each row
    when (num_nonnulls(new.proof_until, new.proof_set_at, new.proof_ended_at) > 0) execute function refuse_marks();
  -- Without its entries the chain begins anew.
  create function end_proof() returns trigger language plpgsql as $$
  begin
    new.consent_seq := 0;
    new.consent_head := null;
    return new;
  end $$;
  create trigger end_proof before update on contacts for each row
    when (old.proof_ended_at is null and new.proof_ended_at is not null) execute function end_proof();

  -- The consents of a pseudonym can be taken away once their time as proof has ended, and no others. Our table of contacts, whatever
  -- temporary table of that name the caller has made.
  create function keep_proof() returns trigger language plpgsql set search_path = public, pg_temp as $$
  begin
    if tg_op = 'DELETE' and exists (select from contacts where id = old.contact_id and proof_ended_at is not null) then
      return old;
    end if;
    raise exception '% is append-only', tg_table_name;
  end $$;
  create trigger append_only before update or delete on consents for each row execute function keep_proof();
  -- The evidence of a consent goes when its person is erased, or when no country asks for it any more.
  create function keep_evidence() returns trigger language plpgsql set search_path = public, pg_temp as $$
  begin
    if exists (select from contacts where id = old.contact_id and proof_set_at is not null) or not exists (select from consents
        where contact_id = old.contact_id and occurred_at > clock_timestamp() - interval '2 years') then
      return old;
    end if;
    raise exception 'evidence of a consent is kept for two years';
  end $$;
  create trigger keep_evidence before delete on consent_evidence for each row execute function keep_evidence();
`;

const REFUSALS = `
  -- Per brand and number, whoever it belongs to: a STOP from an unknown number counts for the person who comes with it later. A number
  -- that was stopped is stopped on every channel.
  create table suppressions (
    id bigint generated always as identity primary key,
    brand_id text not null references brands,
    -- as addresses.token
    token bytea not null,
    state text not null check (state in ('stopped', 'lifted')),
    source text not null check (source <> ''),
    -- The shop said it, over the API. A lift of the shop counts over the shop's own stops only.
    by_shop boolean not null default false,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null
  );
  create index suppressions_last_word on suppressions (brand_id, token, occurred_at desc, id desc);
  create trigger append_only before update or delete on suppressions for each row execute function refuse_change();
  create function bump_gate_of_address() returns trigger language plpgsql as $$
  begin
    update contacts set gate_version = gate_version + 1
     where id in (select contact_id from addresses where brand_id = new.brand_id and token = new.token);
    return new;
  end $$;
  create trigger bump_gate after insert on suppressions for each row execute function bump_gate_of_address();

  -- A person's choices on the preference page. Without a row: everything that was agreed to, as often as rules allow.
  create table preferences (
    contact_id uuid primary key,
    brand_id text not null,
    topics_off text[] not null default '{}'
      check (topics_off <@ array['tips', 'feedback', 'reviews', 'offers'] and array_position(topics_off, null) is null),
    channels_off text[] not null default '{}',
    most_per_week int check (most_per_week between 1 and 7),
    paused_until timestamptz,
    updated_at timestamptz not null,
    foreign key (brand_id, contact_id) references contacts (brand_id, id)
  );
  create trigger bump_gate after insert or update on preferences for each row execute function bump_gate_of_contact();
  -- A foreign key cannot look into an array. A person who switches every channel off has STOP for that.
  create function check_channels_off() returns trigger language plpgsql set search_path = public, pg_temp as $$
  begin
    if exists (select from unnest(new.channels_off) as off (name) where not exists (select from channels c where c.name = off.name))
        or not exists (select from channels c where c.name <> all(new.channels_off)) then
      raise exception 'channels_off names channels, and not all of them' using errcode = 'check_violation';
    end if;
    return new;
  end $$;
  create trigger check_channels_off before insert or update of channels_off on preferences
    for each row execute function check_channels_off();

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
`;

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table list_checks, preferences, suppressions, consent_checks;
    drop trigger end_proof on contacts;
    drop trigger no_marks on contacts;
    drop function consent_hash(consents);
    drop table consents_to_seal, consent_journal, consent_evidence, consents;
    drop function check_channels_off, bump_gate_of_address, keep_evidence, keep_proof, end_proof, refuse_marks, end_proofs, start_proof, seal_consents, chain_consent;
  `);
}
