import type { GateGuard } from '../journey/guard.ts';
import type { Channel, MessageKind } from './message.ts';
import type { FailureReason, SkipReason, WaitReason } from './reason.ts';

/**
 * A message has one shape per stage: the intent to send it, its row in the ledger (`LedgerMessage`), and the call of
 * the provider (`OutgoingMessage`). An intent is unique per order, step, occurrence and channel.
 */
export interface Intent {
  readonly brand: string;
  /** Null: a reply to a contact, about no order. */
  readonly order: string | null;
  readonly contact: string;
  readonly step: string;
  readonly occurrence: string;
  readonly kind: MessageKind;
  readonly channel: Channel;
  /** The number of the step's channels before this one. Absent: none. */
  readonly channelIndex?: number;
  /** The step has a further channel, so the workflow waits for reports about this message. */
  readonly awaited?: boolean;
  /** Epoch ms, all three. */
  readonly triggeredAt: number;
  readonly dueAt: number;
  /** Past it, the message expires. */
  readonly usefulUntil: number;
  /**
   * The customer has just written and this message is the answer: no window, spacing or cap holds for `REPLY_WINDOW`.
   */
  readonly inReply: boolean;
  readonly guards: readonly GateGuard[];
}

/**
 * The fields of a message that a decision depends on, beside the facts of the person. A row of the ledger has them
 * too.
 */
export type DecidedBy = 'kind' | 'channel' | 'triggeredAt' | 'usefulUntil' | 'inReply' | 'guards';

/** The gate, or a send, refuses the message, for now or for good. */
export type HeldBack =
  | { readonly kind: 'wait'; readonly until: number; readonly reason: WaitReason }
  | { readonly kind: 'skip'; readonly reason: SkipReason };

/** The result of a send. */
export type SendMessageResult =
  | { readonly kind: 'accepted' }
  | HeldBack
  | { readonly kind: 'failed'; readonly reason: FailureReason }
  /**
   * It is unknown whether the provider has accepted the message. Ask again at `settleAt`, and never send it again
   * before.
   */
  | { readonly kind: 'unknown'; readonly settleAt: number };

/** This run, another run or a receipt has changed the row. Read the row again to get the answer. */
export interface Again {
  readonly kind: 'again';
}
export const AGAIN: Again = { kind: 'again' };
