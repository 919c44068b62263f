import type { Knex } from 'knex';

/** In UTC, whatever the session's zone. */
const WRITTEN = (moment: string): string => `to_char(${moment} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** The database dates the end of a proof and writes it into the audit log: with these marks consents can be taken away. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Since when there is only the proof, by the clock of the database.
    alter table contacts add column proof_set_at timestamptz;

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

    -- Returns those whose time is over. 30 days after the mark at the earliest: a false one is seen before it takes anything away.
    create function end_proofs(ids uuid[]) returns setof uuid language plpgsql
      security definer set search_path = public, pg_temp as $$
    declare
      c record;
      moment timestamptz := clock_timestamp();
    begin
      for c in select id, brand_id from contacts where id = any(ids) and proof_ended_at is null and erased_at is not null
          and proof_until <= moment and proof_set_at <= moment - interval '30 days' order by id for no key update loop
        update contacts set proof_ended_at = moment where id = c.id;
        insert into audit_log (brand_id, actor, action, subject_kind, subject_id, after, at)
          values (c.brand_id, 'database', 'end_proof', 'contact', c.id::text, jsonb_build_object('proofEndedAt', ${WRITTEN('moment')}), moment);
        return next c.id;
      end loop;
    end $$;

    create function refuse_marks() returns trigger language plpgsql as $$
    begin
      raise exception 'a contact begins without an end of its proof';
    end $$;
    create trigger no_marks before insert on contacts for each row
      when (num_nonnulls(new.proof_until, new.proof_set_at, new.proof_ended_at) > 0) execute function refuse_marks();

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

    -- Our table, whatever temporary table of that name the caller has made.
    alter function keep_proof() set search_path = public, pg_temp;

    insert into audit_log (brand_id, actor, action, subject_kind, subject_id, after, at)
      select brand_id, 'migration', m.action, 'contact', id::text, m.after, clock_timestamp() from contacts
        cross join lateral (values ('start_proof', jsonb_build_object('proofUntil', ${WRITTEN('proof_until')}), proof_until),
          ('end_proof', jsonb_build_object('proofEndedAt', ${WRITTEN('proof_ended_at')}), proof_ended_at)) m (action, after, mark)
       where m.mark is not null order by id, m.action desc;
    update contacts set proof_set_at = erased_at where erased_at is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger no_marks on contacts;
    drop trigger keep_evidence on consent_evidence;
    drop function keep_evidence, refuse_marks, start_proof, end_proofs;
    alter function keep_proof() reset search_path;
    alter table contacts drop column proof_set_at;
  `);
}
