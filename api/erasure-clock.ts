/** Begins the erasures whose time is over in which they could be taken back: of persons, and of whole brands. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { TokenOf } from '../db/address-token.ts';
import type { Db } from '../db/connect.ts';
import { UNDER_WAY, carryOutPlannedErasures } from '../db/privacy/planned-erasures.ts';
import { carryOutShopErasures } from '../db/privacy/shop-erasures.ts';
import type { Clock } from '../domain/clock.ts';
import { traceOf } from './middleware.ts';

/** As often as the drainer looks. Both statements read an index of what waits, which is mostly empty. */
const LOOK_EVERY_MS = 1_000;

export interface ErasureClock {
  stop(): Promise<void>;
}

export interface ErasureClockDeps {
  readonly db: Db;
  readonly tokenOf: TokenOf;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called after something was stored that a workflow is to be told. */
  readonly wakeDrainer: () => void;
}

export function startErasureClock({ db, tokenOf, clock, log, wakeDrainer }: ErasureClockDeps): ErasureClock {
  const stopping = new AbortController();
  const { signal } = stopping;
  const persons = async (now: number): Promise<number> =>
    carryOutPlannedErasures(db, tokenOf, now, (contact, error) =>
      log.error({ contact, ...traceOf(error) }, 'planned erasure could not begin'),
    );
  const shops = async (now: number): Promise<number> => {
    const count = await carryOutShopErasures(db, now);
    if (count > 0) log.warn({ webhook: 'shopify', count }, 'erasure of a whole brand has begun');
    return count;
  };
  // While no process was there, a NO could not be heard: the provider repeats it within minutes of this one's start.
  let heardSince: number | undefined;
  const look = async (): Promise<void> => {
    const now = await clock.now();
    heardSince ??= now;
    // Neither kind waits for the other to work.
    for (const carryOut of now - heardSince < UNDER_WAY ? [shops] : [persons, shops])
      try {
        if ((await carryOut(now)) > 0) wakeDrainer();
      } catch (error) {
        log.error(traceOf(error), 'held erasures not looked at');
      }
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
