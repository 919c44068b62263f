/**
 * Privileges of the service on each table, when it connects as a role that owns none of them. No role may truncate, and the service makes
 * no table, trigger or function, not even a temporary table. A table that is missing here gives no privilege at all; a test demands a
 * row for each.
 */
import type { Knex } from 'knex';

/** Columns that the code updates. `allBut` includes columns that a later migration adds. */
type Update = 'all' | { readonly only: readonly string[] } | { readonly allBut: readonly string[] };

interface Grant {
  readonly insert?: true;
  readonly update?: Update;
  /** Rows are deleted by retention, by an erasure, or when the table reaches its own bound. */
  readonly delete?: true;
}

const ADDED = { insert: true } as const;
const ADDED_AND_REMOVED = { insert: true, delete: true } as const;
const CHANGED = { insert: true, update: 'all' } as const;
const CHANGED_AND_REMOVED = { insert: true, update: 'all', delete: true } as const;

/** The service may read every table. */
export const GRANTS: Readonly<Record<string, Grant>> = {
  // Evidence: rows are inserted. Other privileges are only those that an erasure or the end of a retention period needs.
  audit_log: ADDED,
  // Functions of the owner write these tables.
  audit_heads: {},
  audit_chain: {},
  consent_journal: {},
  consents_to_seal: {},
  evidence_exports: ADDED,
  // Deleted only once the period as proof has ended (trigger keep_proof), evidence by an erasure or after two years (keep_evidence).
  consents: ADDED_AND_REMOVED,
  consent_evidence: { insert: true, update: { only: ['keep_until'] }, delete: true },
  suppressions: ADDED,
  decisions: ADDED_AND_REMOVED,
  // Functions of the owner move months to the past, and drop them.
  past_decisions: { delete: true },
  past_statuses: { delete: true },
  // Views of both; rows are deleted by a trigger.
  all_decisions: { delete: true },
  all_statuses: { delete: true },
  list_checks: ADDED_AND_REMOVED,
  erasures: {
    insert: true,
    update: { allBut: ['id', 'brand_id', 'contact_id', 'requested_at', 'requested_by', 'source'] },
  },
  // A step that runs again updates its counts.
  erasure_steps: { insert: true, update: { only: ['result', 'detail', 'at'] } },
  erasure_redactions: { insert: true, update: { allBut: ['erasure_id', 'provider_id', 'direction'] }, delete: true },
  // Bodies are remembered for 30 days.
  shop_webhooks: ADDED_AND_REMOVED,
  // The command that moves tokens to a new secret removes the mark of the former one.
  secret_marks: ADDED_AND_REMOVED,
  // The due time of an erasure never changes.
  shop_erasures: { insert: true, update: { only: ['cancelled_at', 'begun_at', 'tries', 'next_try_at'] } },
  // The same holds for an erasure that a person asks for on the page.
  planned_erasures: { insert: true, update: { only: ['cancelled_at', 'begun_at', 'tries', 'next_try_at'] } },
  data_requests: { insert: true, update: { only: ['answered_at'] } },

  // The process that migrates fills it.
  channels: {},
  brands: CHANGED,
  senders: ADDED,
  // The brand and the hash of a key never change.
  api_keys: { insert: true, update: { allBut: ['id', 'brand_id', 'hash', 'created_at'] } },
  idempotency_keys: CHANGED_AND_REMOVED,

  // Functions of the owner write the head of the chain of consents (trigger chain_consent) and when the proof ends (start_proof, end_proofs).
  contacts: {
    insert: true,
    update: {
      allBut: [
        'id',
        'brand_id',
        'consent_seq',
        'consent_head',
        'created_at',
        'proof_until',
        'proof_set_at',
        'proof_ended_at',
      ],
    },
  },
  addresses: CHANGED_AND_REMOVED,
  // A trigger of the owner writes this table.
  residences: {},
  sweep_marks: CHANGED,
  preferences: CHANGED_AND_REMOVED,
  consent_checks: CHANGED_AND_REMOVED,

  // Rows are named by the hash of their content.
  journeys: ADDED,
  orders: CHANGED,
  items: ADDED,
  parcels: CHANGED,
  inbox: CHANGED_AND_REMOVED,

  messages: CHANGED_AND_REMOVED,
  attempts: CHANGED_AND_REMOVED,
  statuses: CHANGED_AND_REMOVED,
  redeliveries: CHANGED_AND_REMOVED,
  blocks: CHANGED,
  address_failures: CHANGED_AND_REMOVED,
  lanes: CHANGED_AND_REMOVED,
  // Sums of receipts change; a raised alarm does not.
  spend: CHANGED,
  abuse_alarms: ADDED,
  lane_shares: CHANGED,

  conversations: CHANGED_AND_REMOVED,
  inbound_messages: CHANGED_AND_REMOVED,
  cases: CHANGED_AND_REMOVED,
  // The purpose and the owner of a code never change.
  asked_texts: {
    insert: true,
    update: {
      allBut: ['id', 'brand_id', 'contact_id', 'address_id', 'kind', 'opens', 'link_epoch', 'created_at'],
    },
    delete: true,
  },
  unread_webhooks: ADDED_AND_REMOVED,
  // Counters that the rate-limiter library writes and deletes.
  rate_limits: CHANGED_AND_REMOVED,
};

/** Functions that statements of the service call. A trigger needs no privilege to run its function; to make a trigger with it does. */
const CALLED = [
  'keep_journey(jsonb)',
  'keep_month(text,timestamp with time zone,integer)',
  'retire_months(text,timestamp with time zone)',
  'count_months(text)',
  'drop_months(text,timestamp with time zone)',
  'seal_consents()',
  'consent_micros(timestamp with time zone)',
  'start_proof(uuid,timestamp with time zone)',
  'end_proofs(uuid[])',
  'reserve_tokens(uuid,timestamp with time zone,text[])',
  'reserve_tokens_for_text(uuid,timestamp with time zone,text[],integer)',
  'reserve_tokens_of_many(uuid[],timestamp with time zone[],text[])',
  'store_event(text,text,text,text,text,timestamp with time zone,jsonb,bytea,timestamp with time zone,jsonb,integer,integer,integer)',
  'place_order(text,text,text,text,text,bytea,jsonb,jsonb,bytea,bytea,timestamp with time zone,integer)',
  'fold_status(text,text,integer,text,integer,text,text,timestamp with time zone,timestamp with time zone)',
  'fold_statuses(text[],text[],text[],integer[],text[],integer[],text[],text[],timestamp with time zone[],timestamp with time zone)',
  // These make generated columns.
  'settings_hash(jsonb)',
  'names_in_answer(text,jsonb)',
];

/** Tables of the migrations: the service only reads whether all have run. */
const OF_MIGRATIONS = ['knex_migrations', 'knex_migrations_lock'];

/**
 * Grants `role` its privileges and revokes all others, in one transaction, so that no statement of a running service meets a gap. Creates
 * the role with `verifier` (a SCRAM secret) if there is none and the owner may create roles.
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
  await grantFunctions(trx, role);
  await refuseTemporary(trx, role);
}

/**
 * By default every role may execute a new function. With a function of ours and a table of its own, a role could use
 * the rights of the owner.
 */
async function grantFunctions(trx: Knex.Transaction, role: string): Promise<void> {
  const { rows } = await trx.raw<{ rows: { name: string }[] }>(
    `select p.oid::regprocedure::text as name from pg_proc p
      where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' and pg_has_role(p.proowner, 'usage')
        and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e') order by 1`,
  );
  for (const { name } of rows) {
    await trx.raw(`revoke execute on function ${name} from public, ??`, [role]);
    if (CALLED.includes(name)) await trx.raw(`grant execute on function ${name} to ??`, [role]);
  }
}

/** Takes effect if the tables' owner owns the database too; the functions with the owner's rights do not rely on it. */
async function refuseTemporary(trx: Knex.Transaction, role: string): Promise<void> {
  const { rows } = await trx.raw<{ rows: { name: string }[] }>('select current_database() as name');
  for (const { name } of rows) await trx.raw('revoke temporary on database ?? from public, ??', [name, role]);
}

async function makeRole(trx: Knex.Transaction, role: string, verifier: string): Promise<void> {
  const known = await trx.raw<{ rows: { owns: boolean }[] }>(
    "select rolsuper or pg_has_role(rolname, current_user, 'member') as owns from pg_roles where rolname = ?",
    [role],
  );
  const [found] = known.rows;
  if (found?.owns)
    throw new Error(`the role ${role} of the service may do everything that the owner of the tables may`);
  // `create role` takes no parameters; the name and the verifier are quoted here.
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
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') and not c.relispartition group by c.relname`,
  );
  return new Map(rows.map(({ table, columns }) => [table, columns]));
}

/** Adds a trigger against `truncate` to every table that has none yet, because the owner of a table needs no privilege for `truncate`. */
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
