import { log } from '@temporalio/activity';
import type { Db } from '../../db/connection/connect.ts';
import type { LaneTrouble } from '../../db/sending/lanes/lanes.ts';
import { reportTrouble } from '../../db/sending/lanes/lanes.ts';
import type { SendOutcome } from '../../vonage/port.ts';

/** The trouble of a message's lanes that the outcome of its call shows, if any. */
function troubleOf(outcome: Exclude<SendOutcome, { kind: 'accepted' }>): LaneTrouble | undefined {
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

/** Reports the outcome of a call, as of `now`, to the lanes of its message, and logs circuits that open. */
export async function tellLanes(
  db: Db,
  message: string,
  outcome: Exclude<SendOutcome, { kind: 'accepted' }>,
  now: number,
): Promise<void> {
  const trouble = troubleOf(outcome);
  if (!trouble) return;
  for (const lane of await reportTrouble(db, message, trouble, now))
    log.error('a circuit has opened: nothing is sent on this lane', { lane, code: outcome.code });
}
