/** Begins the erasures of whole brands whose time of being held is over. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Db } from '../db/connect.ts';
import { carryOutShopErasures } from '../db/privacy/shop-erasures.ts';
import type { Clock } from '../domain/clock.ts';
import { traceOf } from './middleware.ts';

/** A minute more or less is nothing beside two days. */
const LOOK_EVERY_MS = 60_000;

export interface ShopErasureClock {
  stop(): Promise<void>;
}

export interface ShopErasureClockDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called after something was stored that a workflow is to be told. */
  readonly wakeDrainer: () => void;
}

export function startShopErasureClock({ db, clock, log, wakeDrainer }: ShopErasureClockDeps): ShopErasureClock {
  const stopping = new AbortController();
  const { signal } = stopping;
  const look = async (): Promise<void> => {
    const count = await carryOutShopErasures(db, await clock.now());
    if (count === 0) return;
    log.warn({ webhook: 'shopify', count }, 'erasure of a whole brand has begun');
    wakeDrainer();
  };
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      await look().catch((error: unknown) => log.warn(traceOf(error), 'held erasures not looked at'));
      await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  };
  const ended = loop();
  return {
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}
