/** Rules of sending a message of the ledger again, by itself or by an operator. */
import { DAY, MINUTE } from '../time/duration.ts';

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
