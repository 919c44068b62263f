import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Also what was told about the person's order to a wrong number: the message stays with that number's contact.
    create or replace function list_late_redaction() returns trigger language plpgsql as $$
    begin
      insert into erasure_redactions (erasure_id, provider_id, direction, next_at, listed_at)
        select e.id, new.provider_id, 'outbound', coalesce(new.finished_at, new.submitted_at), coalesce(new.finished_at, new.submitted_at)
          from messages m left join orders o on o.brand_id = m.brand_id and o.id = m.order_id
            join erasures e on e.contact_id in (m.contact_id, o.contact_id) where m.id = new.message_id
      on conflict do nothing;
      return null;
    end $$;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    create or replace function list_late_redaction() returns trigger language plpgsql as $$
    begin
      insert into erasure_redactions (erasure_id, provider_id, direction, next_at, listed_at)
        select e.id, new.provider_id, 'outbound', coalesce(new.finished_at, new.submitted_at), coalesce(new.finished_at, new.submitted_at)
          from messages m join erasures e on e.contact_id = m.contact_id where m.id = new.message_id
      on conflict do nothing;
      return null;
    end $$;
  `);
}
