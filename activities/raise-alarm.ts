import { log } from '@temporalio/activity';
import type { Alarm } from '../db/ledger/consequences.ts';

/** Tells the log what somebody has to look at: nothing of ours can put right what the provider refuses here. */
export function raiseAlarm(alarm: Alarm | undefined): void {
  if (alarm) log.error('the provider refuses what we send', { ...alarm });
}
