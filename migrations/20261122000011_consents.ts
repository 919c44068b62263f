import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger append_only on consents;
    drop trigger bump_gate on consents;
    alter table consents rename column state to action;
    alter table consents
      drop constraint consents_state_check,
      drop constraint consents_basis_check,
      add constraint consents_action_check check (action in ('granted', 'withdrawn', 'asked', 'confirmed', 'reconfirmed')),
      add constraint consents_basis_check check (basis in ('express_written', 'express', 'soft_opt_in', 'implied', 'contract')),
      -- about the hours of the night only, where those need a consent of their own
      add column night boolean not null default false,
      add column locale text,
      -- said by whoever recorded it
      add column expires_at timestamptz,
      -- who recorded it
      add column actor text not null default 'unknown' check (actor <> ''),
      -- made by the trigger: the entry's place in the chain of its contact
      add column seq int,
      add column wording_hash bytea,
      add column evidence_hash bytea,
      add column prev_hash bytea,
      add column hash bytea;

    -- Personal data beside the chain: it can be erased, and the hash of what it was stays.
    create table consent_evidence (
      hash bytea primary key,
      brand_id text not null,
      contact_id uuid not null,
      evidence jsonb not null,
      foreign key (brand_id, contact_id) references contacts (brand_id, id)
    );
    create index on consent_evidence (contact_id);

    alter table contacts
      add column consent_seq int not null default 0,
      -- the hash of the newest entry: without it, taking away the last ones would not show
      add column consent_head bytea;

    -- Each text with the number of its bytes before it, so that no two lists look the same; '-' is null.
    create function consent_canonical(fields text[]) returns bytea language sql immutable as $$
      select convert_to(string_agg(case when f is null then '-' else octet_length(convert_to(f, 'UTF8')) || ':' || f end, ',' order by n), 'UTF8')
        from unnest(fields) with ordinality as listed (f, n)
    $$;
    create function consent_micros(at timestamptz) returns text language sql immutable as $$
      select trunc(extract(epoch from at) * 1000000)::bigint::text
    $$;
    create function consent_hash(c consents) returns bytea language sql immutable as $$
      select sha256(consent_canonical(array['consent 1', c.brand_id, c.contact_id::text, c.seq::text, c.id::text, c.channel, c.class,
        c.night::text, c.action, c.basis, c.wording, encode(c.wording_hash, 'hex'), c.locale, c.source, encode(c.evidence_hash, 'hex'),
        consent_micros(c.occurred_at), consent_micros(c.recorded_at), consent_micros(c.expires_at), c.actor,
        encode(c.prev_hash, 'hex')]))
    $$;

    -- Whoever writes: the entry is chained to the one before, and whatever may be sent to the contact is decided anew.
    create function chain_consent() returns trigger language plpgsql as $$
    declare
      head record;
    begin
      -- Not 'for update': that would wait for whoever is adding an address to the contact, who waits for us.
      select consent_seq, consent_head into head from contacts
       where brand_id = new.brand_id and id = new.contact_id for no key update;
      new.seq := coalesce(head.consent_seq, 0) + 1;
      new.prev_hash := head.consent_head;
      new.wording_hash := sha256(convert_to(new.wording, 'UTF8'));
      new.hash := consent_hash(new);
      update contacts set consent_seq = new.seq, consent_head = new.hash, gate_version = gate_version + 1 where id = new.contact_id;
      return new;
    end $$;

    -- What is there already is chained in the order in which it came.
    do $$
    declare
      old consents;
      before record;
    begin
      for old in select * from consents order by id loop
        select consent_seq, consent_head into before from contacts where id = old.contact_id;
        if old.evidence is not null then
          insert into consent_evidence
            select sha256(consent_canonical(array['note', old.evidence, 'salt', salt])), old.brand_id, old.contact_id,
                jsonb_build_object('note', old.evidence, 'salt', salt)
              from (select replace(gen_random_uuid()::text, '-', '') as salt) salted
            returning hash into old.evidence_hash;
        end if;
        old.seq := before.consent_seq + 1;
        old.prev_hash := before.consent_head;
        old.wording_hash := sha256(convert_to(old.wording, 'UTF8'));
        old.hash := consent_hash(old);
        update consents set seq = old.seq, prev_hash = old.prev_hash, wording_hash = old.wording_hash,
          evidence_hash = old.evidence_hash, hash = old.hash where id = old.id;
        update contacts set consent_seq = old.seq, consent_head = old.hash where id = old.contact_id;
      end loop;
    end $$;

    alter table consents
      drop column evidence,
      alter column actor drop default,
      alter column seq set not null,
      alter column wording_hash set not null,
      alter column hash set not null,
      add unique (contact_id, seq);
    create trigger append_only before update or delete on consents for each row execute function refuse_change();
    create trigger chain before insert on consents for each row execute function chain_consent();

    -- A contact whose consents may have to be confirmed or renewed: told to its workflow by the drainer.
    create table consent_checks (
      id bigint generated always as identity primary key,
      brand_id text not null,
      contact_id uuid not null,
      created_at timestamptz not null,
      started_at timestamptz,
      foreign key (brand_id, contact_id) references contacts (brand_id, id)
    );
    create index on consent_checks (id) where started_at is null;
    create unique index on consent_checks (contact_id) where started_at is null;

    -- HMAC of brand and number, made by the service: SQL does not know the key. What was there before gets its token when the service
    -- starts; until then suppressions_to_fill has the number.
    alter table addresses add column token bytea, add constraint addresses_token check (token is not null) not valid;
    create index on addresses (brand_id, token);
    create index on addresses (id) where token is null;

    drop trigger append_only on suppressions;
    alter table suppressions add column token bytea;
    update suppressions set token = decode(substr(address, 7), 'hex') where address like 'token:%';
    create table suppressions_to_fill (
      id bigint primary key references suppressions,
      address text not null
    );
    insert into suppressions_to_fill select id, address from suppressions where token is null;
    drop index suppressions_last_word;
    alter table suppressions drop column address, add constraint suppressions_token check (token is not null) not valid;
    create index suppressions_last_word on suppressions (brand_id, token, occurred_at desc, id desc);
    create trigger append_only before delete on suppressions for each row execute function refuse_change();
    create trigger only_filled before update on suppressions for each row
      when (old.token is not null or new.token is null
        or (old.id, old.brand_id, old.channel, old.state, old.source, old.occurred_at, old.recorded_at)
          is distinct from (new.id, new.brand_id, new.channel, new.state, new.source, new.occurred_at, new.recorded_at))
      execute function refuse_change();
    create or replace function bump_gate_of_address() returns trigger language plpgsql as $$
    begin
      update contacts set gate_version = gate_version + 1
       where id in (select contact_id from addresses where brand_id = new.brand_id and token = new.token);
      return new;
    end $$;
  `);
}

/** Numbers that nobody has ordered with are known by their token alone: it stands for them, and going up again finds it there. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger append_only on suppressions;
    drop trigger only_filled on suppressions;
    alter table suppressions add column address text;
    update suppressions s set address = coalesce(
      (select f.address from suppressions_to_fill f where f.id = s.id),
      (select a.address from addresses a where a.brand_id = s.brand_id and a.token = s.token limit 1),
      'token:' || encode(s.token, 'hex'));
    drop index suppressions_last_word;
    alter table suppressions alter column address set not null, drop column token;
    drop table suppressions_to_fill;
    create index suppressions_last_word on suppressions (brand_id, address, occurred_at desc, id desc);
    create trigger append_only before update or delete on suppressions for each row execute function refuse_change();
    create or replace function bump_gate_of_address() returns trigger language plpgsql as $$
    begin
      update contacts set gate_version = gate_version + 1
       where id in (select contact_id from addresses where brand_id = new.brand_id and address = new.address);
      return new;
    end $$;
    alter table addresses drop column token;

    drop table consent_checks;
    drop trigger chain on consents;
    drop trigger append_only on consents;
    -- What the former shape has no words for would read as something else.
    delete from consents where night or action not in ('granted', 'withdrawn');
    alter table consents add column evidence text;
    update consents c set evidence = (select coalesce(e.evidence->>'note', e.evidence::text) from consent_evidence e where e.hash = c.evidence_hash),
      basis = case basis when 'contract' then 'contract' else 'express' end;
    drop function chain_consent, consent_hash(consents), consent_micros(timestamptz), consent_canonical(text[]);
    alter table consents
      drop constraint consents_action_check, drop constraint consents_basis_check,
      drop column night, drop column locale, drop column expires_at, drop column actor, drop column seq,
      drop column wording_hash, drop column evidence_hash, drop column prev_hash, drop column hash;
    alter table consents rename column action to state;
    alter table consents
      add constraint consents_state_check check (state in ('granted', 'withdrawn')),
      add constraint consents_basis_check check (basis in ('express', 'contract'));
    create trigger append_only before update or delete on consents for each row execute function refuse_change();
    create trigger bump_gate after insert on consents for each row execute function bump_gate_of_contact();
    drop table consent_evidence;
    alter table contacts drop column consent_seq, drop column consent_head;
  `);
}
