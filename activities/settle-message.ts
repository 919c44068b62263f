import type { OpenAttempt } from '../db/attempts.ts';
import { giveUp, openAttempts, recordAccepted, recordNotSent } from '../db/attempts.ts';
import type { Db } from '../db/connect.ts';
import type { LedgerMessage } from '../db/gate.ts';
import { recordStatus } from '../db/statuses.ts';
import { HOUR, MINUTE } from '../domain/duration.ts';
import type { Settling } from '../domain/ledger.ts';
import { MAX_SUBMISSIONS, nextLook, resendsUnknown } from '../domain/ledger.ts';
import type { ProviderRecord, ProviderRecords, RecordQuery } from '../vonage/port.ts';
import type { Moved, SendMessageResult } from './send-message.ts';

export interface SettleDeps {
  readonly db: Db;
  readonly settling: Settling;
  /** Absent: the account has no access to its records, and an unknown outcome is settled by receipt and class alone. */
  readonly records?: ProviderRecords;
}

/** The provider's clock and ours may differ by this much. */
const SKEW = 5 * MINUTE;

/** Records that did not answer at T2 are asked again after as long as they have been silent, within these limits. */
const LOOK_AGAIN = { first: 15 * MINUTE, last: 6 * HOUR };

/**
 * Settles a message whose outcome nobody knows and of which no status webhook has come. At T1 and T2 the provider's records are
 * looked up; what they do not have at T2 was never taken. Then, by class: a transactional message is sent again if the gate
 * still allows it, every other one is given up, because a duplicate promotion is a complaint.
 *
 * `settleOnly`: whatever comes out, nothing is sent again.
 */
export async function settleMessage(
  { db, settling, records }: SettleDeps,
  message: LedgerMessage,
  settleOnly: boolean,
  now: number,
): Promise<SendMessageResult | 'submit' | Moved> {
  const submittedAt = message.submittedAt ?? now;
  const next = nextLook(submittedAt, now, settling);
  const lastLook = submittedAt + settling.answerWithin + settling.settleAfter;
  const resends = resendsUnknown(message.class) && !settleOnly;

  if (!records) {
    if (next !== undefined) return { kind: 'unknown', settleAt: lastLook };
    return resends && message.submissions < MAX_SUBMISSIONS ? 'submit' : end(db, message, now);
  }

  if (next !== undefined && next < lastLook) return { kind: 'unknown', settleAt: next };
  const attempts = await openAttempts(db, message.id);
  const seen = await lookUp(records, message, attempts, now);
  switch (seen.kind) {
    case 'found':
      for (const record of seen.records) await recordFound(db, record, now);
      return 'moved';
    case 'absent':
      if (next !== undefined) return { kind: 'unknown', settleAt: next };
      await recordNotSent(db, message.id, { again: resends }, now);
      return resends ? 'moved' : end(db, message, now);
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

/** All earlier attempts are looked for: each had a reference of its own, and perhaps another number. */
async function lookUp(
  records: ProviderRecords,
  { channel }: LedgerMessage,
  attempts: readonly OpenAttempt[],
  now: number,
): Promise<Seen> {
  const found: FoundRecord[] = [];
  for (const query of queriesFor(attempts, now)) {
    const answer = await records.find({ ...query, channel });
    if (answer.kind === 'unavailable') return answer;
    for (const { clientRef, ...record } of answer.records)
      if (clientRef !== undefined && attempts.some((attempt) => attempt.clientRef === clientRef))
        found.push({ ...record, clientRef });
  }
  return found.length > 0 ? { kind: 'found', records: found } : { kind: 'absent' };
}

/** One query per number: it is paid for by the row. */
function queriesFor(attempts: readonly OpenAttempt[], now: number): Omit<RecordQuery, 'channel'>[] {
  const since = new Map<string, number>();
  for (const { address, submittedAt } of attempts)
    since.set(address, Math.min(submittedAt, since.get(address) ?? Infinity));
  return [...since].map(([to, from]) => ({ to, from: from - SKEW, until: now + SKEW }));
}

async function recordFound(db: Db, { clientRef, providerId, receipt, code, ...at }: FoundRecord, now: number) {
  await recordAccepted(db, clientRef, providerId, 'records', now);
  const status = { clientRef, providerId, receipt, at: Math.min(at.at, now), ...(code !== undefined && { code }) };
  await recordStatus(db, status, now);
}

async function end(db: Db, { id }: LedgerMessage, now: number): Promise<SendMessageResult | Moved> {
  return (await giveUp(db, id, now)) ? { kind: 'failed', reason: 'outcome_unknown_given_up' } : 'moved';
}
