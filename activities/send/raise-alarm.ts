import { log } from '@temporalio/activity';
import type { Alarm } from '../../domain/sending/provider-error.ts';

/** Logs a problem that a person has to look at: the service cannot put right what the provider refuses here. */
export function raiseAlarm(alarm: Alarm | undefined): void {
  if (alarm) log.error('the provider refuses what we send', { ...alarm });
}
