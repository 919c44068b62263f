import type { GateGuard } from '../journey/guard.ts';
import type { Channel, MessageKind } from './message.ts';
import type { FailureReason, SkipReason, WaitReason } from './reason.ts';

/**
 * A message has one shape a stage: the intent to send it, its row in the ledger (`LedgerMessage`), and the call to the provider
 * (`OutgoingMessage`). An intent is unique per order, step, occurrence and channel.
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
  /** How many channels of the step came before this one. Absent: none. */
  readonly channelIndex?: number;
  /** The step has another channel to turn to: the workflow waits for what is reported of this one. */
  readonly awaited?: boolean;
  /** Epoch ms, all three. */
  readonly triggeredAt: number;
  readonly dueAt: number;
  /** Past it, the message expires. */
  readonly usefulUntil: number;
  /** The customer wrote a moment ago and this answers: no window, no spacing and no cap for `REPLY_WINDOW`. */
  readonly inReply: boolean;
  readonly guards: readonly GateGuard[];
}

/** The fields that a decision goes by, beside the facts of the person. A row of the ledger has them too. */
export type DecidedBy = 'kind' | 'channel' | 'triggeredAt' | 'usefulUntil' | 'inReply' | 'guards';

/** The gate, or a send, does not let a message go: not now, or never. */
export type HeldBack =
  | { readonly kind: 'wait'; readonly until: number; readonly reason: WaitReason }
  | { readonly kind: 'skip'; readonly reason: SkipReason };

/** The result of a message that was to be sent. */
export type SendMessageResult =
  | { readonly kind: 'accepted' }
  | HeldBack
  | { readonly kind: 'failed'; readonly reason: FailureReason }
  /** It is unknown whether the provider took it. Ask again at `settleAt`; never before, and never by sending blindly. */
  | { readonly kind: 'unknown'; readonly settleAt: number };

/** The row has changed, by this run or another or a receipt: read it again, the row has the answer now. */
export interface Again {
  readonly kind: 'again';
}
export const AGAIN: Again = { kind: 'again' };
