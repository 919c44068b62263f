import type { GateGuard } from '../journey/guard.ts';
import type { Channel, MessageKind } from './message.ts';

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
