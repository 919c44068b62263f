/**
 * Tells the workflows what was stored. The API never does it itself: a fact is acknowledged once it is in the inbox, and the drainer
 * hands it on as often as it takes. Several may run; each claims what it works on and the others pass it over.
 *
 * No transaction is open while the engine is called. A process that dies between a call and the note of it leaves rows whose claim
 * runs out, so that the engine is told again. That is harmless for every outbox:
 * - a fact is known by its id, and facts may come in any number and order (domain/facts.ts);
 * - a reply, a redelivery and an erasure are a workflow each, with an id that is used once;
 * - a consent check only says "look again".
 */
import type { Logger } from 'pino';
import type { Db } from '../db/connect.ts';
import { claimConsentChecks, readConsentStep } from '../db/consents/consent-step.ts';
import { claimReplies } from '../db/inbound/conversations.ts';
import { claimAskedTexts } from '../db/contacts/asked-texts.ts';
import { claimErasures } from '../db/privacy/erasures.ts';
import type { RuleData } from '../db/gate/gate-decision.ts';
import type { PendingFact } from '../db/orders/inbox.ts';
import { claimFacts, settleMissed } from '../db/orders/inbox.ts';
import type { Claim, Claimed, RowId } from '../db/outbox.ts';
import { giveBack, refuse, settle } from '../db/outbox.ts';
import { claimRedeliveries } from '../db/ledger/redeliveries.ts';
import type { Clock } from '../domain/clock.ts';
import type { OutboxName } from '../domain/outbox.ts';
import type { CallFailure } from './call-failure.ts';
import { callFailureOf } from './call-failure.ts';
import type { Round } from './drain-loop.ts';
import { startDrainLoop } from './drain-loop.ts';
import type { Pace } from './pace.ts';
import { createPace } from './pace.ts';
import type { Metrics } from './metrics.ts';
import { traceOf } from './middleware.ts';
import type { Told, Workflows } from './workflows.ts';
import { TOLD_AT_ONCE } from './workflows.ts';

export interface DrainerDeps {
  readonly db: Db;
  readonly workflows: Pick<Workflows, 'waits' | 'tell' | 'reply' | 'redeliver' | 'watchConsents' | 'erase'>;
  readonly rules: RuleData;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Wall ms between two looks when it is not woken: what another process stored. */
  readonly pollMs?: number;
}

export interface Drainer {
  /** Something was stored: look at once. Without `outbox`, all are looked at. */
  wake(outbox?: OutboxName): void;
  /** Ends after the calls under way. Other rows stay stored. */
  stop(): Promise<void>;
}

const BATCH = 50;
/** As many as a call may take: an order with thousands of facts takes few rounds. */
const FACTS_A_ROUND = TOLD_AT_ONCE;
/**
 * Ms after which a round begins no further call and gives back what is left. A row that was stored meanwhile gets its turn in the next
 * round, and would have to wait for all of a flood otherwise: 500 calls took 7 s on a busy machine. With 250 ms it waited twice as long as
 * with 100.
 */
const ROUND_MS = 100;
const AT_ONCE = 10;
/** Rows that a round claims even if the engine has room for fewer calls: of each brand, the first is told. */
const LEAST_CLAIM = 20;
/** Ms between two rounds while the engine is behind: another brand's order waits no longer for its turn. */
const PACED_EVERY = 50;
const POLL_MS = 1_000;

/** Rows that go to the engine in one call. */
type Group<T> = readonly [Claimed<T>, ...Claimed<T>[]];

/** Handling of the rows of one outbox. `tell` throws errors that `callFailureOf` reads. */
interface Drain<T> {
  readonly outbox: OutboxName;
  readonly batch: number;
  readonly claim: (db: Db, limit: number) => Promise<Claim<T>>;
  /** Rows with the same key go together. */
  readonly groupOf: (one: Claimed<T>) => string;
  /**
   * Ms that the workflow of an item has waited for a worker: calls go at the engine's pace. Without it they go at once, as few rows are
   * written that way.
   */
  readonly waits?: (deps: DrainerDeps, item: T) => Promise<number>;
  /** `missed`: the run that was told nothing had ended before it knew of its order. */
  readonly tell: (
    deps: DrainerDeps,
    items: readonly [T, ...T[]],
  ) => Promise<'told' | 'finished' | 'missed' | 'not_needed'>;
}

const UNPACED: Pace<unknown> = {
  room: () => Infinity,
  rate: () => Infinity,
  told() {},
  look: () => Promise.resolve(),
};

function drainOf<T extends { readonly brand: string }>(drain: Drain<T>) {
  return {
    name: drain.outbox,
    /** One round after another, with what the rounds before have learnt of the engine's pace. */
    rounds(deps: DrainerDeps) {
      const { waits } = drain;
      const pace: Pace<T> = waits ? createPace<T>((item) => waits(deps, item)) : UNPACED;
      return (isStopping: () => boolean) => drainOnce(deps, drain, pace, isStopping);
    },
  };
}

/** Each row is a workflow of its own. */
const ALONE = { batch: BATCH, groupOf: ({ row }: Claimed<unknown>) => String(row) } as const;

const DRAINS = [
  drainOf({
    outbox: 'fact',
    batch: FACTS_A_ROUND,
    claim: claimFacts,
    // The facts of an order that are at hand are told together, in their order. One that was refused before is told by itself from then
    // on: the bad one of an order must not take the others along.
    groupOf: ({ row, tries, item: { brand, order } }) => JSON.stringify(tries > 0 ? [row] : [brand, order]),
    // An engine that does not answer is away, or lets the calls wait, too: its orders are not to be told slowly when it is back.
    waits: ({ workflows }, { brand, order }) => workflows.waits({ brand, order }).catch(() => 0),
    tell: async ({ workflows }, facts) => {
      const [{ placed, erased }] = facts;
      // Nothing starts a run again that was ended because its person is gone.
      if (erased) return 'not_needed';
      const result = await tellInTurn(workflows, facts);
      return result === 'finished' && !placed ? 'missed' : result;
    },
  }),
  drainOf({
    outbox: 'reply',
    ...ALONE,
    claim: claimReplies,
    tell: ({ workflows }, [reply]) => told(workflows.reply(reply)),
  }),
  drainOf({
    outbox: 'redelivery',
    ...ALONE,
    claim: claimRedeliveries,
    tell: ({ workflows }, [redelivery]) => told(workflows.redeliver(redelivery)),
  }),
  drainOf({
    outbox: 'consents',
    ...ALONE,
    claim: claimConsentChecks,
    // Most people are never to be asked anything about their consents: no workflow is started for them.
    tell: async ({ db, rules, clock, workflows }, [watch]) => {
      const step = await readConsentStep(db, rules, watch, await clock.now());
      return step.kind === 'done' ? 'not_needed' : told(workflows.watchConsents(watch));
    },
  }),
  drainOf({
    outbox: 'erasure',
    ...ALONE,
    claim: claimErasures,
    tell: ({ workflows }, [erasure]) => told(workflows.erase(erasure)),
  }),
  drainOf({
    outbox: 'asked_text',
    ...ALONE,
    claim: claimAskedTexts,
    tell: ({ workflows }, [text]) => told(workflows.reply(text)),
  }),
];

async function tellInTurn({ tell }: Pick<Workflows, 'tell'>, facts: readonly PendingFact[]): Promise<Told> {
  const [first] = facts;
  if (!first) return 'told';
  const { brand, order } = first;
  for (let from = 0; from < facts.length; from += TOLD_AT_ONCE) {
    const result = await tell(
      { brand, order },
      facts.slice(from, from + TOLD_AT_ONCE).map(({ fact }) => fact),
    );
    if (result !== 'told') return result;
  }
  return 'told';
}

async function told(call: Promise<void>): Promise<'told'> {
  await call;
  return 'told';
}

/** Each outbox has a loop of its own: what is stuck in one does not hold up another. */
export function startDrainer(deps: DrainerDeps): Drainer {
  const { log, pollMs = POLL_MS } = deps;
  const loops = new Map(DRAINS.map(({ name, rounds }) => [name, startDrainLoop(name, rounds(deps), { log, pollMs })]));
  return {
    wake: (outbox) => {
      for (const [name, loop] of loops) if (outbox === undefined || outbox === name) loop.wake();
    },
    stop: async () => {
      await Promise.all([...loops.values()].map((loop) => loop.stop()));
    },
  };
}

async function drainOnce<T extends { readonly brand: string }>(
  deps: DrainerDeps,
  { outbox, batch, claim: claimRows, groupOf, waits, tell }: Drain<T>,
  pace: Pace<T>,
  isStopping: () => boolean,
): Promise<Round> {
  const { db, clock, log, metrics } = deps;
  await pace.look();
  if (waits) metrics.paced(pace.rate());
  const room = pace.room();
  if (room < 1) return { more: true, away: false, inMs: PACED_EVERY };
  const claim = await claimRows(db, Math.min(batch, Math.max(room, LEAST_CLAIM)));
  const missed = new Set<RowId>();
  const groups = inTurns([...Map.groupBy(claim.rows, groupOf).values()] as unknown as Group<T>[]);
  // Each brand has its turn, however little room there is.
  const most = Math.max(room, new Set(groups.map(([{ item }]) => item.brand)).size);
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
  const failures: readonly RowFailure[] = [
    ...claim.unreadable.map((one) => ({ ...one, failure: callFailureOf(one.error), counts: true })),
    ...worked.failures.flatMap(({ group, failure, error }) =>
      group.map(({ row, tries, item: { brand } }) => {
        return { row, tries, brand, failure, error, counts: worked.refused.includes(group) };
      }),
    ),
  ];
  for (const { brand, failure, error, counts } of failures) {
    metrics.drained(outbox, counts ? 'refused' : 'failed');
    log.warn({ brand, kind: outbox, ...traceOf(error), code: failure.code }, 'workflow not told yet');
  }
  const now = await clock.now();
  const done = rowsOf(worked.done).filter((row) => !missed.has(row));
  await settle(db, outbox, claim, done, now);
  await settleMissed(db, claim, [...missed], now);
  const refused = failures.filter(({ counts }) => counts);
  const dead = new Set(
    await refuse(
      db,
      outbox,
      claim,
      refused.map(({ row, tries, failure: { kind, code } }) => {
        return { id: row, tries, error: code, final: kind === 'refused' };
      }),
      now,
    ),
  );
  for (const { row, brand, tries } of refused)
    if (dead.has(row)) log.error({ brand, kind: outbox, row, tries: tries + 1 }, 'dead letter: a person has to look');
  const inVain = failures.filter(({ counts }) => !counts).map(({ row }) => row);
  const untold = [...worked.untouched, ...groups.slice(most)];
  await giveBack(db, outbox, claim, rowsOf(untold), [...inVain, ...missed]);
  const more = done.length + refused.length > 0;
  return { more, away: worked.away, ...(more && pace.room() < 1 && { inMs: PACED_EVERY }) };
}

function rowsOf(groups: readonly Group<unknown>[]): RowId[] {
  return groups.flatMap((group) => group.map(({ row }) => row));
}

/** The first group of every brand, then the second of every brand, and so on: the oldest rows are those of the loudest brand. */
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
  /** It is a try of the row, and not the engine that was away. */
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
  /** Rows that the engine was not asked about. */
  readonly untouched: readonly Group<T>[];
  readonly failures: readonly Failed<T>[];
  readonly away: boolean;
}

/**
 * Ten calls at a time, and no new ones once the engine seems to be away: waiting for each in turn would take minutes. An unclear
 * failure is the row's own if the engine has answered about another row of the same round.
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
