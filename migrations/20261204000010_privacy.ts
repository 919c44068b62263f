import type { Knex } from 'knex';

/** Erasures, requests for data, and how far retention has come. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- An outbox, with the columns of the inbox. A person is erased once.
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
      tries int not null default 0,
      next_try_at timestamptz not null default now(),
      claimed_until timestamptz,
      dead_at timestamptz,
      last_error text check (length(last_error) <= 64),
      check (dead_at is null or last_error is not null),
      foreign key (brand_id, contact_id) references contacts (brand_id, id)
    );
    create index erasures_waiting on erasures (brand_id, next_try_at, id) where started_at is null and dead_at is null;
    create index erasures_dead on erasures (brand_id, dead_at) where started_at is null and dead_at is not null;
    create index erasures_open on erasures (id) where done_at is null;

    create table erasure_steps (
      erasure_id uuid not null references erasures,
      step text not null check (step in ('suppress', 'end_orders', 'remove_data', 'redact_provider')),
      result text not null check (result in ('done', 'partly')),
      -- counts only
      detail jsonb not null check (jsonb_typeof(detail) = 'object'),
      at timestamptz not null,
      primary key (erasure_id, step)
    );

    -- Messages that the provider is asked to forget, one by one.
    create table erasure_redactions (
      erasure_id uuid not null references erasures,
      provider_id text not null,
      direction text not null check (direction in ('outbound', 'inbound')),
      -- null while it is asked for. refused: an operator has to ask by hand
      result text check (result in ('redacted', 'not_found', 'refused')),
      code text check (length(code) <= 40),
      tries int not null default 0,
      next_at timestamptz not null,
      at timestamptz,
      -- The four weeks that the provider is asked for begin with this moment, not with the erasure: an id may be known much later.
      listed_at timestamptz not null,
      primary key (erasure_id, provider_id)
    );
    create index erasure_redactions_open on erasure_redactions (erasure_id, next_at) where result is null;
    create index erasure_redactions_due on erasure_redactions (next_at) where result is null;
    create index erasure_redactions_refused on erasure_redactions (erasure_id) where result = 'refused';
    -- A send that was under way, or whose outcome nobody knew, when its person was erased: the answer, a receipt or a look-up names it
    -- later. A trigger, because each of those three writes the id in a statement of its own. Also a message about the person's order that
    -- went to a wrong number: the message stays with that number's contact.
    create function list_late_redaction() returns trigger language plpgsql as $$
    begin
      insert into erasure_redactions (erasure_id, provider_id, direction, next_at, listed_at)
        select e.id, new.provider_id, 'outbound', coalesce(new.finished_at, new.submitted_at), coalesce(new.finished_at, new.submitted_at)
          from messages m left join orders o on o.brand_id = m.brand_id and o.id = m.order_id
            join erasures e on e.contact_id in (m.contact_id, o.contact_id) where m.id = new.message_id
      on conflict do nothing;
      return null;
    end $$;
    create trigger late_redaction after update of provider_id on attempts for each row
      when (new.provider_id is distinct from old.provider_id and new.provider_id is not null) execute function list_late_redaction();

    -- Erasures that a person has asked for on the page: they can be taken back until due_at.
    create table planned_erasures (
      id uuid primary key default gen_random_uuid(),
      brand_id text not null,
      contact_id uuid not null,
      requested_at timestamptz not null,
      due_at timestamptz not null,
      cancelled_at timestamptz,
      begun_at timestamptz,
      -- One that cannot begin waits by itself, longer each time: a hundred that fail were the hundred of every look.
      tries int not null default 0,
      next_try_at timestamptz,
      check (num_nonnulls(cancelled_at, begun_at) <= 1),
      foreign key (brand_id, contact_id) references contacts (brand_id, id)
    );
    create unique index planned_erasures_open on planned_erasures (contact_id) where cancelled_at is null and begun_at is null;
    -- Brands take turns, so each brand's next ones are looked for.
    create index planned_erasures_due on planned_erasures (brand_id, (coalesce(next_try_at, due_at)), id)
      where cancelled_at is null and begun_at is null;
    create trigger bump_gate after insert or update on planned_erasures for each row execute function bump_gate_of_contact();

    -- A shop has left and wants all of its customers erased: held until due_at, in which time an operator can cancel it.
    create table shop_erasures (
      id uuid primary key default gen_random_uuid(),
      brand_id text not null references brands,
      requested_at timestamptz not null,
      due_at timestamptz not null,
      cancelled_at timestamptz,
      begun_at timestamptz,
      tries int not null default 0,
      next_try_at timestamptz,
      check (num_nonnulls(cancelled_at, begun_at) <= 1)
    );
    create unique index shop_erasures_held on shop_erasures (brand_id) where cancelled_at is null and begun_at is null;
    create index on shop_erasures (brand_id, requested_at);

    -- Bodies of a shop's privacy webhooks that have had their effect. Their signature covers nothing else, so anybody who has seen a body can
    -- send it again: the same has no effect twice within 30 days.
    create table shop_webhooks (
      brand_id text not null references brands,
      -- SHA-256
      body_hash bytea not null check (octet_length(body_hash) = 32),
      received_at timestamptz not null,
      primary key (brand_id, body_hash)
    );
    create index on shop_webhooks (brand_id, received_at);

    -- Requests for data that a customer made to the shop: answered with the export.
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

    -- How far each shorter period of retention has been looked through: without it, every day reads all rows that others keep for longer.
    create table sweep_marks (
      sweep text not null,
      -- an ISO 8601 duration
      keep text not null,
      -- rows that were over then are gone
      swept_at timestamptz not null,
      -- rows of all ages were looked at
      whole_at timestamptz not null,
      primary key (sweep, keep)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger late_redaction on attempts;
    drop function list_late_redaction;
    drop table sweep_marks, data_requests, shop_webhooks, shop_erasures, planned_erasures, erasure_redactions, erasure_steps, erasures;
  `);
}
