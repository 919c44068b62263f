import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- The ledger: the row is the truth about a message. One per order, step and occurrence, whatever is retried.
    create table messages (
      id uuid primary key default gen_random_uuid(),
      brand_id text not null,
      -- null: a reply to a contact, not about an order
      order_id text,
      contact_id uuid not null,
      step text not null,
      occurrence text not null,
      kind text not null,
      class text not null check (class in ('transactional', 'service_feedback', 'promotional', 'compliance')),
      channel text not null check (channel in ('sms')),
      state text not null check (state in ('planned', 'submitted', 'unknown', 'accepted', 'delivered', 'read',
        'undeliverable', 'rejected', 'skipped', 'expired', 'capped', 'suppressed', 'given_up')),
      reason text,
      triggered_at timestamptz not null,
      due_at timestamptz not null,
      useful_until timestamptz not null,
      in_reply boolean not null default false,
      guards text[] not null default '{}',
      body text,
      locale text,
      encoding text,
      segments int check (segments > 0),
      submitted_at timestamptz,
      accepted_at timestamptz,
      -- rank of the last receipt: a late or repeated one never moves a message back
      receipt_rank int not null default 0,
      created_at timestamptz not null,
      unique nulls not distinct (brand_id, order_id, step, occurrence, contact_id),
      foreign key (brand_id, order_id) references orders (brand_id, id),
      foreign key (brand_id, contact_id) references contacts (brand_id, id),
      check (state in ('planned', 'skipped', 'expired', 'capped', 'suppressed') or (body is not null and submitted_at is not null)),
      check (state not in ('skipped', 'expired', 'capped', 'suppressed', 'given_up', 'rejected') or reason is not null)
    );
    create index on messages (contact_id, submitted_at desc);
    create index messages_unsettled on messages (id) where state in ('submitted', 'unknown');

    create table attempts (
      id bigint generated always as identity primary key,
      message_id uuid not null references messages,
      number int not null check (number > 0),
      -- opaque; Vonage gives it back in every status webhook
      client_ref text not null unique check (length(client_ref) between 16 and 40),
      submitted_at timestamptz not null,
      outcome text check (outcome in ('accepted', 'refused', 'unknown')),
      code text,
      provider_id text unique,
      finished_at timestamptz,
      unique (message_id, number)
    );

    -- Status webhooks as they came. attempt_id stays null for an orphan: a status of a message that is not ours.
    create table statuses (
      id bigint generated always as identity primary key,
      attempt_id bigint references attempts,
      client_ref text,
      provider_id text not null,
      status text not null,
      code text,
      segments int,
      price text,
      occurred_at timestamptz not null,
      received_at timestamptz not null,
      unique (provider_id, status, occurred_at)
    );
    create index on statuses (attempt_id);

    -- Every decision to send, to wait or not to send, with the rule that made it.
    create table decisions (
      id bigint generated always as identity primary key,
      brand_id text not null references brands,
      order_id text,
      contact_id uuid,
      step text not null,
      occurrence text not null,
      kind text not null,
      decided_at timestamptz not null,
      outcome text not null check (outcome in ('send', 'wait', 'skip')),
      reason text check (outcome = 'send' or reason is not null),
      wait_until timestamptz check (outcome <> 'wait' or wait_until is not null),
      rule text not null,
      zones text[] not null default '{}',
      zone_source text,
      -- a check may run twice for one workflow task: it is one decision
      unique nulls not distinct (brand_id, order_id, contact_id, step, occurrence, decided_at, outcome),
      foreign key (brand_id, order_id) references orders (brand_id, id),
      foreign key (brand_id, contact_id) references contacts (brand_id, id)
    );
    create index on decisions (contact_id, id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table decisions, statuses, attempts, messages');
}
