/**
 * Tells the workflows what was stored. The API never does it itself: a fact is acknowledged once it is in the inbox, and this
 * loop hands it on as often as it takes. Several may run; each locks what it works on and the others skip it.
 */
import type { Logger } from 'pino';
import type { Db } from '../db/connect.ts';
import type { PendingConsentCheck } from '../db/consents/consent-step.ts';
import { pendingConsentChecks, readConsentStep } from '../db/consents/consent-step.ts';
import type { PendingReply } from '../db/inbound/conversations.ts';
import { pendingReplies } from '../db/inbound/conversations.ts';
import type { PendingErasure } from '../db/privacy/erasures.ts';
import { pendingErasures } from '../db/privacy/erasures.ts';
import type { RuleData } from '../db/gate/gate-decision.ts';
import type { PendingFact } from '../db/orders/inbox.ts';
import { markApplied, markMissed, markTried, pendingFacts } from '../db/orders/inbox.ts';
import type { Outbox, ReadPending } from '../db/outbox.ts';
import { markStarted } from '../db/outbox.ts';
import type { PendingRedelivery } from '../db/ledger/redeliveries.ts';
import { pendingRedeliveries } from '../db/ledger/redeliveries.ts';
import type { Clock } from '../domain/clock.ts';
import type { DrainLoop, Round } from './drain-loop.ts';
import { startDrainLoop } from './drain-loop.ts';
import type { Metrics } from './metrics.ts';
import { traceOf } from './middleware.ts';
import type { Told, Workflows } from './workflows.ts';
import { TOLD_AT_ONCE } from './workflows.ts';

export interface DrainerDeps {
  readonly db: Db;
  readonly workflows: Pick<Workflows, 'tell' | 'reply' | 'redeliver' | 'watchConsents' | 'erase'>;
  readonly rules: RuleData;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Wall ms between two looks when nobody wakes it: what another process stored. */
  readonly pollMs?: number;
}

export type Drainer = DrainLoop;

const BATCH = 50;
const AT_ONCE = 10;
const POLL_MS = 1_000;

/** Each outbox has a loop of its own: what is stuck in one does not hold up another. */
export function startDrainer(deps: DrainerDeps): Drainer {
  const { log, pollMs = POLL_MS } = deps;
  const loops = Object.entries(OUTBOXES).map(([name, drain]) =>
    startDrainLoop(name, () => drain(deps), { log, pollMs }),
  );
  return {
    wake: () => {
      for (const loop of loops) loop.wake();
    },
    stop: async () => {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}

const OUTBOXES = {
  fact: drainFacts,
  reply: drainReplies,
  redelivery: drainRedeliveries,
  consents: drainConsentChecks,
  erasure: drainErasures,
} as const;

function roundOf(found: number, failed: readonly unknown[]): Round {
  return { more: found >= BATCH, away: failed.length > 0 };
}

/** Enough that an order with thousands of facts takes few rounds; a call takes at most `TOLD_AT_ONCE` of them. */
const FACTS_A_ROUND = 500;

/** The facts of an order that are at hand are told together: in their order, and never in two calls at a time. */
async function drainFacts({ db, workflows, clock, log, metrics }: DrainerDeps): Promise<Round> {
  return db.transaction(async (trx) => {
    const pending = await pendingFacts(trx, FACTS_A_ROUND);
    const missed: number[] = [];
    const refused: number[] = [];
    const { done, failed } = await untilFailure(byOrder(pending), async (facts) => {
      const [{ brand, order, placed, erased }] = facts;
      // Nothing starts a run again that was ended because its person is gone.
      if (erased) return true;
      const told = await tellInTurn(workflows, facts).catch((error: unknown) => {
        log.warn({ brand, order, ...traceOf(error) }, 'facts not told yet');
        return 'failed' as const;
      });
      metrics.drained('fact', told, facts.length);
      if (told === 'refused') {
        log.warn({ brand, order }, 'the engine refuses the facts of an order');
        refused.push(...rowsOf(facts));
      }
      if (told === 'finished' && !placed) missed.push(...rowsOf(facts));
      return told !== 'failed';
    });
    const now = await clock.now();
    const unsettled = new Set([...missed, ...refused]);
    const told = rowsOf(done.flat()).filter((row) => !unsettled.has(row));
    await markApplied(trx, told, now);
    await markMissed(trx, missed, now);
    await markTried(trx, [...refused, ...rowsOf(failed.flat())]);
    return roundOf(pending.length - refused.length, failed);
  });
}

async function tellInTurn({ tell }: Pick<Workflows, 'tell'>, facts: FactsOfOrder): Promise<Told> {
  const [{ brand, order }] = facts;
  for (let from = 0; from < facts.length; from += TOLD_AT_ONCE) {
    const told = await tell(
      { brand, order },
      facts.slice(from, from + TOLD_AT_ONCE).map(({ fact }) => fact),
    );
    if (told !== 'told') return told;
  }
  return 'told';
}

type FactsOfOrder = readonly [PendingFact, ...PendingFact[]];

/** In the order of the first fact of each. */
function byOrder(pending: readonly PendingFact[]): readonly FactsOfOrder[] {
  const orders = Map.groupBy(pending, ({ brand, order }) => JSON.stringify([brand, order]));
  return [...orders.values()].map((facts) => facts as [PendingFact, ...PendingFact[]]);
}

function rowsOf(facts: readonly { readonly row: number }[]): number[] {
  return facts.map(({ row }) => row);
}

/** Starts a workflow for each row of an outbox. `begin`: false where the engine did not take it, so that the row stays. */
async function drainOutbox<T>(
  { db, clock }: DrainerDeps,
  outbox: Outbox,
  read: ReadPending<T>,
  idOf: (item: T) => number | string,
  begin: (item: T, trx: Db) => Promise<boolean>,
): Promise<Round> {
  return db.transaction(async (trx) => {
    const pending = await read(trx, BATCH);
    const { done, failed } = await untilFailure(pending, (item) => begin(item, trx));
    await markStarted(trx, outbox, done.map(idOf), await clock.now());
    return roundOf(pending.length, failed);
  });
}

async function drainReplies(deps: DrainerDeps): Promise<Round> {
  const begin = (reply: PendingReply) => started(deps, 'reply', reply, deps.workflows.reply);
  return drainOutbox(deps, 'reply', pendingReplies, ({ inbound }) => inbound, begin);
}

async function drainRedeliveries(deps: DrainerDeps): Promise<Round> {
  const begin = (one: PendingRedelivery) => started(deps, 'redelivery', one, deps.workflows.redeliver);
  return drainOutbox(deps, 'redelivery', pendingRedeliveries, ({ id }) => id, begin);
}

/** Most people are never to be asked anything about their consents: no workflow is started for them. */
async function drainConsentChecks(deps: DrainerDeps): Promise<Round> {
  const { workflows, rules, clock } = deps;
  const begin = async ({ brand, contact }: PendingConsentCheck, trx: Db): Promise<boolean> => {
    const step = await readConsentStep(trx, rules, { brand, contact }, await clock.now());
    return step.kind === 'done' || started(deps, 'consents', { brand, contact }, workflows.watchConsents);
  };
  return drainOutbox(deps, 'consents', pendingConsentChecks, ({ id }) => id, begin);
}

async function drainErasures(deps: DrainerDeps): Promise<Round> {
  const begin = (one: PendingErasure) => started(deps, 'erasure', one, deps.workflows.erase);
  return drainOutbox(deps, 'erasure', pendingErasures, ({ id }) => id, begin);
}

/** Starts a workflow of something stored. False: the engine did not take it, and it stays stored. */
async function started<T extends { readonly brand: string }>(
  { log, metrics }: DrainerDeps,
  what: Outbox,
  item: T,
  start: (item: T) => Promise<void>,
): Promise<boolean> {
  const result = await start(item).then(
    () => 'told' as const,
    (error: unknown) => {
      log.warn({ brand: item.brand, kind: what, ...traceOf(error) }, 'workflow not started yet');
      return 'failed' as const;
    },
  );
  metrics.drained(what, result);
  return result === 'told';
}

/** A few at a time, and no new ones after a failure: if the engine is away, waiting for each in turn would take minutes. */
async function untilFailure<T>(
  items: readonly T[],
  work: (item: T) => Promise<boolean>,
): Promise<{ readonly done: readonly T[]; readonly failed: readonly T[] }> {
  const queue = items.values();
  const done: T[] = [];
  const failed: T[] = [];
  const lane = async (): Promise<void> => {
    for (const item of queue) {
      if (failed.length > 0) return;
      ((await work(item)) ? done : failed).push(item);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return { done, failed };
}
