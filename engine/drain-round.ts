/**
 * One look at an outbox: it claims rows, tells the engine of them at the engine's pace, and records the result of
 * each row. All outboxes share it; the rows of drainer.ts define how each one is told.
 */
import type { Logger } from 'pino';
import type { Db } from '../db/connection/connect.ts';
import type { RuleData } from '../domain/rules/rule-data.ts';
import { settleFactsOfEndedRuns } from '../db/orders/inbox.ts';
import type { OutboxClaim, Claimed, RowId } from '../db/outbox/outbox.ts';
import { giveBack, refuseRows, settle } from '../db/outbox/outbox.ts';
import type { Clock } from '../domain/time/clock.ts';
import type { OutboxName } from '../domain/sending/outbox.ts';
import type { CallFailure } from './call-failure.ts';
import { callFailureOf } from './call-failure.ts';
import type { Round } from './drain-loop.ts';
import type { Pace } from './pace.ts';
import { createPace } from './pace.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { traceOf } from '../telemetry/log.ts';
import type { Workflows } from './workflows.ts';

export interface RoundDeps {
  readonly db: Db;
  readonly workflows: Pick<Workflows, 'waits' | 'tell' | 'reply' | 'redeliver' | 'watchConsents' | 'erase'>;
  readonly rules: RuleData;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/**
 * Ms after which a round begins no further call and gives back what is left. A row that was stored meanwhile gets its turn in the next
 * round, and would have to wait for all of a flood otherwise: 500 calls took 7 s on a busy machine. With 250 ms it waited twice as long as
 * with 100.
 */
const ROUND_MS = 100;
const AT_ONCE = 10;
/**
 * Rows that a round claims even if the engine has room for fewer calls: of each brand, the first is told. Twice as many as there were brands in
 * the round before, so that a further brand is seen. What cannot be told is given back: with 20 rows for one brand, each row of a flood was
 * written eleven times.
 */
const LEAST_CLAIM = { least: 4, aBrand: 2, most: 20 };
/** Ms between two rounds while the engine is behind: another brand's order waits no longer for its turn. */
const PACED_EVERY = 50;

/** Rows that go to the engine in one call. */
type Group<T> = readonly [Claimed<T>, ...Claimed<T>[]];

/** Handling of the rows of one outbox. `tell` throws errors that `callFailureOf` reads. */
export interface Drain<T> {
  readonly outbox: OutboxName;
  readonly batch: number;
  readonly claim: (db: Db, limit: number) => Promise<OutboxClaim<T>>;
  /** Rows with the same key go together. */
  readonly groupOf: (one: Claimed<T>) => string;
  /**
   * Ms for which the workflow of an item has waited for a worker. An outbox with this function calls at the engine's
   * pace. One without it calls at once, because few rows are written that way.
   */
  readonly waits?: (deps: RoundDeps, item: T) => Promise<number>;
  /** `missed`: the run had ended before it knew of its order, so it was told nothing. */
  readonly tell: (
    deps: RoundDeps,
    items: readonly [T, ...T[]],
  ) => Promise<'told' | 'finished' | 'missed' | 'not_needed'>;
}

const UNPACED: Pace<unknown> = {
  room: () => Infinity,
  rate: () => Infinity,
  told() {},
  look: () => Promise.resolve(),
};

/** `isAll`: no other rows were due, and all of the claimed ones were told. */
export type Look = Round & { readonly isAll: boolean };

export interface Rounds<T> {
  /** Claims rows and tells them. */
  look(isStopping: () => boolean): Promise<Look>;
  /** Tells rows that are already claimed, and gives back those for which there is no time or room. */
  tellClaimed(claim: OutboxClaim<T>, isStopping: () => boolean): Promise<Look>;
  /** The number of workflows that may be told now. */
  room(): number;
}

/** Makes the rounds of an outbox. They run one after another and share what they have learnt of the engine's pace. */
export function roundsOf<T extends { readonly brand: string }>(deps: RoundDeps, drain: Drain<T>): Rounds<T> {
  const { waits } = drain;
  const pace: Pace<T> = waits ? createPace<T>((item) => waits(deps, item)) : UNPACED;
  const seen: Seen = { brands: 0 };
  return {
    look: (isStopping) => drainOnce(deps, drain, { pace, seen }, isStopping),
    tellClaimed: (claim, isStopping) => drainOnce(deps, drain, { pace, seen: { brands: 0 } }, isStopping, claim),
    room: () => pace.room(),
  };
}

/** State of the rounds so far. */
interface Seen {
  /** With a row in the last round. */
  brands: number;
}

async function drainOnce<T extends { readonly brand: string }>(
  deps: RoundDeps,
  { outbox, batch, claim: claimRows, groupOf, waits, tell }: Drain<T>,
  { pace, seen }: { readonly pace: Pace<T>; readonly seen: Seen },
  isStopping: () => boolean,
  claimed?: OutboxClaim<T>,
): Promise<Look> {
  const { db, metrics } = deps;
  await pace.look();
  if (waits) metrics.paced(pace.rate());
  const room = pace.room();
  if (room < 1 && !claimed) return { more: true, away: false, inMs: PACED_EVERY, isAll: false };
  const { least, aBrand, most: mostBrands } = LEAST_CLAIM;
  const limit = Math.min(batch, Math.max(room, Math.min(mostBrands, Math.max(least, seen.brands * aBrand))));
  const claim = claimed ?? (await claimRows(db, limit));
  const missed = new Set<RowId>();
  const groups = inTurns([...Map.groupBy(claim.rows, groupOf).values()] as unknown as Group<T>[]);
  // Every brand is told at least one row, however little room there is.
  seen.brands = new Set(groups.map(([{ item }]) => item.brand)).size;
  const most = Math.max(room, seen.brands);
  const worked = await work(
    groups.slice(0, most),
    async ([first, ...others]) => {
      const begunAt = performance.now();
      const result = await tell(deps, [first.item, ...others.map(({ item }) => item)]);
      if (result === 'told') pace.told(first.item, performance.now() - begunAt);
      if (result === 'missed') for (const { row } of [first, ...others]) missed.add(row);
      if (result !== 'not_needed')
        metrics.drained(outbox, result === 'missed' ? 'finished' : result, 1 + others.length);
    },
    isStopping,
  );
  const result: RoundResult = {
    done: rowsOf(worked.done).filter((row) => !missed.has(row)),
    missed: [...missed],
    failures: failuresOf(claim, worked),
    untold: rowsOf([...worked.untouched, ...groups.slice(most)]),
  };
  const settled = await record(deps, outbox, claim, result);
  const more = settled > 0;
  const isAll = result.done.length === claim.rows.length && claim.rows.length < limit && claim.unreadable.length === 0;
  return { more, away: worked.away, ...(more && pace.room() < 1 && { inMs: PACED_EVERY }), isAll };
}

interface RoundResult {
  readonly done: readonly RowId[];
  /** The run had ended before it knew of its order. */
  readonly missed: readonly RowId[];
  readonly failures: readonly RowFailure[];
  readonly untold: readonly RowId[];
}

function failuresOf<T extends { readonly brand: string }>(
  claim: OutboxClaim<T>,
  worked: Worked<T>,
): readonly RowFailure[] {
  return [
    ...claim.unreadable.map((one) => ({ ...one, failure: callFailureOf(one.error), counts: true })),
    ...worked.failures.flatMap(({ group, failure, error }) =>
      group.map(({ row, tries, item: { brand } }) => {
        return { row, tries, brand, failure, error, counts: worked.refused.includes(group) };
      }),
    ),
  ];
}

/** Returns the count of rows that this round is done with: told, or refused by the engine. */
async function record(
  { db, clock, log, metrics }: RoundDeps,
  outbox: OutboxName,
  claim: OutboxClaim<unknown>,
  { done, missed, failures, untold }: RoundResult,
): Promise<number> {
  for (const { brand, failure, error, counts } of failures) {
    metrics.drained(outbox, counts ? 'refused' : 'failed');
    log.warn({ brand, kind: outbox, ...traceOf(error), code: failure.code }, 'workflow not told yet');
  }
  const now = await clock.now();
  await settle(db, outbox, claim, done, now);
  await settleFactsOfEndedRuns(db, claim, missed, now);
  const refused = failures.filter(({ counts }) => counts);
  const tried = refused.map(({ row, tries, failure: { kind, code } }) => {
    return { id: row, tries, error: code, final: kind === 'refused' };
  });
  const dead = new Set(await refuseRows(db, outbox, claim, tried, now));
  for (const { row, brand, tries } of refused)
    if (dead.has(row)) log.error({ brand, kind: outbox, row, tries: tries + 1 }, 'dead letter: a person has to look');
  const inVain = failures.filter(({ counts }) => !counts).map(({ row }) => row);
  await giveBack(db, outbox, claim, untold, [...inVain, ...missed]);
  return done.length + refused.length;
}

function rowsOf(groups: readonly Group<unknown>[]): RowId[] {
  return groups.flatMap((group) => group.map(({ row }) => row));
}

/**
 * Takes the first group of every brand, then the second of every brand, and so on. In order of age, the brand with
 * the most rows would fill the round.
 */
function inTurns<T extends { readonly brand: string }>(groups: readonly Group<T>[]): readonly Group<T>[] {
  const byBrand = [...Map.groupBy(groups, ([{ item }]) => item.brand).values()];
  const longest = Math.max(0, ...byBrand.map(({ length }) => length));
  return Array.from({ length: longest }, (_, turn) => byBrand.flatMap((own) => own.slice(turn, turn + 1))).flat();
}

interface RowFailure {
  readonly row: RowId;
  readonly tries: number;
  readonly brand: string;
  readonly failure: CallFailure;
  readonly error: unknown;
  /** The failure counts as a try of this row, because the engine was not away. */
  readonly counts: boolean;
}

interface Failed<T> {
  readonly group: Group<T>;
  readonly failure: CallFailure;
  readonly error: unknown;
}

interface Worked<T> {
  readonly done: readonly Group<T>[];
  /** Tries that count against their rows. */
  readonly refused: readonly Group<T>[];
  /** Rows that were claimed, but for which the engine was not called. */
  readonly untouched: readonly Group<T>[];
  readonly failures: readonly Failed<T>[];
  readonly away: boolean;
}

/**
 * Makes ten calls at a time, because waiting for each in turn would take minutes, and starts no new ones once the
 * engine seems to be away. An unclear failure belongs to the row if the engine has answered about another row of the
 * same round.
 */
async function work<T>(
  groups: readonly Group<T>[],
  call: (group: Group<T>) => Promise<void>,
  isStopping: () => boolean,
): Promise<Worked<T>> {
  const queue = groups.values();
  const done: Group<T>[] = [];
  const failures: Failed<T>[] = [];
  const seemsAway = (): boolean =>
    failures.some(({ failure }) => failure.kind === 'away') ||
    (done.length === 0 && failures.some(({ failure }) => failure.kind === 'unclear'));
  const begunAt = performance.now();
  const inTime = (): boolean => performance.now() - begunAt < ROUND_MS;
  const lane = async (): Promise<void> => {
    while (!isStopping() && !seemsAway() && inTime()) {
      const { value: group, done: over } = queue.next();
      if (over === true) return;
      await call(group).then(
        () => done.push(group),
        (error: unknown) => failures.push({ group, failure: callFailureOf(error), error }),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const away = seemsAway();
  const refused = failures
    .filter(({ failure: { kind } }) => kind === 'refused' || (kind === 'unclear' && !away))
    .map(({ group }) => group);
  const asked = new Set([...done, ...failures.map(({ group }) => group)]);
  return { done, refused, untouched: groups.filter((group) => !asked.has(group)), failures, away };
}
