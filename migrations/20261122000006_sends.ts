import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- not_sent: the provider's own records, read after their lag, do not have it.
    alter table attempts
      drop constraint attempts_outcome_check,
      add constraint attempts_outcome_check check (outcome in ('accepted', 'refused', 'unknown', 'not_sent')),
      -- what made the outcome known: the call's answer, a status webhook, the provider's records, or an operator who vouches for it
      add column settled_by text check (settled_by in ('answer', 'receipt', 'records', 'operator')),
      -- where it went and from which sender: records are looked up by these, and a status that names another sender is not about it
      add column address text,
      add column sender text;

    alter table messages
      drop constraint messages_channel_check,
      add constraint messages_channel_check check (channel in ('sms', 'rcs')),
      -- a workflow waits for its receipts: it has another channel to turn to
      add column awaited boolean not null default false,
      -- the booked moment of sending, where the lane was busy
      add column slot_at timestamptz;
    do $$ declare key text; begin
      select conname into strict key from pg_constraint where conrelid = 'messages'::regclass and contype = 'u';
      execute format('alter table messages drop constraint %I', key);
    end $$;
    -- One per channel: turning to the next channel is another message, asked for at the gate again.
    alter table messages add constraint messages_intended
      unique nulls not distinct (brand_id, order_id, step, occurrence, contact_id, channel);
    alter table decisions add column channel text not null default 'sms';
    do $$ declare key text; begin
      select conname into strict key from pg_constraint where conrelid = 'decisions'::regclass and contype = 'u';
      execute format('alter table decisions drop constraint %I', key);
    end $$;
    alter table decisions add constraint decisions_made
      unique nulls not distinct (brand_id, order_id, contact_id, step, occurrence, channel, decided_at, outcome);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table decisions drop constraint decisions_made, drop column channel,
      add unique nulls not distinct (brand_id, order_id, contact_id, step, occurrence, decided_at, outcome);
    alter table messages drop constraint messages_intended, drop column awaited, drop column slot_at,
      drop constraint messages_channel_check, add constraint messages_channel_check check (channel in ('sms')),
      add unique nulls not distinct (brand_id, order_id, step, occurrence, contact_id);
    alter table attempts drop column settled_by, drop column address, drop column sender,
      drop constraint attempts_outcome_check,
      add constraint attempts_outcome_check check (outcome in ('accepted', 'refused', 'unknown'));
  `);
}
