/**
 * The only thing the rest of the system knows about sending: one message in, one of three outcomes out.
 */

export interface OutgoingSms {
  /** E.164 with the leading `+`. */
  readonly to: string;
  /** E.164 with `+`, a short code, or an alphanumeric sender. */
  readonly from: string;
  /** At most 3200 characters (Messages API 1.20.0). */
  readonly text: string;
  /** Opaque, unique per attempt, at most 40 characters: comes back in every status. Never personal data. */
  readonly clientRef: string;
  /** `text`: GSM-7. `unicode`: UCS-2. Chosen by us, so that the bill is the one predicted. */
  readonly encoding: 'text' | 'unicode';
  /** Where the statuses of this message go, instead of the application's status URL. */
  readonly webhookUrl?: string;
  /** Seconds the operator tries for, 20 to 604800; Vonage's own default is 72 h. */
  readonly ttlSeconds?: number;
}

/** never: the same request fails again. later: not accepted now. systemic: the account or its credentials, whatever the message. */
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
    }
  | { readonly kind: 'unknown'; readonly code: string };

export interface MessageSender {
  /** Makes at most one HTTP request. Never throws and never retries. */
  send(message: OutgoingSms): Promise<SendOutcome>;
}
