/**
 * Rules of the message ledger: which state follows a skip, which a receipt, when an unknown outcome is settled, and when a message is sent
 * again, by itself or by an operator.
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

/** Reports of a provider about an accepted message, lowest rank first: a message only ever moves up. */
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
export interface Settling {
  /** How long a run may hesitate between reading the gate and its call; one that has stood still for longer makes none. */
  readonly callWithin: number;
  /** A call that has no answer by then has none. */
  readonly answerWithin: number;
  /** T1: the provider's records are looked up for the first time. A status webhook has mostly settled it by then. */
  readonly lookUpAfter: number;
  /** T2: the last look. Longer than the provider's records lag behind: what they do not have now was never taken. */
  readonly settleAfter: number;
}

/**
 * Vonage publishes no figure for the lag of its records: "final state usually within minutes" is the nearest (Messages and
 * Reports guides). An hour is far above that, and a transactional notice is worth something still.
 */
export const SETTLING: Settling = {
  callWithin: 5_000,
  answerWithin: 10_000,
  lookUpAfter: 2 * MINUTE,
  settleAfter: HOUR,
};

/** How long after its submission the provider may still take a message, ms. */
export function takenWithin({ callWithin, answerWithin }: Settling): number {
  return callWithin + answerWithin;
}

/** How long after its submission an unknown outcome has its last look, ms: T2 after the last moment it can have been taken at. */
export function lastLookAfter(settling: Settling): number {
  return takenWithin(settling) + settling.settleAfter;
}

/** The same of the defaults, for code that can't ask the activity. */
export const LAST_LOOK_AFTER = lastLookAfter(SETTLING);

/** The provider's clock and ours may differ by this much, ms. */
export const CLOCK_SKEW = 5 * MINUTE;

/** The next moment at which an unknown outcome can be settled, epoch ms; undefined: now is late enough for the last look. */
export function nextLook(submittedAt: number, now: number, settling: Settling): number | undefined {
  const since = submittedAt + takenWithin(settling);
  return [since + settling.lookUpAfter, since + settling.settleAfter].find((at) => at > now);
}

/**
 * Only transactional messages go out again when the first was not, or may not have been, taken: a duplicate promotion is a
 * complaint.
 */
export function resendsUnknown(messageClass: MessageClass): boolean {
  return messageClass === 'transactional';
}

/** Where no records can tell, a message is submitted at most twice; an attempt that is proven not sent does not count. */
export const MAX_SUBMISSIONS = 2;

const FIRST_RETRY = 30_000;
/** Six hours of outage are 28 tries, not 720: each costs events in the order's history. */
const LONGEST_RETRY = HOUR / 4;

/** Milliseconds until a message that was refused for now is tried again, after `refusals` refusals of it before. */
export function retryDelay(refusals: number): number {
  return Math.min(FIRST_RETRY * 2 ** refusals, LONGEST_RETRY);
}

/** Questions stay open for an answer this long. */
export const QUESTION_OPEN_FOR = 14 * DAY;
/** A request to confirm a consent can be answered as long: a renewal is asked for 30 days before the consent ends. */
export const REQUEST_OPEN_FOR = 31 * DAY;

/** At most one NPS question per customer in this time (product section 1). */
export const NPS_PERIOD = 180 * DAY;

/** Tries after failures that may pass; the sixth failure stands. */
export const MAX_REDELIVERIES = 5;

/** A handset that is busy or a network that fails is back within minutes, mostly; five tries cover 2 h 35 min. */
const FIRST_DELAY = 5 * MINUTE;

/**
 * When a message that failed for a moment is sent again, epoch ms, after `before` such redeliveries of it. Undefined: it has
 * been tried often enough, or would come after it has become useless.
 */
export function nextRedelivery(before: number, usefulUntil: number, now: number): number | undefined {
  const at = now + FIRST_DELAY * 2 ** before;
  return before < MAX_REDELIVERIES && at <= usefulUntil ? at : undefined;
}

/** Carrier refusals of one number, within `FAILURE_PERIOD` and without a delivery in between, that make it unusable. */
export const MAX_FAILURES = 3;
export const FAILURE_PERIOD = 30 * DAY;

/**
 * A message that has stood as submitted for this long has no run any more that would call the provider or hear its answer: the
 * send activity has 15 s, and a retry of it makes the message unknown.
 */
export const CALL_IS_OVER = MINUTE;
