/**
 * The daily work of an installation is a schedule of the engine. The schedule is made as soon as the engine can be
 * reached.
 */
import type { Logger } from 'pino';
import type { Periodic } from './periodic.ts';
import { startPeriodic } from './periodic.ts';
import type { Workflows } from './workflows.ts';

const RETRY_MS = 5_000;

/** Tries until the schedule exists. A process that starts later finds it. */
export function startScheduleKeeper(workflows: Pick<Workflows, 'keepSchedules'>, log: Logger): Periodic {
  return startPeriodic({ everyMs: RETRY_MS, failed: 'schedules not made yet', log }, async () => {
    if (!(await workflows.keepSchedules())) log.info({ service: 'api' }, 'the engine has no schedules');
    return true;
  });
}
