/** Removes rows whose period by the country rules has ended, a batch at a time. Deleted rows are not found again. */
import type { Knex } from 'knex';
import { DAY } from '../../domain/time/duration.ts';
import type { Residence } from '../../domain/privacy/retention.ts';
import { ORDER_EVENTS_KEPT_FOR } from '../../domain/orders/order.ts';
import { endOf, keptFor } from '../../domain/privacy/retention.ts';
import type { Period, RetainedRecord, RulePacks } from '../../domain/rules/rule-pack.ts';
import type { Db } from '../connection/connect.ts';
import { withoutTimeLimits } from '../connection/connect.ts';
import { residences } from '../contacts/details.ts';
import { countFactsOfOver, removeFactsOfOver, removeLateFacts } from '../orders/over-orders.ts';
import { timestamp } from '../connection/timestamp.ts';
import type { EvidencePeriod } from './evidence-sweep.ts';
import { sweepEvidence } from './evidence-sweep.ts';
import type { TableOfMonths } from './months.ts';
import { TABLES_OF_MONTHS, countMonths, countRowsOfMonths, dropMonths, keepMonths } from './months.ts';
import type { RowSweep, SweepName } from './retention-sweeps.ts';
import { FROM_THE_BEGINNING, markSwept, sweptAt } from './sweep-marks.ts';
import { FIND, REMOVE, REMOVE_PROOF, ROW_SWEEPS, SWEEPS } from './retention-sweeps.ts';

export type SweepCounts = Readonly<Record<SweepName, number>>;

/** Rows of one statement: it holds its locks for some 100 ms. */
const BATCH = 500;
/** Batches of one call for one sweep, so that the activity keeps its time limit. */
const MOST_BATCHES = 20;
/**
 * Kept answers to commands, because no command is repeated after a month; and webhooks that could not be read
 * (db/conversation/unread-webhooks.ts).
 */
const OURS_KEPT_FOR = 30 * DAY;

export interface Swept {
  readonly counts: SweepCounts;
  /** There is more of something: sweep again. */
  readonly more: boolean;
}

/** `now`: epoch ms. Everything is counted in rows, months in months. */
export async function sweep(
  db: Db,
  packs: RulePacks,
  now: number,
  eventsKeptFor = ORDER_EVENTS_KEPT_FOR,
): Promise<Swept> {
  const places = await residences(db);
  const plan = planOf(packs, places, now);
  const counts = nothing();
  let more = false;
  // If one sweep fails, the others still run. The failure is thrown when nothing more can be removed.
  const failure = await keepMonths(db, now).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  for (const [table, keep] of monthsKept(packs, places, now)) counts.months += await dropMonths(db, table, keep, now);
  await countRowsOfMonths(db);
  /** `batch` says how many rows it has removed, and how many it has looked at where those are more. Returns whether there are no more. */
  const repeat = async (name: SweepName, batch: (trx: Knex.Transaction) => Promise<Batch>): Promise<boolean> => {
    let looked = BATCH;
    for (let done = 0; done < MOST_BATCHES && looked === BATCH; done += 1) {
      const one = await withoutTimeLimits(db, batch);
      looked = one.looked ?? one.removed;
      counts[name] += one.removed;
    }
    more ||= looked === BATCH;
    return looked < BATCH;
  };
  for (const name of ROW_SWEEPS) {
    if (name === 'evidence')
      await repeat(name, (trx) => sweepEvidence(trx, evidencePeriods(packs, places, now), BATCH, now));
    else
      for (const limits of plan[name]) {
        // Rows older than the longest period are all removed, so this sweep needs no mark.
        const since = limits.longest ? FROM_THE_BEGINNING : await sweptAt(db, name, limits.keep, now);
        const isDone = await repeat(name, async (trx) => ({
          removed: name === 'pseudonyms' ? await endProofs(trx, now) : await sweepBatch(trx, name, limits, since, now),
        }));
        if (isDone && !limits.longest) await markSwept(db, name, limits.keep, since, now);
      }
  }
  let last = { removed: 0, more: true };
  for (let batch = 0; batch < MOST_BATCHES && last.more; batch += 1) {
    last = await removeFactsOfOver(db, eventsKeptFor, now);
    counts.order_events += last.removed;
  }
  let late = { removed: 0, more: true };
  for (let batch = 0; batch < MOST_BATCHES && late.more; batch += 1) {
    late = await removeLateFacts(db, eventsKeptFor, now);
    counts.order_events += late.removed;
  }
  const isMore = more || last.more || late.more;
  if (failure && !isMore) throw failure.error;
  return { counts, more: isMore };
}

interface Batch {
  readonly removed: number;
  readonly looked?: number;
}

function evidencePeriods(packs: RulePacks, places: readonly Residence[], now: number): readonly EvidencePeriod[] {
  return places.map((place) => ({ place, keep: keptFor(packs, place, RECORD_OF.evidence, now) }));
}

/** Counts the rows that a sweep would delete, without deleting them. */
export async function countExpired(
  db: Db,
  packs: RulePacks,
  now: number,
  eventsKeptFor = ORDER_EVENTS_KEPT_FOR,
): Promise<SweepCounts> {
  const places = await residences(db);
  const plan = planOf(packs, places, now);
  const counts = nothing();
  for (const [table, keep] of monthsKept(packs, places, now)) counts.months += await countMonths(db, table, keep, now);
  for (const name of ROW_SWEEPS)
    for (const limits of plan[name]) {
      const { rows } = await db.raw<{ rows: { count: number }[] }>(
        `select count(*) as count from (${FIND[name]}) found`,
        bindingsOf(limits, now),
      );
      counts[name] += rows[0]?.count ?? 0;
    }
  counts.order_events = await countFactsOfOver(db, eventsKeptFor, now);
  return counts;
}

function nothing(): Record<SweepName, number> {
  return Object.fromEntries(SWEEPS.map((name) => [name, 0])) as Record<SweepName, number>;
}

/** A period, and the places for which it holds. Null: all places. */
interface Limits {
  readonly keep: Period;
  readonly places: readonly Residence[] | null;
  /** No other period of this record is longer. */
  readonly longest: boolean;
}

const RECORD_OF = {
  message_texts: 'message_text',
  inbound_texts: 'message_text',
  delivery_log: 'message_log',
  decisions: 'message_log',
  // The reason for a text may be asked for as long as the consent to it.
  send_decisions: 'consent_proof',
  statuses: 'message_log',
  evidence: 'consent_proof',
} as const satisfies Partial<Record<SweepName, RetainedRecord>>;

/** Records in a table of months; the month goes with the one that is kept longest. */
const RECORDS_OF_MONTHS = {
  decisions: [RECORD_OF.decisions, RECORD_OF.send_decisions],
  statuses: [RECORD_OF.statuses],
} as const satisfies Record<TableOfMonths, readonly RetainedRecord[]>;

/** Rows of no contact: a text from an unknown number, a status of no message of ours. */
const NOBODY: Residence = { numbers: [] };

/** Tables of months, and how long a month is kept. Left out: for ever. */
function monthsKept(packs: RulePacks, places: readonly Residence[], now: number): [TableOfMonths, Period][] {
  const all = withNobody(places);
  return TABLES_OF_MONTHS.flatMap((table): [TableOfMonths, Period][] => {
    const records: readonly RetainedRecord[] = RECORDS_OF_MONTHS[table];
    const periods = records.flatMap((record) => all.map((place) => keptFor(packs, place, record, now)));
    const longest = periods.toSorted((a, b) => endOf(a, now) - endOf(b, now)).at(-1);
    return longest === undefined || longest === 'forever' ? [] : [[table, longest]];
  });
}

function withNobody(places: readonly Residence[]): readonly Residence[] {
  return places.some(isNobody) ? places : [...places, NOBODY];
}

function planOf(packs: RulePacks, places: readonly Residence[], now: number): Record<RowSweep, readonly Limits[]> {
  const all = withNobody(places);
  const byPeriod = (record: RetainedRecord): readonly Limits[] => {
    const groups = Map.groupBy(all, (place) => keptFor(packs, place, record, now));
    const last = Math.max(...[...groups.keys()].map((keep) => endOf(keep, now)));
    return [...groups].flatMap(([keep, of]) =>
      keep === 'forever' ? [] : [{ keep, places: groups.size === 1 ? null : of, longest: endOf(keep, now) === last }],
    );
  };
  const ours: readonly Limits[] = [{ keep: `P${OURS_KEPT_FOR / DAY}D`, places: null, longest: true }];
  return {
    message_texts: byPeriod(RECORD_OF.message_texts),
    inbound_texts: byPeriod(RECORD_OF.inbound_texts),
    delivery_log: byPeriod(RECORD_OF.delivery_log),
    decisions: byPeriod(RECORD_OF.decisions),
    send_decisions: byPeriod(RECORD_OF.send_decisions),
    statuses: byPeriod(RECORD_OF.statuses),
    evidence: byPeriod(RECORD_OF.evidence),
    // Each row has its own end.
    pseudonyms: ours,
    kept_answers: ours,
    unread_webhooks: ours,
  };
}

function isNobody({ country, region, numbers }: Residence): boolean {
  return country === undefined && region === undefined && numbers.length === 0;
}

function bindingsOf({ keep, places, longest }: Limits, now: number): Knex.ValueDict {
  const listed = places?.map(({ country = null, region = null, numbers }) => ({ country, region, numbers }));
  return {
    now: timestamp(now),
    since: FROM_THE_BEGINNING,
    keep,
    places: listed ? JSON.stringify(listed) : null,
    longest,
  };
}

async function sweepBatch(
  db: Db,
  name: Exclude<RowSweep, 'pseudonyms' | 'evidence'>,
  limits: Limits,
  since: string,
  now: number,
): Promise<number> {
  const { rows } = await db.raw<{ rows: { count: number }[] }>(
    `with chosen as materialized (${FIND[name]} limit ${BATCH}), ${REMOVE[name]}
     select count(*) as count from chosen`,
    { ...bindingsOf(limits, now), since },
  );
  return rows[0]?.count ?? 0;
}

/**
 * Removes what was kept of a person whose proof has ended. A row that orders point to stays, and so does the token of
 * a stopped number.
 */
async function endProofs(db: Db, now: number): Promise<number> {
  return db.transaction(async (trx) => {
    const { rows } = await trx.raw<{ rows: { id: string }[] }>(
      // The contact's chain of consents begins anew (trigger end_proof).
      `select id from end_proofs(array(${FIND.pseudonyms} limit ${BATCH} for update skip locked)) as ended (id)`,
      { now: timestamp(now) },
    );
    const ended = rows.map(({ id }) => id);
    if (ended.length > 0) for (const sql of REMOVE_PROOF) await trx.raw(sql, { ended } satisfies Knex.ValueDict);
    return ended.length;
  });
}
