/** Begins the erasures of persons and of whole brands when the time is over in which they could be taken back. */
import type { Logger } from 'pino';
import type { Store } from '../../db/addresses/store.ts';
import { ERASURE_UNDER_WAY, carryOutPlannedErasures } from '../../commands/privacy/begin-planned-erasures.ts';
import { carryOutShopErasures } from '../../commands/privacy/hold-shop-erasure.ts';
import type { Clock } from '../../domain/time/clock.ts';
import { traceOf } from '../../telemetry/log.ts';
import type { Periodic } from '../../engine/periodic.ts';
import { startPeriodic } from '../../engine/periodic.ts';

/** The same interval as the drainer's. Both statements read an index of waiting erasures, which is mostly empty. */
const LOOK_EVERY_MS = 1_000;

export interface ErasureClockDeps extends Store {
  readonly clock: Clock;
  readonly log: Logger;
  /** Called after a row was stored of which a workflow has to be told. */
  readonly wakeDrainer: () => void;
}

/** Persons and brands have a loop each, so that neither waits for the other. */
export function startErasureClock({ clock, log, wakeDrainer, ...store }: ErasureClockDeps): Periodic {
  const every = { everyMs: LOOK_EVERY_MS, log };
  // A NO that came while no process was running is not stored yet: the provider repeats it within minutes after this
  // process starts.
  let heardSince: number | undefined;
  const persons = startPeriodic({ ...every, failed: 'planned erasures not looked at' }, async () => {
    const now = await clock.now();
    heardSince ??= now;
    if (now - heardSince < ERASURE_UNDER_WAY) return;
    const count = await carryOutPlannedErasures(store, now, (contact, error) =>
      log.error({ contact, ...traceOf(error) }, 'planned erasure could not begin, and is tried again'),
    );
    if (count > 0) wakeDrainer();
  });
  const shops = startPeriodic({ ...every, failed: 'erasures of whole brands not looked at' }, async () => {
    const count = await carryOutShopErasures(store.db, await clock.now(), (brand, error) =>
      log.error({ brand, ...traceOf(error) }, 'erasure of a whole brand could not begin, and is tried again'),
    );
    if (count === 0) return;
    log.warn({ webhook: 'shopify', count }, 'erasure of a whole brand has begun');
    wakeDrainer();
  });
  return {
    stop: async () => {
      await Promise.all([persons.stop(), shops.stop()]);
    },
  };
}
