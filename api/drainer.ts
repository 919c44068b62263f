/**
 * Tells the workflows what was stored. The API never does it itself: a fact is acknowledged once it is in the inbox, and this
 * loop hands it on as often as it takes. Several may run; each locks what it works on and the others skip it.
 */
import type { Logger } from 'pino';
import type { Db } from '../db/connect.ts';
import { markReplied, pendingReplies } from '../db/conversations.ts';
import { markApplied, markMissed, markTried, pendingFacts } from '../db/inbox.ts';
import { markStarted, pendingRedeliveries } from '../db/redeliveries.ts';
import type { Clock } from '../domain/clock.ts';
import type { Metrics } from './metrics.ts';
import { traceOf } from './middleware.ts';
import type { OrderWorkflows } from './temporal.ts';

export interface DrainerDeps {
  readonly db: Db;
  readonly orders: Pick<OrderWorkflows, 'tell' | 'reply' | 'redeliver'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Wall ms between two looks when nobody wakes it: what another process stored. */
  readonly pollMs?: number;
}

export interface Drainer {
  /** Something was stored: look at once. */
  wake(): void;
  /** Ends after the batch at hand. What is left stays in the inbox. */
  stop(): Promise<void>;
}

const BATCH = 50;
const AT_ONCE = 10;
const FIRST_BACKOFF = 100;
const LONGEST_BACKOFF = 5_000;

interface Round {
  readonly found: number;
  readonly failed: boolean;
}

export function startDrainer(deps: DrainerDeps): Drainer {
  const { log, pollMs = 1_000 } = deps;
  let stopping = false;
  let woken = false;
  let rouse = () => {};

  const pause = async (ms: number, untilWoken: boolean): Promise<void> => {
    if (stopping || (untilWoken && woken)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      rouse = () => {
        if (!stopping && !untilWoken) return;
        clearTimeout(timer);
        resolve();
      };
    });
  };

  const loop = async (): Promise<void> => {
    let backoff = 0;
    while (!stopping) {
      woken = false;
      const { found, failed } = await drainOnce(deps).catch((error: unknown) => {
        log.error(traceOf(error), 'drainer failed');
        return { found: 0, failed: true };
      });
      // A dead engine is not asked more often because new orders come in.
      backoff = failed ? Math.min(Math.max(backoff * 2, FIRST_BACKOFF), LONGEST_BACKOFF) : 0;
      if (failed) await pause(backoff, false);
      else if (found < BATCH) await pause(pollMs, true);
    }
  };

  const ended = loop();
  return {
    wake() {
      woken = true;
      rouse();
    },
    async stop() {
      stopping = true;
      rouse();
      await ended;
    },
  };
}

async function drainOnce(deps: DrainerDeps): Promise<Round> {
  const facts = await drainFacts(deps);
  const replies = await drainReplies(deps);
  const redeliveries = await drainRedeliveries(deps);
  const rounds = [facts, replies, redeliveries];
  return { found: Math.max(...rounds.map(({ found }) => found)), failed: rounds.some(({ failed }) => failed) };
}

async function drainFacts({ db, orders, clock, log, metrics }: DrainerDeps): Promise<Round> {
  return db.transaction(async (trx) => {
    const pending = await pendingFacts(trx, BATCH);
    const missed = new Set<number>();
    const { done, failed } = await untilFailure(pending, async ({ row, brand, order, fact, placed }) => {
      const result = await orders.tell({ brand, order }, fact).catch((error: unknown) => {
        log.warn({ brand, order, type: fact.type, ...traceOf(error) }, 'fact not told yet');
        return 'failed' as const;
      });
      metrics.drained('fact', result);
      if (result === 'finished' && !placed) missed.add(row);
      return result !== 'failed';
    });
    const now = await clock.now();
    const told = rowsOf(done).filter((row) => !missed.has(row));
    await markApplied(trx, told, now);
    await markMissed(trx, [...missed], now);
    await markTried(trx, rowsOf(failed));
    return { found: pending.length, failed: failed.length > 0 };
  });
}

function rowsOf(facts: readonly { readonly row: number }[]): number[] {
  return facts.map(({ row }) => row);
}

async function drainReplies(deps: DrainerDeps): Promise<Round> {
  const { db, orders, clock } = deps;
  return db.transaction(async (trx) => {
    const pending = await pendingReplies(trx, BATCH);
    const { done, failed } = await untilFailure(pending, (reply) => started(deps, 'reply', reply, orders.reply));
    const answered = done.map(({ inbound }) => inbound);
    await markReplied(trx, answered, await clock.now());
    return { found: pending.length, failed: failed.length > 0 };
  });
}

async function drainRedeliveries(deps: DrainerDeps): Promise<Round> {
  const { db, orders, clock } = deps;
  return db.transaction(async (trx) => {
    const pending = await pendingRedeliveries(trx, BATCH);
    const { done, failed } = await untilFailure(pending, (one) => started(deps, 'redelivery', one, orders.redeliver));
    const ids = done.map(({ id }) => id);
    await markStarted(trx, ids, await clock.now());
    return { found: pending.length, failed: failed.length > 0 };
  });
}

/** Starts a workflow of something stored. False: the engine did not take it, and it stays stored. */
async function started<T extends { readonly brand: string }>(
  { log, metrics }: DrainerDeps,
  what: 'reply' | 'redelivery',
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
