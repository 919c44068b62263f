import type { Knex } from 'knex';

/** The functions that chain run with the owner's rights. On a table of the caller's own they would chain an entry that is nowhere. */
const AUDIT = 'public.audit_log';
const CONSENTS = 'public.consents';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(
    bodies(
      (table) => `
      if tg_relid <> '${table}'::regclass then
        raise exception '% chains entries of ${table} alone', tg_name;
      end if;`,
    ),
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(bodies(() => ''));
}

function bodies(check: (table: string) => string): string {
  return `
    create or replace function chain_audit() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
    begin${check(AUDIT)}
      perform chain_audit_entry(array[new.id::text, new.actor, new.action, new.subject_kind, new.subject_id, new.reason,
        new.before::text, new.after::text, consent_micros(new.at)], new.brand_id, new.id);
      return null;
    end $$;
    create or replace function chain_consent() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
    declare
      head record;
    begin${check(CONSENTS)}
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
  `;
}
