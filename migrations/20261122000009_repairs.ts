import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- What the provider refuses whoever it is sent to. Messages that would meet it wait until somebody releases it.
    create table stops (
      id bigint generated always as identity primary key,
      brand_id text not null references brands,
      scope text not null check (scope in ('template', 'sender')),
      channel text not null check (channel in ('sms', 'rcs')),
      -- a template is a kind in a language
      kind text check ((scope = 'template') = (kind is not null)),
      locale text check ((scope = 'template') = (locale is not null)),
      sender text check ((scope = 'sender') = (sender is not null)),
      -- the provider's code, and the message it came for first
      code text not null,
      message_id uuid not null references messages,
      refusals int not null default 1,
      opened_at timestamptz not null,
      released_at timestamptz
    );
    create unique index stops_open on stops (brand_id, channel, kind, locale, sender) nulls not distinct where released_at is null;

    -- Refusals that may be the number's own fault: enough of them without a delivery in between make it unusable.
    create table address_failures (
      attempt_id bigint primary key references attempts,
      brand_id text not null references brands,
      channel text not null check (channel in ('sms', 'rcs')),
      address text not null,
      code text not null,
      occurred_at timestamptz not null
    );
    create index on address_failures (brand_id, channel, address, occurred_at);

    -- Messages that are sent again. An outbox: written with the state change, started by the drainer.
    create table redeliveries (
      id bigint generated always as identity primary key,
      message_id uuid not null references messages,
      cause text not null check (cause in ('provider', 'operator')),
      not_before timestamptz not null,
      created_at timestamptz not null,
      -- null until its workflow is known to run
      started_at timestamptz
    );
    create index on redeliveries (message_id);
    create index redeliveries_pending on redeliveries (id) where started_at is null;

    -- Who did what by hand, and why.
    create table audit_log (
      id bigint generated always as identity primary key,
      brand_id text not null references brands,
      actor text not null check (actor <> ''),
      action text not null check (action in ('redrive', 'release', 'give_up', 'release_stop')),
      message_id uuid references messages,
      stop_id bigint references stops,
      reason text not null check (reason <> ''),
      -- the state it was in, and what the caller took upon himself
      details jsonb not null default '{}',
      at timestamptz not null,
      check (num_nonnulls(message_id, stop_id) = 1)
    );
    create index on audit_log (message_id);
    create trigger append_only before update or delete on audit_log for each row execute function refuse_change();

    -- for the comparison of a period with the provider: attempts come in the order of their time, so this index is tiny
    create index attempts_by_time on attempts using brin (submitted_at);

    create index messages_to_repair on messages (brand_id, state, created_at desc, id)
      where state in ('unknown', 'given_up', 'rejected', 'undeliverable');

    -- An operator can give up a message that has not been to the provider yet.
    alter table messages drop constraint messages_check, add constraint messages_check check (
      state in ('planned', 'skipped', 'expired', 'capped', 'suppressed', 'given_up') or (body is not null and submitted_at is not null));
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table messages drop constraint messages_check, add constraint messages_check check (
      state in ('planned', 'skipped', 'expired', 'capped', 'suppressed') or (body is not null and submitted_at is not null));
    drop index messages_to_repair, attempts_by_time;
    drop table audit_log, redeliveries, address_failures, stops;
  `);
}
