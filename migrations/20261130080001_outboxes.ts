import type { Knex } from 'knex';

/** Every table with rows for a workflow, and the condition under which a row waits for its workflow. */
const OUTBOXES = [
  ['inbox', 'applied_at is null'],
  ['inbound_messages', 'reply is not null and replied_at is null'],
  ['redeliveries', 'started_at is null'],
  ['consent_checks', 'started_at is null'],
  ['erasures', 'started_at is null'],
] as const;

export async function up(knex: Knex): Promise<void> {
  // A redelivery gets a brand, so that brands take turns in every outbox.
  await knex.raw(`
    alter table redeliveries add column brand_id text references brands;
    update redeliveries r set brand_id = m.brand_id from messages m where m.id = r.message_id;
    alter table redeliveries alter column brand_id set not null;
  `);
  for (const [table, owed] of OUTBOXES)
    await knex.raw(`
      alter table ${table}
        ${table === 'inbox' ? '' : 'add column tries int not null default 0,'}
        -- wall time of the database: an engine is away in wall time, whatever clock the service goes by
        add column next_try_at timestamptz not null default now(),
        -- a process is telling the engine of this row, or died while it did; also the mark that its answer has to show
        add column claimed_until timestamptz,
        -- tried as often as it may be: waits for a person. A gRPC code or an error's name, never its text
        add column dead_at timestamptz,
        add column last_error text check (length(last_error) <= 64),
        add check (dead_at is null or last_error is not null);
      create index ${table}_waiting on ${table} (brand_id, next_try_at, id) where ${owed} and dead_at is null;
      create index ${table}_dead on ${table} (brand_id, dead_at) where ${owed} and dead_at is not null;
    `);
  await knex.raw(`
    drop index inbox_pending, redeliveries_pending, erasures_pending, inbound_unreplied, consent_checks_id_idx;
  `);
}

export async function down(knex: Knex): Promise<void> {
  for (const [table] of OUTBOXES)
    await knex.raw(`
      alter table ${table}
        ${table === 'inbox' ? '' : 'drop column tries,'}
        drop column next_try_at, drop column claimed_until, drop column dead_at, drop column last_error;
    `);
  await knex.raw(`
    alter table redeliveries drop column brand_id;
    create index inbox_pending on inbox (id) where applied_at is null;
    create index inbound_unreplied on inbound_messages (received_at) where reply is not null and replied_at is null;
    create index redeliveries_pending on redeliveries (id) where started_at is null;
    create index on consent_checks (id) where started_at is null;
    create index erasures_pending on erasures (requested_at, id) where started_at is null;
  `);
}
