import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- The four weeks that the provider is asked for begin with this moment, not with the erasure: an id may be known much later.
    alter table erasure_redactions add column listed_at timestamptz;
    update erasure_redactions set listed_at = next_at;
    alter table erasure_redactions alter column listed_at set not null;
    create index erasure_redactions_due on erasure_redactions (next_at) where result is null;
    -- What was written from a number before anybody knew whose it is goes with its owner: looked for by the number.
    create index inbound_messages_of_number on inbound_messages (brand_id, address) where address <> '';

    -- A send that was under way, or whose outcome nobody knew, when its person was erased: the answer, a receipt or a look-up names it
    -- later. A trigger, because each of those three writes the id in a statement of its own.
    create function list_late_redaction() returns trigger language plpgsql as $$
    begin
      insert into erasure_redactions (erasure_id, provider_id, direction, next_at, listed_at)
        select e.id, new.provider_id, 'outbound', coalesce(new.finished_at, new.submitted_at), coalesce(new.finished_at, new.submitted_at)
          from messages m join erasures e on e.contact_id = m.contact_id where m.id = new.message_id
      on conflict do nothing;
      return null;
    end $$;
    create trigger late_redaction after update of provider_id on attempts for each row
      when (new.provider_id is distinct from old.provider_id and new.provider_id is not null) execute function list_late_redaction();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger late_redaction on attempts;
    drop function list_late_redaction;
    drop index erasure_redactions_due, inbound_messages_of_number;
    alter table erasure_redactions drop column listed_at;
  `);
}
