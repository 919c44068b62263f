/**
 * Rules of the message ledger: the state after a skip or a receipt, when an unknown outcome is settled, and when a
 * message is sent again, by itself or by an operator.
 */
import { DAY, HOUR, MINUTE } from '../time/duration.ts';
import type { MessageClass, MessageState } from './message.ts';
import type { SkipReason } from './reason.ts';
import { SKIP_REASONS } from './reason.ts';

/** The ledger state of a message that a decision ended before it went out. */
export function skippedState(
  reason: SkipReason,
): Extract<MessageState, 'skipped' | 'expired' | 'capped' | 'suppressed'> {
  return SKIP_REASONS[reason].ends ?? 'skipped';
}

/** A provider's reports about an accepted message, lowest rank first. A message only moves to a higher rank. */
export const RECEIPTS = ['submitted', 'undeliverable', 'rejected', 'delivered', 'read'] as const;
export type Receipt = (typeof RECEIPTS)[number];

/** 1 and up: a message without any receipt has rank 0. */
export function receiptRank(receipt: Receipt): number {
  return RECEIPTS.indexOf(receipt) + 1;
}

export function stateOfReceipt(receipt: Receipt): MessageState {
  return receipt === 'submitted' ? 'accepted' : receipt;
}

/** When an unknown outcome is settled, all ms. Counted from the last moment at which the provider can have taken the message. */
export interface SettleRules {
  /** The longest time between a run's read of the gate and its call. A run that stalled for longer makes no call. */
  readonly callWithin: number;
  /** The time limit of a call. */
  readonly answerWithin: number;
  /** T1: the first look-up in the provider's records. By then most messages have been settled by a status webhook. */
  readonly lookUpAfter: number;
  /**
   * T2: the last look-up. It is later than the records can lag behind, so a message that they lack was never
   * accepted.
   */
  readonly settleAfter: number;
}

/**
 * Vonage publishes no figure for the lag of its records: "final state usually within minutes" is the nearest (Messages and
 * Reports guides). An hour is far above that, and a transactional notice is worth something still.
 */
export const SETTLE_RULES: SettleRules = {
  callWithin: 5_000,
  answerWithin: 10_000,
  lookUpAfter: 2 * MINUTE,
  settleAfter: HOUR,
};

/** The time after its submission within which the provider may still accept a message, ms. */
export function mayBeTakenFor({ callWithin, answerWithin }: SettleRules): number {
  return callWithin + answerWithin;
}

/**
 * The time from the submission of a message to the last look-up, ms: T2 after the last moment at which it can have
 * been accepted.
 */
export function lastSettleAfter(settling: SettleRules): number {
  return mayBeTakenFor(settling) + settling.settleAfter;
}

/** The same time with the defaults, for workflow code, which cannot ask the activity. */
export const LAST_SETTLE_AFTER = lastSettleAfter(SETTLE_RULES);

/** The largest difference between the provider's clock and ours, ms. */
export const CLOCK_SKEW = 5 * MINUTE;

/**
 * The next moment at which an unknown outcome can be settled, epoch ms. Undefined: the last look-up can be made now.
 */
export function nextSettleAt(submittedAt: number, now: number, settling: SettleRules): number | undefined {
  const since = submittedAt + mayBeTakenFor(settling);
  return [since + settling.lookUpAfter, since + settling.settleAfter].find((at) => at > now);
}

/**
 * Only a transactional message is sent again after an attempt that was not, or perhaps not, accepted. Customers
 * complain about a duplicate promotion.
 */
export function resendsUnknown(messageClass: MessageClass): boolean {
  return messageClass === 'transactional';
}

/** Without records a message is submitted at most twice. An attempt that was proven not sent does not count. */
export const MAX_SUBMISSIONS = 2;

const FIRST_RETRY = 30_000;
/** Six hours of outage are 28 tries, not 720: each costs events in the order's history. */
const LONGEST_RETRY = HOUR / 4;

/** Milliseconds until a message that was refused for now is tried again, after `refusals` refusals of it before. */
export function retryDelay(refusals: number): number {
  return Math.min(FIRST_RETRY * 2 ** refusals, LONGEST_RETRY);
}

/** A question can be answered for this long. */
export const QUESTION_OPEN_FOR = 14 * DAY;
/**
 * A request to confirm a consent can be answered for the same time: a renewal is requested 30 days before the consent
 * ends.
 */
export const REQUEST_OPEN_FOR = 31 * DAY;

/** At most one NPS question per customer in this time (product section 1). */
export const NPS_PERIOD = 180 * DAY;

/** Tries after passing failures. The sixth failure is final. */
export const MAX_REDELIVERIES = 5;

/** A busy handset or a network fault mostly ends within minutes; five tries cover 2 h 35 min. */
const FIRST_DELAY = 5 * MINUTE;

/**
 * The moment at which a message is sent again after a passing failure, epoch ms, given `before` such redeliveries.
 * Undefined: it was tried often enough, or the moment is later than the message is useful.
 */
export function nextRedelivery(before: number, usefulUntil: number, now: number): number | undefined {
  const at = now + FIRST_DELAY * 2 ** before;
  return before < MAX_REDELIVERIES && at <= usefulUntil ? at : undefined;
}

/** Carrier refusals that make a number unusable: within `FAILURE_PERIOD`, without a delivery in between. */
export const MAX_FAILURES = 3;
export const FAILURE_PERIOD = 30 * DAY;

/**
 * A message that has been submitted for longer than this has lost its run: a send has 15 s, and its retry makes the
 * message unknown.
 */
export const CALL_IS_OVER = MINUTE;
