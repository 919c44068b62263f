/**
 * Outboxes: tables with rows that a workflow has to be told of or started for. The drainer claims rows for a while, calls the engine
 * without an open transaction, and then records the result. If its process dies in between, the claims expire and the engine is told
 * twice, which changes nothing.
 *
 * Claims and waits use the database's clock, because they are about processes and an engine that is away. The service's own clock may be
 * virtual, and then it stands still until the drainer has done its work.
 */
import type { OutboxName } from '../../domain/sending/outbox.ts';
import { MAX_TRIES, OUTBOX_NAMES, waitAfter } from '../../domain/sending/outbox.ts';
import type { Db } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';

interface OutboxTable {
  readonly table: string;
  /** The column with the time at which the engine took the row; null until then. */
  readonly settledAt: string;
  readonly isOwed: string;
  /** Rows of a brand with the same value go to the engine in one call. */
  readonly together?: string;
}

const OUTBOXES: Readonly<Record<OutboxName, OutboxTable>> = {
  fact: { table: 'inbox', settledAt: 'applied_at', isOwed: 'applied_at is null', together: 'order_id' },
  reply: { table: 'inbound_messages', settledAt: 'replied_at', isOwed: 'reply is not null and replied_at is null' },
  redelivery: { table: 'redeliveries', settledAt: 'started_at', isOwed: 'started_at is null' },
  consents: { table: 'consent_checks', settledAt: 'started_at', isOwed: 'started_at is null' },
  erasure: { table: 'erasures', settledAt: 'started_at', isOwed: 'started_at is null' },
  asked_text: { table: 'asked_texts', settledAt: 'started_at', isOwed: 'started_at is null' },
};

export function outboxTable(outbox: OutboxName): OutboxTable {
  return OUTBOXES[outbox];
}

/**
 * Ms. A round of the drainer begins calls for 100 ms (`ROUND_MS`), and a call takes at most 5 s, so its result arrives before the claim
 * expires.
 */
export const CLAIMED_FOR = 60_000;

export type RowId = number | string;

export interface Claimed<T> {
  readonly row: RowId;
  /** Refusals so far. */
  readonly tries: number;
  readonly item: T;
}

/**
 * Rows that no other drainer works on until `until`. That time also identifies the claim: it is PostgreSQL's own text, exact to the
 * microsecond.
 */
export interface OutboxClaim<T> {
  /** One text; several if the rows were claimed one by one, as they were stored. None: nothing is claimed. */
  readonly until: readonly string[];
  readonly rows: readonly Claimed<T>[];
  /** Rows that this version cannot read. They are reported apart, so that the other rows of the claim are still told. */
  readonly unreadable: readonly Unreadable[];
}

export interface Unreadable {
  readonly row: RowId;
  readonly tries: number;
  readonly brand: string;
  readonly error: unknown;
}

/** Columns of every claimed row. */
export interface ClaimedRow {
  readonly id: RowId;
  readonly tries: number;
  readonly brand_id: string;
  readonly claimed_until: string;
}

/** Candidates per claimed row: other drainers hold some of the candidates. */
const CANDIDATES = 4;
/** Further rows that are claimed with one row, for the same call, and in all. An order may have 500, and a claim has up to 100 orders. */
const COMPANY = { each: 80, all: 1_000 };

/**
 * CTEs for a statement that begins with `with recursive`; the last is `claimed` (id, claimed_until). Claims up to `:limit` rows that are
 * due, and with each of them other due rows for the same call, so that a flood of events costs a call per order and not one per event.
 * Brands take turns: the oldest row of every brand, then the second of every brand, and so on. An index by brand is read, so neither a
 * brand with 400,000 rows nor rows that wait for another try cost anything. Brands whose rows all wait for another try have no share.
 * The query that finds the brands sorts by all columns of that index. Sorted by brand alone, PostgreSQL chose the index over all rows
 * ever and read through those that were told long ago.
 */
export function claimFrom(outbox: OutboxName): string {
  const { table, isOwed, together } = OUTBOXES[outbox];
  const waits = `${isOwed} and dead_at is null`;
  const isDue = `next_try_at <= statement_timestamp() and coalesce(claimed_until <= statement_timestamp(), true)`;
  const company = together
    ? `union (select s.id from (select distinct t.brand_id, t.${together} from chosen c join ${table} t on t.id = c.id) o
        cross join lateral (select id from ${table} where brand_id = o.brand_id and ${together} = o.${together}
          and ${waits} and ${isDue} order by id for update skip locked limit ${COMPANY.each}) s limit ${COMPANY.all})`
    : '';
  return `
  waiting (brand_id, next_try_at) as (
    (select brand_id, next_try_at from ${table} where ${waits} order by brand_id, next_try_at, id limit 1)
    union all
    select n.* from waiting b cross join lateral (
      select t.brand_id, t.next_try_at from ${table} t where ${waits} and t.brand_id > b.brand_id
       order by t.brand_id, t.next_try_at, t.id limit 1) n),
  due as (select brand_id from waiting where next_try_at <= statement_timestamp()),
  share as (
    select greatest(1, cast(:limit as int) * ${CANDIDATES} / greatest(1, count(*))) as rows from due),
  candidates as (
    select c.id, c.next_try_at, row_number() over (partition by b.brand_id order by c.next_try_at, c.id) as place
      from due b cross join lateral (
        select id, next_try_at from ${table} where brand_id = b.brand_id and ${waits} and ${isDue}
         order by next_try_at, id limit (select rows from share)) c),
  chosen as (
    select t.id from (select * from candidates order by place, next_try_at, id) c cross join lateral (
        select id from ${table} where id = c.id and ${waits} and ${isDue} for update skip locked) t limit :limit),
  claimed as (
    update ${table} set claimed_until = statement_timestamp() + interval '${CLAIMED_FOR} ms'
     where id = any(array(select id from chosen ${company})) and ${WITHOUT_WAIT} returning id, cast(claimed_until as text) as claimed_until)`;
}

/** The way a claim reads its rows: SQL over the row `i` of the outbox's table, and the item made of its result. */
export interface Claiming<Row extends ClaimedRow, T> {
  readonly columns: string;
  readonly joins?: string;
  readonly order: string;
  readonly toItem: (row: Row) => T;
}

/** Claims up to `limit` rows of an outbox and reads them, in one statement. */
export async function claim<Row extends ClaimedRow, T>(
  db: Db,
  outbox: OutboxName,
  { columns, joins = '', order, toItem }: Claiming<Row, T>,
  limit: number,
): Promise<OutboxClaim<T>> {
  const { rows } = await db.raw<{ rows: Row[] }>(
    `with recursive ${claimFrom(outbox)}
     select c.claimed_until, i.id, i.tries, i.brand_id, ${columns}
       from claimed c join ${OUTBOXES[outbox].table} i on i.id = c.id ${joins} order by ${order}`,
    { limit },
  );
  return claimOf(rows, toItem);
}

function claimOf<Row extends ClaimedRow, T>(rows: readonly Row[], read: (row: Row) => T): OutboxClaim<T> {
  const claimed: Claimed<T>[] = [];
  const unreadable: Unreadable[] = [];
  for (const row of rows) {
    const head = { row: row.id, tries: row.tries };
    try {
      claimed.push({ ...head, item: read(row) });
    } catch (error) {
      unreadable.push({ ...head, brand: row.brand_id, error });
    }
  }
  return { until: rows.slice(0, 1).map((row) => row.claimed_until), rows: claimed, unreadable };
}

/** True while the claim holds: it has not expired and gone to another drainer, and the row has not been made pending again. */
export const STILL_CLAIMED = 'claimed_until = any(cast(:until as timestamptz[]))';

/**
 * A condition that is true, and for which the statement's commit does not wait for the disk. What a claim or its end says is forgotten
 * if the database crashes within the next 0.6 s: the engine is then told twice, or a minute later.
 */
const WITHOUT_WAIT = `(select set_config('synchronous_commit', 'off', true)) = 'off'`;

/** Records that the engine took these rows of a claim. Returns how many: rows that were made pending again are left out. */
export async function settle(
  db: Db,
  outbox: OutboxName,
  claim: OutboxClaim<unknown>,
  ids: readonly RowId[],
  now: number,
): Promise<number> {
  if (claim.until.length === 0 || ids.length === 0) return 0;
  const { table, settledAt } = OUTBOXES[outbox];
  const { rowCount } = await db.raw<{ rowCount: number | null }>(
    `update ${table} set ${settledAt} = :now, claimed_until = null where ${isOneOf(ids)} and ${STILL_CLAIMED} and ${WITHOUT_WAIT}`,
    { ids: [...ids], until: [...claim.until], now: timestamp(now) },
  );
  return rowCount ?? 0;
}

/**
 * Releases rows without counting a try. They stay due. Rows that were `tried` go behind all others of their brand: otherwise ten rows
 * that time out would fill every round.
 */
export async function giveBack(
  db: Db,
  outbox: OutboxName,
  claim: OutboxClaim<unknown>,
  ids: readonly RowId[],
  tried: readonly RowId[] = [],
): Promise<void> {
  if (claim.until.length === 0 || ids.length + tried.length === 0) return;
  const { table } = OUTBOXES[outbox];
  await db.raw(
    `update ${table} set claimed_until = null,
         next_try_at = case when id = any(cast(:tried as ${idType(tried[0] ?? ids[0])}[])) then statement_timestamp() else next_try_at end
      where ${isOneOf([...ids, ...tried])} and ${STILL_CLAIMED}`,
    { ids: [...ids, ...tried], tried: [...tried], until: [...claim.until] },
  );
}

/**
 * A row that the engine was asked about and refused, or did not answer. `error`: a code, never a text, because a text
 * could contain personal data.
 */
export interface RefusedRow {
  readonly id: RowId;
  readonly tries: number;
  readonly error: string;
  /** A further try would end the same until a person acts, so after the last try the row is dead. */
  readonly final: boolean;
}

/** Counts a try of each row and sets the time of the next one. Returns the rows whose last try this was. */
export async function refuseRows(
  db: Db,
  outbox: OutboxName,
  claim: OutboxClaim<unknown>,
  refused: readonly RefusedRow[],
  now: number,
): Promise<readonly RowId[]> {
  if (claim.until.length === 0 || refused.length === 0) return [];
  const { table } = OUTBOXES[outbox];
  const { rows } = await db.raw<{ rows: { id: RowId; dead: boolean }[] }>(
    `update ${table} t set tries = r.tries, next_try_at = clock_timestamp() + r.wait * interval '1 ms', last_error = r.error,
         dead_at = case when r.final and r.tries >= ${MAX_TRIES} then cast(:now as timestamptz) end, claimed_until = null
       from json_to_recordset(cast(:refused as json)) as r (id text, tries int, wait int, error text, final boolean)
      where t.id = cast(r.id as ${idType(refused[0]?.id)}) and ${STILL_CLAIMED} returning t.id, dead_at is not null as dead`,
    {
      refused: JSON.stringify(
        refused.map(({ id, tries, error, final }) => ({
          id,
          final,
          tries: tries + 1,
          wait: waitAfter(tries + 1, String(id)),
          error: error.slice(0, 64),
        })),
      ),
      until: [...claim.until],
      now: timestamp(now),
    },
  );
  return rows.filter(({ dead }) => dead).map(({ id }) => id);
}

function idType(id: RowId | undefined): string {
  return typeof id === 'number' ? 'bigint' : 'uuid';
}

function isOneOf(ids: readonly RowId[]): string {
  return `id = any(cast(:ids as ${idType(ids[0])}[]))`;
}

/** Counts rows of all outboxes but the inbox that wait for their workflow. Dead letters are not counted. */
export async function countUnstarted(db: Db): Promise<number> {
  const counts = OUTBOX_NAMES.filter((name) => name !== 'fact').map((name) => {
    const { table, isOwed } = OUTBOXES[name];
    return `(select count(*) from ${table} where ${isOwed} and dead_at is null)`;
  });
  const { rows } = await db.raw<{ rows: { count: number }[] }>(`select ${counts.join(' + ')} as count`);
  return rows[0]?.count ?? 0;
}
