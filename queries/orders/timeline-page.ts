/** The timeline of an order, page by page. Each kind of row is read from the last entry shown, and the kinds are merged. */
import type { Db } from '../../db/connection/connect.ts';
import { EVENT_TYPES, SHOWN_TYPES } from '../../domain/orders/events.ts';
import { REPLIES } from '../../db/orders/order-history.ts';
import type { CaseRow, TimelineEntry } from './timeline-entries.ts';
import { GIVEN_UP, NOT_SENT, toCase, toHeldBack, toReported, toSaid, toSent } from './timeline-entries.ts';

export interface TimelinePage {
  readonly timeline: readonly TimelineEntry[];
  /** Pass as `after` for the next page. Absent: this is the last one. */
  readonly next?: string;
}

export interface TimelineQuery {
  /** The `next` of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** The sort position of an entry: by time, then causes before effects, then by creation. */
interface Position {
  /** Epoch ms, both. */
  readonly at: number;
  readonly made: number;
  /** Index of the source. */
  readonly source: number;
  readonly id: string;
}

interface Source {
  /** Rows with `at`, `made`, `id` and the columns that `entry` reads. */
  readonly rows: string;
  readonly bindings?: Readonly<Record<string, readonly string[]>>;
  readonly idType: 'bigint' | 'uuid';
  readonly entry: (row: never) => TimelineEntry;
}

/** Types of facts that the timeline shows from other tables: answers, cases and messages. */
const SHOWN_ELSEWHERE = EVENT_TYPES.filter((type) => !SHOWN_TYPES.some((shown) => shown === type));

/** Cases of the order, and cases of its person that held promotions while the order was running. */
const CASES = `(select id, kind, cause, opened_at, closed_at from cases where brand_id = :brand and order_id = :order
    union all
    select c.id, c.kind, c.cause, c.opened_at, c.closed_at from orders o join cases c on c.contact_id = o.contact_id and c.order_id is null
     where o.brand_id = :brand and o.id = :order and c.holds_promotions and coalesce(c.closed_at, 'infinity') >= o.placed_at) cases`;

const SOURCES: readonly Source[] = [
  {
    idType: 'bigint',
    entry: toReported,
    rows: `select occurred_at as at, received_at as made, id, type, payload from inbox
      where brand_id = :brand and order_id = :order and not type = any(:shownElsewhere)`,
    bindings: { shownElsewhere: SHOWN_ELSEWHERE },
  },
  {
    idType: 'uuid',
    entry: toSaid,
    rows: `select occurred_at as at, received_at as made, id, text, meaning, score from inbound_messages
      where brand_id = :brand and order_id = :order`,
  },
  {
    idType: 'bigint',
    entry: (row: CaseRow) => toCase('case_opened', row),
    rows: `select opened_at as at, opened_at as made, id, kind, cause from ${CASES}`,
  },
  {
    idType: 'bigint',
    entry: (row: CaseRow) => toCase('case_closed', row),
    rows: `select closed_at as at, closed_at as made, id, kind, cause from ${CASES} where closed_at is not null`,
  },
  {
    idType: 'bigint',
    entry: toHeldBack,
    rows: `select decided_at as at, decided_at as made, id, step, occurrence, kind, channel, coalesce(reason, 'unknown') as reason, rule,
        case when outcome = 'wait' then wait_until end as wait_until
       from all_decisions where brand_id = :brand and order_id = :order
        and (outcome = 'wait' or (outcome = 'skip' and not coalesce(reason, '') = any(:givenUp)))`,
    bindings: { givenUp: GIVEN_UP },
  },
  // The order's messages, and replies to texts about it: a reply's occurrence is the inbound message. A message that ended in the ledger
  // has an entry here unless a decision tells of it.
  {
    idType: 'uuid',
    entry: toSent,
    rows: `select case when m.state = any(:notSent) then m.due_at else coalesce(m.submitted_at, m.due_at) end as at,
        m.created_at as made, m.id, m.step, m.occurrence, m.kind, m.class, m.channel, m.state, m.reason, m.body, m.segments,
        case when m.channel_index > 0 and m.state in ('delivered', 'read') then (
          select first.channel from messages first where first.brand_id = m.brand_id and first.order_id = m.order_id
             and first.step = m.step and first.occurrence = m.occurrence and first.channel_index < m.channel_index
             and first.state in ('delivered', 'read') order by first.created_at limit 1) end as also_arrived_by
       from (select * from messages where brand_id = :brand and order_id = :order
          union all select r.* from ${REPLIES}) m
      where m.state <> 'planned' and not (m.state = any(:notSent) and exists (
          select from all_decisions d where d.brand_id = m.brand_id and d.order_id = m.order_id and d.contact_id = m.contact_id
             and d.step = m.step and d.occurrence = m.occurrence and d.channel = m.channel and d.outcome = 'skip'))`,
    bindings: { notSent: NOT_SENT },
  },
];

type Placed = Position & { readonly entry: TimelineEntry };

/** Oldest first. The caller has checked `after` with `isTimelineCursor`. */
export async function readTimeline(
  trx: Db,
  { brand, order }: { readonly brand: string; readonly order: string },
  { after, limit }: TimelineQuery,
): Promise<TimelinePage> {
  const from = after === undefined ? undefined : positionOf(after);
  const found: Placed[] = [];
  for (const index of SOURCES.keys())
    found.push(...(await readSource(trx, index, { brand, order, limit: limit + 1 }, from)));
  const page = found.toSorted(byPosition).slice(0, limit);
  const last = page.at(-1);
  const timeline = page.map(({ entry }) => entry);
  return found.length > limit && last ? { timeline, next: cursorOf(last) } : { timeline };
}

interface RowHead {
  readonly at: Date;
  readonly made: Date;
  readonly id: number | string;
}

async function readSource(
  trx: Db,
  index: number,
  about: { readonly brand: string; readonly order: string; readonly limit: number },
  from: Position | undefined,
): Promise<Placed[]> {
  const found = SOURCES[index];
  if (!found) return [];
  const { rows: query, bindings, idType, entry } = found;
  const seen = from && { at: iso(from.at), made: iso(from.made), id: from.id };
  const { rows } = await trx.raw<{ rows: RowHead[] }>(
    `select * from (${query}) entries ${from ? `where ${isAfter(from, index, idType)}` : ''} order by ${MS('at')}, ${MS('made')}, id limit :limit`,
    { ...about, ...bindings, ...seen },
  );
  return rows.map((row) => ({
    at: row.at.getTime(),
    made: row.made.getTime(),
    source: index,
    id: String(row.id),
    entry: entry({ ...row, id: String(row.id) } as never),
  }));
}

/** Cuts a time to milliseconds, which is what a cursor has. The database's own clock writes microseconds. */
const MS = (column: string): string => `date_trunc('milliseconds', ${column})`;

function isAfter(from: Position, index: number, idType: Source['idType']): string {
  if (index < from.source) return `${MS('at')} > cast(:at as timestamptz)`;
  if (index > from.source) return `${MS('at')} >= cast(:at as timestamptz)`;
  return `(${MS('at')}, ${MS('made')}, id) > (cast(:at as timestamptz), cast(:made as timestamptz), cast(:id as ${idType}))`;
}

/** Sorts as the database does within a source. Ids of different sources are not compared. */
function byPosition(a: Position, b: Position): number {
  return a.at - b.at || a.source - b.source;
}

const CURSOR = /^(\d{1,13})-(\d)-(\d{1,13})-(?:(\d{1,18})|([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))$/;

/** Whether a text can be the `next` of a page. To callers it is opaque. */
export function isTimelineCursor(text: string): boolean {
  const [, , index = '', , digits] = CURSOR.exec(text) ?? [];
  const idType = SOURCES[Number(index)]?.idType;
  return index !== '' && idType === (digits === undefined ? 'uuid' : 'bigint');
}

function cursorOf({ at, source: index, made, id }: Position): string {
  return `${at}-${index}-${made}-${id}`;
}

function positionOf(cursor: string): Position {
  const [, at = '', index = '', made = '', digits, uuid = ''] = CURSOR.exec(cursor) ?? [];
  return { at: Number(at), source: Number(index), made: Number(made), id: digits ?? uuid };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
