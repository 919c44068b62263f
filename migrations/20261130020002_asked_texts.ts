import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Texts that somebody has asked for on the preference page, at the number its link was sent to. An outbox, as inbound_messages is. A code
    -- is not stored: it is made from the row's id and a key.
    create table asked_texts (
      id uuid primary key default gen_random_uuid(),
      brand_id text not null,
      contact_id uuid not null,
      -- goes with the number when its person is erased
      address_id bigint not null references addresses on delete cascade,
      kind text not null check (kind in ('access_code', 'erasure_planned')),
      -- what the code is for
      opens text check (opens in ('download', 'erase')),
      link_epoch int not null,
      created_at timestamptz not null,
      -- wrong codes that were given for this one
      wrong_codes int not null default 0,
      used_at timestamptz,
      started_at timestamptz,
      tries int not null default 0,
      next_try_at timestamptz not null default now(),
      claimed_until timestamptz,
      dead_at timestamptz,
      last_error text check (length(last_error) <= 64),
      check (dead_at is null or last_error is not null),
      check ((kind = 'access_code') = (opens is not null)),
      foreign key (brand_id, contact_id) references contacts (brand_id, id)
    );
    create index on asked_texts (address_id, created_at);
    create index asked_texts_waiting on asked_texts (brand_id, next_try_at, id) where started_at is null and dead_at is null;
    create index asked_texts_dead on asked_texts (brand_id, dead_at) where started_at is null and dead_at is not null;

    -- Erasures that a person has asked for on the page: they can be taken back until due_at.
    create table planned_erasures (
      id uuid primary key default gen_random_uuid(),
      brand_id text not null,
      contact_id uuid not null,
      requested_at timestamptz not null,
      due_at timestamptz not null,
      cancelled_at timestamptz,
      begun_at timestamptz,
      check (num_nonnulls(cancelled_at, begun_at) <= 1),
      foreign key (brand_id, contact_id) references contacts (brand_id, id)
    );
    create unique index planned_erasures_open on planned_erasures (contact_id) where cancelled_at is null and begun_at is null;
    create index planned_erasures_due on planned_erasures (due_at) where cancelled_at is null and begun_at is null;
    -- What may be sent to the person changes with it.
    create trigger bump_gate after insert or update on planned_erasures for each row execute function bump_gate_of_contact();

    alter table inbound_messages
      drop constraint inbound_messages_reply_check,
      add constraint inbound_messages_reply_check
        check (reply in ('opt_out_confirmed', 'opt_out_or_order', 'opt_in_confirmed', 'help', 'erasure_cancelled'));
    comment on column inbound_messages.meaning is
      'stop, start, help, rated, nps_given, confirmed, declined, keeps_data, unclear_opt_out or question';
  `);
}

/** A waiting erasure is then carried out by no process: the person has to ask again. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    comment on column inbound_messages.meaning is
      'stop, start, help, rated, nps_given, confirmed, declined, unclear_opt_out or question';
    update inbound_messages set reply = 'help' where reply = 'erasure_cancelled';
    alter table inbound_messages
      drop constraint inbound_messages_reply_check,
      add constraint inbound_messages_reply_check
        check (reply in ('opt_out_confirmed', 'opt_out_or_order', 'opt_in_confirmed', 'help'));
    drop table planned_erasures, asked_texts;
  `);
}
