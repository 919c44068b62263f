/**
 * Work that is repeated while the process runs. The daily work of an installation is a schedule of the engine, which is made as soon as the
 * engine can be reached.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { traceOf } from '../telemetry/log.ts';
import type { Workflows } from './workflows.ts';

export interface Periodic {
  /** Ends after the look under way. */
  stop(): Promise<void>;
}

export interface PeriodicSettings {
  /** Wall ms between the end of one look and the next one. */
  readonly everyMs: number;
  /** The line that is logged when a look fails. It is logged again only after a look has succeeded in between. */
  readonly failed: string;
  readonly log: Logger;
}

/**
 * Looks at once and then at intervals. The next look makes up for a failed one. `look` returns true when nothing is
 * left to do.
 */
export function startPeriodic(
  { everyMs, failed, log }: PeriodicSettings,
  look: (round: number) => Promise<boolean | void>,
): Periodic {
  const stopping = new AbortController();
  const { signal } = stopping;
  const loop = async (): Promise<void> => {
    let failing = false;
    for (let round = 0; !signal.aborted; round += 1) {
      try {
        if ((await look(round)) === true) return;
        if (failing) log.info({ kind: failed }, 'works again');
        failing = false;
      } catch (error) {
        if (!failing) log.warn(traceOf(error), failed);
        failing = true;
      }
      await pause(everyMs, undefined, { signal }).catch(() => undefined);
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

const RETRY_MS = 5_000;

/** Tries until the schedule exists. A process that starts later finds it. */
export function startScheduleKeeper(workflows: Pick<Workflows, 'keepSchedules'>, log: Logger): Periodic {
  return startPeriodic({ everyMs: RETRY_MS, failed: 'schedules not made yet', log }, async () => {
    if (!(await workflows.keepSchedules())) log.info({ service: 'api' }, 'the engine has no schedules');
    return true;
  });
}
