/** Looks at what brands spend and at whom they reach, and tells the log and the metrics, once per brand, country and day. */
import type { Logger } from 'pino';
import type { Db } from '../../db/connection/connect.ts';
import type { AbuseAlarm } from '../../db/sending/spend/alarms.ts';
import { raiseConversionAlarms, raiseSpendAlarms } from '../../db/sending/spend/alarms.ts';
import type { Clock } from '../../domain/time/clock.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Periodic } from '../../engine/periodic.ts';
import { startPeriodic } from '../../engine/periodic.ts';

/** At 30 texts a second, with 0.05 for each text, a minute costs 90. */
const LOOK_EVERY_MS = 60_000;
/** The look at a day's new numbers reads all of its attempts. */
const CONVERSION_EVERY = 10;

export interface AbuseWatchDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export function startAbuseWatch(deps: AbuseWatchDeps): Periodic {
  return startPeriodic({ everyMs: LOOK_EVERY_MS, failed: 'spending not looked at', log: deps.log }, (round) =>
    lookForAbuse(deps, round % CONVERSION_EVERY === 0),
  );
}

async function lookForAbuse({ db, clock, log, metrics }: AbuseWatchDeps, conversion: boolean): Promise<void> {
  const now = await clock.now();
  // Reported before the next check, because that check may fail, and an alarm that was stored is not raised again.
  tell(await raiseSpendAlarms(db, now), log, metrics);
  if (conversion) tell(await raiseConversionAlarms(db, now), log, metrics);
}

function tell(alarms: readonly AbuseAlarm[], log: Logger, metrics: Metrics): void {
  for (const { brand, kind, country, figures } of alarms) {
    metrics.abuse(kind);
    log.error({ brand, kind, country, ...figures }, 'texts cost too much or reach nobody');
  }
}
