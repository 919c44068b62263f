import type { Knex } from 'knex';

/**
 * The ledger of messages and what the provider says of them. Lists of values in checks are one constant: PostgreSQL reads the checks of a table
 * anew in each statement that inserts or updates, and of the 62 µs that an update of a message took, 37 were theirs. With one constant a
 * list it takes 46 µs. One check that joins all saves nothing. The channel of a message is no foreign key (docs/decisions/0108-one-channel-table.md):
 * each insert would lock the one row of its channel.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- The ledger: the row is the truth about a message. One per order, step, occurrence and channel, whatever is retried. Turning to the
    -- next channel is another message, asked for at the gate again.
    create table messages (
      id uuid primary key default gen_random_uuid(),
      brand_id text not null,
      -- null: a reply to a contact, not about an order
      order_id text,
      contact_id uuid not null,
      step text not null,
      occurrence text not null,
      kind text not null,
      class text not null check (class = any ('{transactional,service_feedback,promotional,compliance}'::text[])),
      channel text not null,
      -- How many channels of the step came before: 0 is the first one.
      channel_index int not null default 0 check (channel_index >= 0),
      state text not null check (state = any ('{planned,submitted,unknown,accepted,delivered,read,undeliverable,rejected,skipped,expired,capped,suppressed,given_up}'::text[])),
      reason text,
      triggered_at timestamptz not null,
      due_at timestamptz not null,
      -- the booked moment of sending, where the lane was busy
      slot_at timestamptz,
      useful_until timestamptz not null,
      in_reply boolean not null default false,
      guards text[] not null default '{}',
      -- a workflow waits for its receipts: it has another channel to turn to
      awaited boolean not null default false,
      -- A fact or a command of its order has been stored since the message was planned, so the order is asked about it again.
      overtaken boolean not null default false,
      -- The newest fact of its order, by its row in the inbox, that the plan knew of which the message is a part. Null: not told.
      known_fact bigint,
      body text,
      text_removed_at timestamptz,
      locale text,
      encoding text,
      segments int check (segments > 0),
      submitted_at timestamptz,
      accepted_at timestamptz,
      -- rank of the last receipt: a late or repeated one never moves a message back
      receipt_rank int not null default 0,
      created_at timestamptz not null,
      constraint messages_intended unique nulls not distinct (brand_id, order_id, step, occurrence, contact_id, channel),
      foreign key (brand_id, order_id) references orders (brand_id, id),
      foreign key (brand_id, contact_id) references contacts (brand_id, id),
      -- An operator can give up a message that has not been to the provider yet.
      constraint messages_check check (state = any ('{planned,skipped,expired,capped,suppressed,given_up}'::text[])
        or ((body is not null or text_removed_at is not null) and submitted_at is not null)),
      constraint messages_check1 check (state <> all ('{skipped,expired,capped,suppressed,given_up,rejected}'::text[]) or reason is not null)
    );
    create index on messages (contact_id, submitted_at desc);
    create index messages_unsettled on messages (id) where state in ('submitted', 'unknown');
    create index messages_booked on messages (brand_id, slot_at) where state = 'planned' and slot_at is not null;
    create index messages_to_repair on messages (brand_id, state, created_at desc, id)
      where state in ('unknown', 'given_up', 'rejected', 'undeliverable');
    create index messages_second_channel on messages (submitted_at) where channel_index > 0;
    create index messages_with_text on messages (created_at) where body is not null;
    -- a reply's occurrence is the text that it answers
    create index messages_in_reply on messages (brand_id, occurrence) where order_id is null;
    -- A receipt of the first channel stops the second as STOP does: a submission that has not seen it fails.
    create trigger bump_gate after update of state on messages for each row
      when (new.awaited and new.state in ('delivered', 'read') and old.state not in ('delivered', 'read'))
      execute function bump_gate_of_contact();

    create table attempts (
      id bigint generated always as identity primary key,
      message_id uuid not null references messages,
      number int not null check (number > 0),
      -- opaque; Vonage gives it back in every status webhook
      client_ref text not null unique check (length(client_ref) between 16 and 40),
      submitted_at timestamptz not null,
      -- where it went and from which sender: records are looked up by these, and a status that names another sender is not about it
      address text,
      sender text,
      -- not_sent: the provider's own records, read after their lag, do not have it
      outcome text check (outcome = any ('{accepted,refused,unknown,not_sent}'::text[])),
      -- what made the outcome known: the call's answer, a status webhook, the provider's records, or an operator who vouches for it
      settled_by text check (settled_by = any ('{answer,receipt,records,operator}'::text[])),
      code text,
      provider_id text unique,
      finished_at timestamptz,
      -- rank of the last receipt of this attempt, as messages.receipt_rank is of the receipt the message's state came from
      receipt_rank int not null default 0,
      -- for the spend: null where the day is not counted
      brand_id text,
      country text,
      spend_day date,
      price numeric,
      unique (message_id, number)
    );
    -- Attempts are deleted row by row: an index of block ranges decays when new rows come to stand where old ones were.
    create index attempts_by_time on attempts (submitted_at);
    -- Attempts without a price yet. It empties as receipts come.
    create index attempts_unpriced on attempts (brand_id, spend_day, country)
      where price is null and spend_day is not null and outcome is distinct from 'refused';

    -- Messages that are sent again. An outbox, with the columns of the inbox: written with the state change, started by the drainer.
    create table redeliveries (
      id bigint generated always as identity primary key,
      -- brands take turns in every outbox
      brand_id text not null references brands,
      message_id uuid not null references messages,
      cause text not null check (cause in ('provider', 'operator')),
      not_before timestamptz not null,
      created_at timestamptz not null,
      -- null until its workflow is known to run
      started_at timestamptz,
      tries int not null default 0,
      next_try_at timestamptz not null default now(),
      claimed_until timestamptz,
      dead_at timestamptz,
      last_error text check (length(last_error) <= 64),
      check (dead_at is null or last_error is not null)
    );
    create index on redeliveries (message_id);
    create index redeliveries_waiting on redeliveries (brand_id, next_try_at, id) where started_at is null and dead_at is null;
    create index redeliveries_dead on redeliveries (brand_id, dead_at) where started_at is null and dead_at is not null;

    -- Refusals of the provider that hold for every recipient. Messages that would meet one wait until an operator releases it.
    create table blocks (
      id bigint generated always as identity primary key,
      brand_id text not null references brands,
      scope text not null check (scope in ('template', 'sender')),
      channel text not null references channels,
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
    create unique index blocks_open on blocks (brand_id, channel, kind, locale, sender) nulls not distinct where released_at is null;

    -- Refusals that may be the number's own fault: enough of them without a delivery in between make it unusable.
    create table address_failures (
      attempt_id bigint primary key references attempts,
      brand_id text not null references brands,
      channel text not null references channels,
      address text not null,
      code text not null,
      occurred_at timestamptz not null
    );
    create index on address_failures (brand_id, channel, address, occurred_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table address_failures, blocks, redeliveries, attempts, messages');
}
