/** The daily work of an installation is a schedule of the engine. It is made once the engine can be reached. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { traceOf } from './middleware.ts';
import type { Workflows } from './workflows.ts';

const RETRY_MS = 5_000;

export interface ScheduleKeeper {
  stop(): Promise<void>;
}

/** Tries until it is there; whoever starts next finds it. */
export function startScheduleKeeper(workflows: Pick<Workflows, 'keepSchedules'>, log: Logger): ScheduleKeeper {
  const stopping = new AbortController();
  const { signal } = stopping;
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        if (!(await workflows.keepSchedules())) log.info({ service: 'api' }, 'the engine has no schedules');
        return;
      } catch (error) {
        log.warn({ service: 'api', ...traceOf(error) }, 'schedules not made yet');
        await pause(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
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
