/** Rules of the message ledger: which state follows a skip, which a receipt, and when an unknown outcome is settled. */
import { DAY, HOUR } from './duration.ts';
import type { MessageClass, MessageState } from './message.ts';
import type { SkipReason } from './reason.ts';

/** The ledger state of a message that a decision ended before it went out. */
export function skippedState(
  reason: SkipReason,
): Extract<MessageState, 'skipped' | 'expired' | 'capped' | 'suppressed'> {
  switch (reason) {
    case 'too_late':
      return 'expired';
    case 'cap_reached':
      return 'capped';
    case 'opted_out':
    case 'no_consent':
    case 'no_address':
      return 'suppressed';
    default:
      return 'skipped';
  }
}

/** What a provider reports about an accepted message, lowest rank first: a message only ever moves up. */
export const RECEIPTS = ['submitted', 'undeliverable', 'rejected', 'delivered', 'read'] as const;
export type Receipt = (typeof RECEIPTS)[number];

/** 1 and up: a message without any receipt has rank 0. */
export function receiptRank(receipt: Receipt): number {
  return RECEIPTS.indexOf(receipt) + 1;
}

export function stateOfReceipt(receipt: Receipt): MessageState {
  return receipt === 'submitted' ? 'accepted' : receipt;
}

/**
 * How long an unknown outcome waits for a status webhook before it is settled by class. Longer than the provider's usual lag
 * of minutes; Vonage retries webhooks for 24 h, but a transactional notice is worth little by then.
 */
export const SETTLE_AFTER = HOUR;

/** Transactional messages are sent once more when nothing was heard; a duplicate promotion is a complaint. */
export function resendsUnknown(messageClass: MessageClass): boolean {
  return messageClass === 'transactional';
}

/** An unknown message is submitted at most twice in all. */
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

/** At most one NPS question per customer in this time (product section 1). */
export const NPS_PERIOD = 180 * DAY;
