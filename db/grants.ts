/**
 * What the service may do with each table, where it works as a role that owns none of them. Nobody may truncate, and the role makes no
 * table, trigger or function. A table that is missing here gives the role nothing; a test demands a row for each.
 */
import type { Knex } from 'knex';

/** Columns that the code changes. `allBut`: also those that a later migration adds. */
type Update = 'all' | { readonly only: readonly string[] } | { readonly allBut: readonly string[] };

interface Grant {
  readonly insert?: true;
  readonly update?: Update;
  /** Where retention, an erasure or the table's own bounds take rows away. */
  readonly delete?: true;
}

const ADDED = { insert: true } as const;
const ADDED_AND_REMOVED = { insert: true, delete: true } as const;
const CHANGED = { insert: true, update: 'all' } as const;
const CHANGED_AND_REMOVED = { insert: true, update: 'all', delete: true } as const;

/** Every one of them may be read. */
export const GRANTS: Readonly<Record<string, Grant>> = {
  // Evidence: rows are added, and what is allowed beside that is what an erasure and the end of a period need.
  audit_log: ADDED,
  // Written by functions of the owner.
  audit_heads: {},
  audit_chain: {},
  consent_journal: {},
  // Deleted only where the time as proof has ended (trigger keep_proof).
  consents: ADDED_AND_REMOVED,
  consent_evidence: ADDED_AND_REMOVED,
  // A row from before tokens gets its token (trigger only_filled).
  suppressions: { insert: true, update: { only: ['token'] } },
  suppressions_to_fill: { delete: true },
  decisions: ADDED_AND_REMOVED,
  list_checks: ADDED_AND_REMOVED,
  erasures: {
    insert: true,
    update: { allBut: ['id', 'brand_id', 'contact_id', 'requested_at', 'requested_by', 'source'] },
  },
  // A step that is done again counts what it has done.
  erasure_steps: { insert: true, update: { only: ['result', 'detail', 'at'] } },
  erasure_redactions: { insert: true, update: { allBut: ['erasure_id', 'provider_id', 'direction'] }, delete: true },
  // Bodies are remembered for 30 days.
  shop_webhooks: ADDED_AND_REMOVED,
  // When it begins was said with it.
  shop_erasures: { insert: true, update: { only: ['cancelled_at', 'begun_at', 'tries', 'next_try_at'] } },
  // The same of what a person asks for on the page.
  planned_erasures: { insert: true, update: { only: ['cancelled_at', 'begun_at', 'tries', 'next_try_at'] } },
  data_requests: { insert: true, update: { only: ['answered_at'] } },

  brands: CHANGED,
  senders: ADDED,
  // Who a key belongs to and which key it is stay as they were made.
  api_keys: { insert: true, update: { allBut: ['id', 'brand_id', 'hash', 'created_at'] } },
  idempotency_keys: CHANGED_AND_REMOVED,

  // The head of the chain of consents is the database's own (trigger chain_consent).
  contacts: { insert: true, update: { allBut: ['id', 'brand_id', 'consent_seq', 'consent_head', 'created_at'] } },
  addresses: CHANGED_AND_REMOVED,
  // Written by a migration.
  contact_splits: {},
  preferences: CHANGED_AND_REMOVED,
  consent_checks: CHANGED_AND_REMOVED,

  orders: CHANGED,
  items: ADDED,
  parcels: CHANGED,
  inbox: CHANGED,

  messages: CHANGED_AND_REMOVED,
  attempts: CHANGED_AND_REMOVED,
  statuses: CHANGED_AND_REMOVED,
  redeliveries: CHANGED_AND_REMOVED,
  stops: CHANGED,
  address_failures: CHANGED_AND_REMOVED,
  lanes: CHANGED_AND_REMOVED,
  // Sums of receipts; an alarm that was raised stays as it was.
  spend: CHANGED,
  abuse_alarms: ADDED,
  lane_shares: CHANGED,

  conversations: CHANGED_AND_REMOVED,
  inbound_messages: CHANGED_AND_REMOVED,
  cases: CHANGED_AND_REMOVED,
  // What a code is for, and whose it is, was said when it was asked for.
  asked_texts: {
    insert: true,
    update: {
      allBut: ['id', 'brand_id', 'contact_id', 'address_id', 'kind', 'opens', 'link_epoch', 'created_at'],
    },
    delete: true,
  },
  unread_webhooks: ADDED_AND_REMOVED,
  // Counters, written and let go of by the library.
  rate_limits: CHANGED_AND_REMOVED,
};

/** What the migrations keep of themselves: the service only looks whether they are done. */
const OF_MIGRATIONS = ['knex_migrations', 'knex_migrations_lock'];

/**
 * Gives `role` what it may do, and takes away what it may not do any more, in one transaction, so that no statement of a running service
 * falls in between. The role is made with `verifier` (a SCRAM secret) if there is none and the owner may make one.
 */
export async function grantTo(trx: Knex.Transaction, role: string, verifier: string): Promise<void> {
  await makeRole(trx, role, verifier);
  await trx.raw('revoke create on schema public from public');
  await trx.raw('revoke all on all tables in schema public from ??', [role]);
  await trx.raw('revoke all on schema public from ??', [role]);
  await trx.raw('grant usage on schema public to ??', [role]);
  const columns = await columnsByTable(trx);
  for (const table of OF_MIGRATIONS) if (columns.has(table)) await trx.raw('grant select on ?? to ??', [table, role]);
  for (const [table, grant] of Object.entries(GRANTS)) {
    const known = columns.get(table);
    if (known) await grantTable(trx, role, table, grant, known);
  }
}

async function makeRole(trx: Knex.Transaction, role: string, verifier: string): Promise<void> {
  const known = await trx.raw<{ rows: { owns: boolean }[] }>(
    "select rolsuper or pg_has_role(rolname, current_user, 'member') as owns from pg_roles where rolname = ?",
    [role],
  );
  const [found] = known.rows;
  if (found?.owns)
    throw new Error(`the role ${role} of the service may do everything that the owner of the tables may`);
  // A statement that makes a role takes no parameters; both are quoted here.
  const { rows } = await trx.raw<{ rows: { sql: string }[] }>(
    "select format('create role %I login password %L', cast(? as text), cast(? as text)) as sql",
    [role, verifier],
  );
  if (!found && rows[0]) await trx.raw(rows[0].sql);
}

async function grantTable(
  trx: Knex.Transaction,
  role: string,
  table: string,
  { insert, update, delete: remove }: Grant,
  known: readonly string[],
): Promise<void> {
  const whole = [
    'select',
    ...(insert ? ['insert'] : []),
    ...(remove ? ['delete'] : []),
    ...(update === 'all' ? ['update'] : []),
  ];
  await trx.raw(`grant ${whole.join(', ')} on ?? to ??`, [table, role]);
  if (update === undefined || update === 'all') return;
  const changed = 'only' in update ? update.only : known.filter((column) => !update.allBut.includes(column));
  await trx.raw(`grant update (${changed.map(() => '??').join(', ')}) on ?? to ??`, [...changed, table, role]);
}

async function columnsByTable(trx: Knex.Transaction): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await trx.raw<{ rows: { table: string; columns: string[] }[] }>(
    `select c.relname as table, array_agg(a.attname::text order by a.attnum) as columns
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') group by c.relname`,
  );
  return new Map(rows.map(({ table, columns }) => [table, columns]));
}

/** Puts a trigger before `truncate` of every table that has none yet: the owner of a table needs no privilege for it. */
export async function refuseTruncate(trx: Knex.Transaction): Promise<void> {
  const { rows } = await trx.raw<{ rows: { table: string }[] }>(
    `select c.relname as table from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname <> all(?)
        and not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'no_truncate') order by 1`,
    [OF_MIGRATIONS],
  );
  for (const { table } of rows)
    await trx.raw(
      'create trigger no_truncate before truncate on ?? for each statement execute function refuse_truncate()',
      [table],
    );
}
