import { sleep } from '@temporalio/activity';
import type { OpenAttempt } from '../../db/sending/ledger/attempts.ts';
import { giveUp, openAttempts, recordAccepted, recordNotSent } from '../../db/sending/ledger/attempts.ts';
import type { Store } from '../../db/addresses/store.ts';
import type { Db } from '../../db/connection/connect.ts';
import type { LedgerMessage } from '../../db/sending/ledger/ledger-message.ts';
import { takeLookUp } from '../../db/sending/lanes/lanes.ts';
import { recordStatus } from '../../db/sending/ledger/statuses.ts';
import { receiveStatus } from '../../commands/conversation/receive-reply.ts';
import { HOUR, MINUTE } from '../../domain/time/duration.ts';
import type { SettleRules } from '../../domain/sending/ledger.ts';
import {
  CLOCK_SKEW,
  MAX_SUBMISSIONS,
  lastSettleAfter,
  nextSettleAt,
  resendsUnknown,
  mayBeTakenFor,
} from '../../domain/sending/ledger.ts';
import { errorMeaning } from '../../vonage/error-codes.ts';
import type { ProviderRecord, ProviderRecords } from '../../vonage/port.ts';
import { raiseAlarm } from './record-lane-failure.ts';
import type { Again, SendMessageResult } from '../../domain/sending/intent.ts';
import { AGAIN } from '../../domain/sending/intent.ts';

export interface SettleDeps extends Store {
  readonly settling: SettleRules;
  /** Absent: the account has no access to its records, and an unknown outcome is settled by receipt and class alone. */
  readonly records?: ProviderRecords;
}

/**
 * A worker whose clock is fast records a submission later than the provider accepts it, so the search begins this
 * much earlier. An hour of further rows costs little.
 */
const CLOCK_AHEAD = HOUR;

/** Ms. A look-up that starts within this time ends at most 10 s later. */
const LOOK_UPS_WITHIN = 4_000;

/**
 * If the records do not answer at T2, they are asked again after as long as they have been silent, within these
 * limits.
 */
const LOOK_AGAIN = { first: 15 * MINUTE, last: 6 * HOUR };

/**
 * Settles a message of unknown outcome that has had no status webhook. The provider's records are looked up at T1 and
 * T2; a message that they do not have at T2 was never accepted. A transactional message is then sent again if the
 * gate still allows it. A message of any other class is given up, because customers complain about a duplicate
 * promotion.
 *
 * `settleOnly`: the message is not sent again, whatever the result is.
 */
export async function settleMessage(
  { settling, records, ...store }: SettleDeps,
  message: LedgerMessage,
  settleOnly: boolean,
  now: number,
): Promise<SendMessageResult | 'submit' | Again> {
  const { db } = store;
  const submittedAt = message.submittedAt ?? now;
  const next = nextSettleAt(submittedAt, now, settling);
  const lastLook = submittedAt + lastSettleAfter(settling);
  const resends = resendsUnknown(message.class) && !settleOnly;

  if (!records) {
    if (next !== undefined) return { kind: 'unknown', settleAt: lastLook };
    return resends && message.submissions < MAX_SUBMISSIONS ? 'submit' : end(db, message, now);
  }

  if (next !== undefined && next < lastLook) return { kind: 'unknown', settleAt: next };
  const turn = await takeLookUp(db, now);
  if (turn.kind === 'later') return { kind: 'unknown', settleAt: turn.at };
  if (turn.at > now) await sleep(turn.at - now);
  const attempts = await openAttempts(db, message.id);
  const seen = await lookUp(records, attempts, settling);
  switch (seen.kind) {
    case 'found':
      // The provider has accepted the message. Its later fate is recorded as a receipt would be.
      for (const record of seen.records) await recordFound(store, record, now);
      return { kind: 'accepted' };
    case 'absent':
      if (next !== undefined) return { kind: 'unknown', settleAt: next };
      await recordNotSent(db, message.id, { again: resends }, now);
      return resends ? AGAIN : end(db, message, now);
    case 'unavailable': {
      if (next !== undefined) return { kind: 'unknown', settleAt: next };
      const settleAt = now + Math.min(Math.max(now - lastLook, LOOK_AGAIN.first), LOOK_AGAIN.last);
      return settleAt <= message.usefulUntil ? { kind: 'unknown', settleAt } : end(db, message, now);
    }
  }
}

type Seen =
  | { readonly kind: 'found'; readonly records: readonly FoundRecord[] }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unavailable' };

type FoundRecord = ProviderRecord & { readonly clientRef: string };

/**
 * Looks up all earlier attempts, because each had its own reference and perhaps another number. The activity has a
 * time limit, so a look-up that takes too long is repeated later from the beginning.
 */
async function lookUp(
  records: ProviderRecords,
  attempts: readonly OpenAttempt[],
  settling: SettleRules,
): Promise<Seen> {
  const found: FoundRecord[] = [];
  const begun = performance.now();
  for (const { clientRef, address: to, submittedAt } of attempts) {
    if (performance.now() - begun > LOOK_UPS_WITHIN) return { kind: 'unavailable' };
    const until = submittedAt + mayBeTakenFor(settling) + CLOCK_SKEW;
    const answer = await records.find({ to, from: submittedAt - CLOCK_AHEAD, until });
    if (answer.kind === 'unavailable') return answer;
    for (const record of answer.records) if (record.clientRef === clientRef) found.push({ ...record, clientRef });
  }
  return found.length > 0 ? { kind: 'found', records: found } : { kind: 'absent' };
}

/** Records the result as its status webhook would have been, with the action of its error. */
async function recordFound(
  store: Store,
  { clientRef, providerId, receipt, code, from, at }: FoundRecord,
  now: number,
): Promise<void> {
  await recordAccepted(store.db, clientRef, providerId, 'records', now);
  const status = { clientRef, providerId, receipt, sender: from, at: Math.min(at, now) };
  if (code === undefined) await recordStatus(store.db, status, now);
  else raiseAlarm((await receiveStatus(store, { ...status, code }, { code, ...errorMeaning(code) }, now)).alarm);
}

async function end(db: Db, { id }: LedgerMessage, now: number): Promise<SendMessageResult | Again> {
  return (await giveUp(db, id, now)) ? { kind: 'failed', reason: 'outcome_unknown_given_up' } : AGAIN;
}
