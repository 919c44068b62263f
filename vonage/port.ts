/**
 * The only things the rest of the system knows about the provider: one message in, one of three outcomes out; and what its own
 * records say of messages of unknown outcome.
 */
import type { Channel, MessageClass } from '../domain/sending/message.ts';
import type { Receipt } from '../domain/sending/ledger.ts';
import type { ErrorAction } from '../domain/sending/provider-error.ts';

export interface OutgoingMessage {
  readonly channel: Channel;
  /** E.164 with the leading `+`. */
  readonly to: string;
  /** A number in E.164 with `+`, a short code, a name, or a registered agent. */
  readonly from: string;
  /** At most 3200 characters as SMS, 3072 as RCS (Messages API 1.20.0). */
  readonly text: string;
  /** Opaque, unique per attempt, at most 40 characters: comes back in every status. Never personal data. */
  readonly clientRef: string;
  /** `text`: GSM-7. `unicode`: UCS-2. */
  readonly encoding: 'text' | 'unicode';
  /** The kind's own, or `promotional` where the channel's operator counts it as one. */
  readonly class: MessageClass;
  /** Where the statuses of this message go, instead of the application's status URL. */
  readonly webhookUrl?: string;
  /** Seconds the operator tries for, kept within what the channel takes; Vonage's own default is 72 h. */
  readonly ttlSeconds?: number;
}

/**
 * `never`: the same request will fail again. `later`: the provider does not accept it now. `systemic`: the account or
 * its credentials are refused, so every message will be.
 */
export type RetryAdvice = 'never' | 'later' | 'systemic';

/**
 * `code` is a short machine word (`429`, `1420`, `timeout`, `http_503`), never personal data.
 * An `unknown` message may have been accepted: it is settled by its status webhook or by time, never by a blind retry.
 */
export type SendOutcome =
  | { readonly kind: 'accepted'; readonly providerId: string }
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly retry: RetryAdvice;
      /** Milliseconds the provider asked us to wait. */
      readonly retryAfterMs?: number;
      /** The further action that the code asks for, if any. */
      readonly action?: ErrorAction;
    }
  | { readonly kind: 'unknown'; readonly code: string };

export interface MessageSender {
  /** Makes at most one HTTP request. Never throws and never retries. */
  send(message: OutgoingMessage): Promise<SendOutcome>;
  /** Asks the provider whether it answers this account, by a request that cannot send anything. Never throws. */
  answers(): Promise<boolean>;
}

/** Our messages to one recipient. The provider's records have no filter for `clientRef`. */
export interface RecordQuery {
  /** E.164 with `+`. */
  readonly to: string;
  /** Epoch ms, both ends included. */
  readonly from: number;
  readonly until: number;
}

/** One message as the provider has it. */
export interface ProviderRecord {
  readonly providerId: string;
  /** Absent: the message was sent by hand, or was received. */
  readonly clientRef?: string;
  readonly channel: string;
  /** E.164 with `+`, where it is a number. */
  readonly to: string;
  readonly from: string;
  readonly receipt: Receipt;
  /** The provider's error code of a message that did not arrive. */
  readonly code?: string;
  /** When the provider took it, epoch ms. */
  readonly at: number;
}

export type RecordAnswer =
  | { readonly kind: 'records'; readonly records: readonly ProviderRecord[] }
  /**
   * The records did not answer, which does not mean that the message is absent: ask again later. `code` as in
   * `SendOutcome`.
   */
  | { readonly kind: 'unavailable'; readonly code: string };

/** The provider's own records: slow, limited to a few requests a second and paid for by the row. */
export interface ProviderRecords {
  /** Everything on record for one recipient in a window. Never throws. */
  find(query: RecordQuery): Promise<RecordAnswer>;
  /** Everything on record in a period (epoch ms, both ends included), for the comparison with the ledger. Never throws. */
  list(period: { readonly from: number; readonly until: number }): Promise<RecordAnswer>;
}

/** A message that the provider is asked to forget: number and text go from its records for good. */
export interface RedactionRequest {
  readonly providerId: string;
  /** Sent by us, or by a customer. */
  readonly direction: 'outbound' | 'inbound';
}

/** `code` as in `SendOutcome`. */
export type RedactionOutcome =
  | { readonly kind: 'redacted' }
  /** The provider has no such message, or no longer has it. */
  | { readonly kind: 'not_found' }
  /** Another try will not help: the account may not redact, or the request is wrong. */
  | { readonly kind: 'refused'; readonly code: string }
  /** Another try may help. `early`: the message is too young to be redacted, which is not a failure. */
  | { readonly kind: 'later'; readonly code: string; readonly early: boolean; readonly retryAfterMs?: number };

export interface ProviderRedaction {
  /** Makes at most one HTTP request. Never throws and never retries. */
  redact(request: RedactionRequest): Promise<RedactionOutcome>;
}

/** All that an account can be used for. Without access to its records they are neither read nor redacted. */
export interface Provider {
  readonly sender: MessageSender;
  readonly records?: ProviderRecords;
  readonly redaction?: ProviderRedaction;
}
