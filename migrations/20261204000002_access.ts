import type { Knex } from 'knex';

/** Keys of the API, answers kept by Idempotency-Key, rate limits, and the audit log with its chain. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(String.raw`
    create table api_keys (
      id bigint generated always as identity primary key,
      brand_id text not null references brands,
      -- SHA-256 of the whole key: a key has 256 random bits, so a slow hash would add nothing
      hash bytea not null unique check (octet_length(hash) = 32),
      label text not null,
      -- empty: the key may do nothing
      scopes text[] not null default '{}',
      created_at timestamptz not null,
      expires_at timestamptz,
      -- written at most once a minute per key
      last_used_at timestamptz,
      revoked_at timestamptz
    );
    -- The label stands in the audit log, so two open keys may not share one.
    create unique index api_keys_open_label on api_keys (brand_id, label) where revoked_at is null;

    -- An erasure looks for names in kept answers, and they are kept beside them: the contacts and numbers in the answer, and the runs of
    -- digits in the key that may be a number. The bodies of a million answers took 2.1 s to read, under locks. The database writes the
    -- names itself, so that no process can leave them out.
    create function names_in_answer(key text, body jsonb) returns text[] language sql immutable parallel safe
      set search_path = pg_catalog, pg_temp as $$
      select array_agg(distinct name) from (
        select run as name from regexp_split_to_table(key, '[^0-9]+') run where length(run) between 7 and 15
        union all
        select m[1] from regexp_matches(body::text,
          '"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\+[1-9][0-9]{6,14})"', 'g') m) found
    $$;
    -- One row per (brand, Idempotency-Key): the first answer is given again to a repeated command.
    create table idempotency_keys (
      brand_id text not null references brands,
      key text not null check (length(key) between 1 and 128),
      request_hash bytea not null,
      status int,
      body jsonb,
      created_at timestamptz not null,
      names text[] generated always as (names_in_answer(key, body)) stored,
      primary key (brand_id, key)
    );
    create index idempotency_keys_names on idempotency_keys using gin (names) with (fastupdate = off) where names is not null;
    create index idempotency_keys_by_time on idempotency_keys (created_at);

    -- Counters of rate limits that all API processes share, as rate-limiter-flexible writes them. Unlogged: a counter that a crash of the
    -- server takes away begins again, and a write costs no flush.
    create unlogged table rate_limits (
      key varchar(255) primary key,
      points integer not null default 0,
      expire bigint
    );

    -- One row per secret that tokens of stopped numbers were made with: the secret's HMAC of a fixed text. A stop of a number without an
    -- order has only its token, which nobody can check against a secret.
    create table secret_marks (mark bytea primary key, made_at timestamptz not null default now());

    -- Every change by a person or a key. Actions and subjects are listed in domain/access/audit.ts.
    create table audit_log (
      id bigint generated always as identity primary key,
      brand_id text not null references brands,
      actor text not null check (actor <> ''),
      action text not null check (action ~ '^[a-z][a-z_]*$'),
      subject_kind text not null,
      subject_id text not null,
      reason text check (reason <> ''),
      before jsonb,
      after jsonb,
      at timestamptz not null,
      check (subject_kind ~ '^[a-z][a-z_]*$' and subject_id <> ''),
      -- a repair needs a reason, whoever does it
      check (reason is not null or subject_kind not in ('message', 'block')),
      check (jsonb_typeof(before) = 'object' and jsonb_typeof(after) = 'object')
    );
    create index on audit_log (subject_kind, subject_id, id desc);
    create index audit_log_by_time on audit_log (brand_id, at desc, id desc);
    create index audit_log_by_actor on audit_log (brand_id, actor, at desc, id desc);
    create index audit_log_by_action on audit_log (brand_id, action, at desc, id desc);
    create index audit_log_by_kind on audit_log (brand_id, subject_kind, at desc, id desc);
    create trigger append_only before update or delete on audit_log for each row execute function refuse_change();

    -- Each text with the number of its bytes before it, so that no two lists look the same; '-' is null.
    create function consent_canonical(fields text[]) returns bytea language sql immutable as $$
      select convert_to(string_agg(case when f is null then '-' else octet_length(convert_to(f, 'UTF8')) || ':' || f end, ',' order by n), 'UTF8')
        from unnest(fields) with ordinality as listed (f, n)
    $$;
    create function consent_micros(at timestamptz) returns text language sql immutable as $$
      select trunc(extract(epoch from at) * 1000000)::bigint::text
    $$;

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
    -- Functions that write a chain have the owner's rights, because a chain is not the service's to write. Their search_path is fixed: a table
    -- of the same name that the caller can put before ours would be written to with the owner's rights.
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
    -- Nobody chains an entry that is not there.
    revoke execute on function chain_audit_entry from public;
    -- On a table of the caller's own it would chain an entry that is nowhere.
    create function chain_audit() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
    begin
      if tg_relid <> 'public.audit_log'::regclass then
        raise exception '% chains entries of public.audit_log alone', tg_name;
      end if;
      perform chain_audit_entry(array[new.id::text, new.actor, new.action, new.subject_kind, new.subject_id, new.reason,
        new.before::text, new.after::text, consent_micros(new.at)], new.brand_id, new.id);
      return null;
    end $$;
    -- At the end of the transaction: the brand's head is held for the commit alone, so two that write an entry and lock a person in
    -- another order do not wait for each other.
    create constraint trigger chain after insert on audit_log deferrable initially deferred
      for each row execute function chain_audit();

    -- Days (UTC) whose heads of the chains the service has written to EVIDENCE_FOLDER.
    create table evidence_exports (
      day date primary key,
      at timestamptz not null
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table evidence_exports, audit_chain, audit_heads, audit_log, secret_marks, rate_limits, idempotency_keys, api_keys;
    drop function chain_audit, chain_audit_entry, consent_micros, consent_canonical, names_in_answer;
  `);
}
