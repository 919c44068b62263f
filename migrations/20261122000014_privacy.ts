import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table contacts
      -- set: a pseudonym. What is left of the person is what proves that texting was allowed
      add column erased_at timestamptz,
      -- when that goes, too. Null: it is kept
      add column proof_until timestamptz,
      -- it has gone
      add column proof_ended_at timestamptz,
      add constraint contacts_erased check (erased_at is null or num_nonnulls(external_id, first_name, last_name, locale, zone, country,
        region, city, postcode) = 0),
      add constraint contacts_proof check (proof_ended_at is null or erased_at is not null);
    create index contacts_proof_until on contacts (proof_until) where proof_until is not null and proof_ended_at is null;

    -- Set: its person is being erased or was. Nothing is told to its workflow any more.
    alter table orders add column erased_at timestamptz;

    alter table messages
      add column text_removed_at timestamptz,
      drop constraint messages_check,
      add constraint messages_check check (
        state in ('planned', 'skipped', 'expired', 'capped', 'suppressed', 'given_up')
        or ((body is not null or text_removed_at is not null) and submitted_at is not null));
    create index messages_with_text on messages (created_at) where body is not null;
    alter table inbound_messages add column text_removed_at timestamptz;
    -- the oldest ones are looked for once a day; they come in the order of their time, so this index is tiny
    create index decisions_by_time on decisions using brin (decided_at);
    create index inbound_with_text on inbound_messages (received_at) where text_removed_at is null;

    -- An outbox: written by whoever asks, started by the drainer. A person is erased once.
    create table erasures (
      id uuid primary key default gen_random_uuid(),
      brand_id text not null,
      contact_id uuid not null unique,
      requested_at timestamptz not null,
      requested_by text not null check (requested_by <> ''),
      source text not null check (source in ('api', 'page', 'shop')),
      -- null until its workflow is known to run
      started_at timestamptz,
      done_at timestamptz,
      foreign key (brand_id, contact_id) references contacts (brand_id, id)
    );
    create index erasures_pending on erasures (requested_at, id) where started_at is null;

    create table erasure_steps (
      erasure_id uuid not null references erasures,
      step text not null check (step in ('suppress', 'end_orders', 'remove_data', 'redact_provider')),
      result text not null check (result in ('done', 'partly')),
      -- counts only
      detail jsonb not null check (jsonb_typeof(detail) = 'object'),
      at timestamptz not null,
      primary key (erasure_id, step)
    );

    -- What the provider is asked to forget, message by message.
    create table erasure_redactions (
      erasure_id uuid not null references erasures,
      provider_id text not null,
      direction text not null check (direction in ('outbound', 'inbound')),
      -- null while it is asked for. refused: somebody has to ask by hand
      result text check (result in ('redacted', 'not_found', 'refused')),
      code text check (length(code) <= 40),
      tries int not null default 0,
      next_at timestamptz not null,
      at timestamptz,
      primary key (erasure_id, provider_id)
    );
    create index erasure_redactions_open on erasure_redactions (erasure_id, next_at) where result is null;

    -- What a shop was asked for by its customer: answered with the export.
    create table data_requests (
      id bigint generated always as identity primary key,
      brand_id text not null,
      contact_id uuid not null,
      -- the shop's own id of it
      reference text not null check (length(reference) between 1 and 64),
      requested_at timestamptz not null,
      answered_at timestamptz,
      unique (brand_id, contact_id, reference),
      foreign key (brand_id, contact_id) references contacts (brand_id, id)
    );
    create index data_requests_open on data_requests (requested_at) where answered_at is null;

    -- The consents of a pseudonym can be taken away once their time as proof has ended, and no others.
    create function keep_proof() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' and exists (select from contacts where id = old.contact_id and proof_ended_at is not null) then
        return old;
      end if;
      raise exception '% is append-only', tg_table_name;
    end $$;
    drop trigger append_only on consents;
    create trigger append_only before update or delete on consents for each row execute function keep_proof();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger append_only on consents;
    create trigger append_only before update or delete on consents for each row execute function refuse_change();
    drop function keep_proof;
    drop table data_requests, erasure_redactions, erasure_steps, erasures;
    drop index decisions_by_time, inbound_with_text, messages_with_text;
    alter table inbound_messages drop column text_removed_at;
    -- What the former shape has no words for: a message without its text.
    update messages set body = '' where body is null and text_removed_at is not null;
    alter table messages
      drop constraint messages_check,
      add constraint messages_check check (
        state in ('planned', 'skipped', 'expired', 'capped', 'suppressed', 'given_up') or (body is not null and submitted_at is not null)),
      drop column text_removed_at;
    alter table orders drop column erased_at;
    drop index contacts_proof_until;
    alter table contacts drop constraint contacts_proof, drop constraint contacts_erased,
      drop column erased_at, drop column proof_until, drop column proof_ended_at;
  `);
}
