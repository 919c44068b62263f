/** Compares every attempt of the ledger with the provider's records. Pure. */
import type { Receipt, SettleRules } from './ledger.ts';
import { lastSettleAfter } from './ledger.ts';
import type { MessageState } from './message.ts';

/** An attempt of the ledger, as it stands now. All moments are epoch ms. */
export interface LedgerAttempt {
  readonly message: string;
  readonly number: number;
  readonly clientRef: string;
  readonly providerId?: string;
  readonly submittedAt: number;
  /** Absent: its answer is not known yet. */
  readonly outcome?: 'accepted' | 'refused' | 'unknown' | 'not_sent';
  readonly settledBy?: 'answer' | 'receipt' | 'records' | 'operator';
  /** A status has said that it did not arrive. */
  readonly failed: boolean;
  /** Of its message: */
  readonly state: MessageState;
  readonly usefulUntil: number;
  /** When operators sent the message again. */
  readonly redrivenAt: readonly number[];
}

/** A message as the provider has it. */
export interface RecordedSend {
  readonly providerId: string;
  readonly clientRef?: string;
  readonly receipt: Receipt;
  readonly at: number;
}

/** Findings in which both sides fit together. */
export const EXPLAINED = {
  in_both: 'accepted, and the provider has it',
  not_taken: 'refused or settled as not sent, and the provider does not have it',
  given_up: 'given up, and the provider does not have it',
  still_open: 'its outcome is still being settled',
  not_recorded_yet: 'accepted so lately that the records may not have it yet',
  taken_after_given_up: 'taken after it was given up: the records lagged longer than T2, or were not asked',
  taken_after_not_sent: 'taken after it counted as not sent: the records lagged longer than T2',
  released_though_taken: 'an operator vouched that it was not taken, or took the risk of a second one',
  sent_again_after_t2: 'a second one, submitted after T2 of an unknown first one',
  sent_again_by_operator: 'a second one, sent by an operator',
} as const;
export type ExplainedFinding = keyof typeof EXPLAINED;

/** Findings that must not be. */
export const UNEXPLAINED = {
  missing_at_provider: 'accepted, and the provider does not have it',
  refused_but_taken: 'refused, and the provider has it',
  sent_twice: 'a second one without a reason',
  taken_twice: 'one attempt that the provider has twice',
  never_settled: 'its outcome is open for longer than the message was useful',
  unknown_reference: 'the provider has it with a reference that no attempt has',
} as const;
export type Discrepancy = keyof typeof UNEXPLAINED;

/** Ids only: an unknown reference has neither a message nor an attempt. */
export interface ReconcileFinding {
  readonly what: ExplainedFinding | Discrepancy;
  readonly message?: string;
  readonly attempt?: number;
  readonly providerId?: string;
}

export interface Comparison {
  /** One per attempt of the period, one per record of the period that belongs to none. */
  readonly findings: readonly ReconcileFinding[];
  /** Records without a reference: sent by another program with the same account. */
  readonly foreign: number;
}

export interface ComparedPeriod {
  /** Both ends included. */
  readonly from: number;
  readonly until: number;
  readonly now: number;
}

/**
 * Finds what explains every attempt and every record of a period. `attempts` are those of the period with all others of the same
 * messages and those that records name; records may reach over both ends, because the two clocks differ.
 */
export function compare(
  attempts: readonly LedgerAttempt[],
  records: readonly RecordedSend[],
  period: ComparedPeriod,
  settling: SettleRules,
): Comparison {
  const byRef = new Map(attempts.map((attempt) => [attempt.clientRef, attempt]));
  const byId = new Map(attempts.map((attempt) => [attempt.providerId, attempt]));
  const attemptOf = ({ clientRef, providerId }: RecordedSend): LedgerAttempt | undefined =>
    clientRef === undefined ? byId.get(providerId) : byRef.get(clientRef);
  const recordsOf = Map.groupBy(records, attemptOf);
  const inPeriod = (at: number): boolean => at >= period.from && at <= period.until;

  const judged = [...Map.groupBy(attempts, ({ message }) => message).values()].flatMap((ofMessage) =>
    judgeMessage(ofMessage, recordsOf, period.now, settling),
  );
  const strangers = (recordsOf.get(undefined) ?? []).filter(({ at }) => inPeriod(at));
  const unknown = strangers.filter(({ clientRef }) => clientRef !== undefined);
  return {
    findings: [
      ...judged.filter(({ submittedAt }) => inPeriod(submittedAt)).map(({ finding }) => finding),
      ...unknown.map(({ providerId }): ReconcileFinding => ({ what: 'unknown_reference', providerId })),
    ],
    foreign: strangers.length - unknown.length,
  };
}

export function isExplained(what: ExplainedFinding | Discrepancy): what is ExplainedFinding {
  return Object.hasOwn(EXPLAINED, what);
}

interface Judged {
  readonly submittedAt: number;
  readonly finding: ReconcileFinding;
}

function judgeMessage(
  attempts: readonly LedgerAttempt[],
  recordsOf: ReadonlyMap<LedgerAttempt | undefined, readonly RecordedSend[]>,
  now: number,
  settling: SettleRules,
): Judged[] {
  let arrived: LedgerAttempt | undefined;
  return attempts
    .toSorted((a, b) => a.number - b.number)
    .map((attempt) => {
      const records = recordsOf.get(attempt) ?? [];
      const first = arrived;
      if (hasArrived(attempt, records)) arrived = attempt;
      const what = judgeAttempt(attempt, records, arrived === attempt ? first : undefined, now, settling);
      const { message, number, submittedAt, providerId = records[0]?.providerId } = attempt;
      return {
        submittedAt,
        finding: { what, message, attempt: number, ...(providerId !== undefined && { providerId }) },
      };
    });
}

/** For all that is known: what the provider has taken has arrived unless it or a status says that it has not. */
function hasArrived(attempt: LedgerAttempt, records: readonly RecordedSend[]): boolean {
  if (attempt.failed || records.some(({ receipt }) => receipt === 'rejected' || receipt === 'undeliverable'))
    return false;
  return records.length > 0 || attempt.outcome === 'accepted';
}

/** `first`: an earlier attempt of the same message that has arrived as well. */
function judgeAttempt(
  attempt: LedgerAttempt,
  records: readonly RecordedSend[],
  first: LedgerAttempt | undefined,
  now: number,
  settling: SettleRules,
): ExplainedFinding | Discrepancy {
  if (records.length === 0) return withoutRecord(attempt, now, settling);
  if (records.length > 1) return 'taken_twice';
  return first && attempt.outcome !== 'refused'
    ? asSecond(first, attempt, settling)
    : withRecord(attempt, now, settling);
}

function asSecond(first: LedgerAttempt, second: LedgerAttempt, settling: SettleRules): ExplainedFinding | Discrepancy {
  const byOperator = second.redrivenAt.some((at) => at >= first.submittedAt && at <= second.submittedAt);
  if (byOperator) return 'sent_again_by_operator';
  const late = second.submittedAt >= first.submittedAt + lastSettleAfter(settling);
  return late && first.settledBy !== 'answer' ? 'sent_again_after_t2' : 'sent_twice';
}

function withRecord(attempt: LedgerAttempt, now: number, settling: SettleRules): ExplainedFinding | Discrepancy {
  const { outcome = 'unknown' } = attempt;
  switch (outcome) {
    case 'accepted':
      return 'in_both';
    case 'refused':
      return 'refused_but_taken';
    case 'not_sent':
    case 'unknown':
      if (attempt.settledBy === 'operator') return 'released_though_taken';
      if (outcome === 'unknown' && isOpen(attempt)) return openFor(attempt, now, settling);
      return attempt.state === 'given_up' ? 'taken_after_given_up' : 'taken_after_not_sent';
  }
}

function withoutRecord(attempt: LedgerAttempt, now: number, settling: SettleRules): ExplainedFinding | Discrepancy {
  const { outcome = 'unknown' } = attempt;
  switch (outcome) {
    case 'accepted':
      return now - attempt.submittedAt < lastSettleAfter(settling) ? 'not_recorded_yet' : 'missing_at_provider';
    case 'refused':
      return isOpen(attempt) ? openFor(attempt, now, settling) : 'not_taken';
    case 'not_sent':
    case 'unknown':
      if (isOpen(attempt)) return openFor(attempt, now, settling);
      return attempt.state === 'given_up' ? 'given_up' : 'not_taken';
  }
}

/** An operator still has to act: settle it, or send it again. */
function isOpen({ state }: LedgerAttempt): boolean {
  return state === 'submitted' || state === 'unknown' || state === 'planned';
}

function openFor({ usefulUntil }: LedgerAttempt, now: number, settling: SettleRules): ExplainedFinding | Discrepancy {
  return now <= usefulUntil + lastSettleAfter(settling) ? 'still_open' : 'never_settled';
}
