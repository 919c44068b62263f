import type { Knex } from 'knex';

/** A proof that began before a consent was given would end too early: its end is never moved. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(
    endProofs(`
          and not exists (select from consents k where k.contact_id = contacts.id and k.occurred_at > moment - interval '2 years')`),
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(endProofs(''));
}

function endProofs(alsoAsked: string): string {
  return `
    create or replace function end_proofs(ids uuid[]) returns setof uuid language plpgsql
      security definer set search_path = public, pg_temp as $$
    declare
      c record;
      moment timestamptz := clock_timestamp();
    begin
      for c in select id, brand_id from contacts where id = any(ids) and proof_ended_at is null and erased_at is not null
          and proof_until <= moment and proof_set_at <= moment - interval '30 days'${alsoAsked} order by id for no key update loop
        update contacts set proof_ended_at = moment where id = c.id;
        insert into audit_log (brand_id, actor, action, subject_kind, subject_id, after, at)
          values (c.brand_id, 'database', 'end_proof', 'contact', c.id::text,
            jsonb_build_object('proofEndedAt', to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')), moment);
        return next c.id;
      end loop;
    end $$;
  `;
}
