/** Reports a failed call to the lanes of its message and to the log. */
import { log } from '@temporalio/activity';
import type { Db } from '../../db/connection/connect.ts';
import type { LaneFailure } from '../../db/sending/lanes/lanes.ts';
import { storeLaneFailure } from '../../db/sending/lanes/lanes.ts';
import type { SendOutcome } from '../../vonage/port.ts';
import type { Alarm } from '../../domain/sending/provider-error.ts';

/** The failure of a message's lanes that the outcome of its call shows, if any. */
function laneFailureOf(outcome: Exclude<SendOutcome, { kind: 'accepted' }>): LaneFailure | undefined {
  if (outcome.kind === 'unknown') return ANSWERED.includes(outcome.code) ? undefined : { kind: 'failed' };
  if (outcome.retry === 'systemic' || outcome.action === 'open_circuit') return { kind: 'account_refused' };
  if (outcome.retry === 'never') return undefined;
  if (NOT_REACHED.includes(outcome.code)) return { kind: 'failed' };
  const { code, retryAfterMs } = outcome;
  const scope = code === TOO_MANY_OF_SENDER ? 'sender' : 'account';
  return code === '429' || code === '1000' || scope === 'sender'
    ? { kind: 'throttled', scope, ...(retryAfterMs !== undefined && { retryAfterMs }) }
    : undefined;
}

/** Answers that cannot be read, but show that the provider works. */
const ANSWERED: readonly string[] = ['no_message_uuid', 'unreadable_body'];
const NOT_REACHED: readonly string[] = ['connection_refused', 'dns'];
const TOO_MANY_OF_SENDER = '1241';

/** Records at the lanes of a message that its call failed, as of `now`, and logs circuits that open. */
export async function recordLaneFailure(
  db: Db,
  message: string,
  outcome: Exclude<SendOutcome, { kind: 'accepted' }>,
  now: number,
): Promise<void> {
  const failure = laneFailureOf(outcome);
  if (!failure) return;
  for (const lane of await storeLaneFailure(db, message, failure, now))
    log.error('a circuit has opened: nothing is sent on this lane', { lane, code: outcome.code });
}

/** Logs a problem that a person has to look at: the service cannot put right what the provider refuses here. */
export function raiseAlarm(alarm: Alarm | undefined): void {
  if (alarm) log.error('the provider refuses what we send', { ...alarm });
}
