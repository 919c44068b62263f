/** Settings of the stand-in, and the handle that drives it from tests and scripts. */
import type { VonageChannel } from './channels.ts';
import type { Fault } from './faults.ts';
import type { RateLimit } from './limit.ts';
import type { ReceiptMode, RefusedRequest } from './messages.ts';
import type { AcceptedMessage } from './receipts.ts';
import type { LookUp } from './records.ts';
import type { Redaction } from './redact.ts';
import type { WebhookPost, WebhookSigner } from './webhooks.ts';
import type { PhoneReply, Phones } from './phone-page.ts';

export interface FakeVonageOptions extends WebhookSigner {
  readonly receipts: ReceiptMode;
  readonly statusUrl: string;
  readonly inboundUrl: string;
  /** Any free port when left out. */
  readonly port?: number;
  /** Loopback when left out. */
  readonly host?: string;
  /** The account to stand in for; a new one at every start when left out. */
  readonly application?: FakeApplication;
  /** Secret of `apiKey` for the records; a new one at every start when left out. */
  readonly apiSecret?: string;
  /** Milliseconds until an accepted message is on record; 0 when left out. */
  readonly recordLagMs?: number;
  /** Records a page; Vonage's 1,000 when left out. */
  readonly recordPageSize?: number;
  /** The file that phones are kept in over a restart; in memory alone when left out. */
  readonly phonesFile?: string;
  /** Names of customers, for their phones. */
  readonly namesOf?: (numbers: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /**
   * Each log keeps at least this many entries and at most twice as many. All are kept when left out, because tests
   * judge by the log what was sent.
   */
  readonly mostLogged?: number;
  /** Requests over it are answered 429; none when left out. */
  readonly limit?: RateLimit;
}

export interface FakeApplication {
  readonly id: string;
  /** PEM. The client signs with it; the stand-in keeps its public half. */
  readonly privateKey: string;
}

export interface FakeVonage {
  /** Base URL for the client and the browser, without a trailing slash. */
  readonly url: string;
  readonly applicationId: string;
  /** PEM; the client signs with it. */
  readonly privateKey: string;
  /** The account that may read the records. */
  readonly apiKey: string;
  readonly apiSecret: string;
  /** Everything accepted, in order; the list itself, not a copy. */
  messages(): readonly AcceptedMessage[];
  refused(): readonly RefusedRequest[];
  replies(): readonly PhoneReply[];
  /** Every request for records. */
  lookUps(): readonly LookUp[];
  /** Every request to forget a message. */
  redactions(): readonly Redaction[];
  /** The texts on the phones, and the names of their owners. */
  phones(): Promise<Phones>;
  /** Every webhook try with the status it was answered. */
  webhooks(): readonly WebhookPost[];
  setFault(fault: Fault): void;
  clearFaults(): void;
  /** Changes the quota, from the next request on. Undefined: no limit. */
  setLimit(limit: RateLimit | undefined): void;
  /**
   * Sends a customer's text. Without `channel`, a number is written to by SMS and an agent by RCS. Resolves with the HTTP status of the first try;
   * 0: no answer.
   */
  reply(from: string, to: string, text: string, channel?: VonageChannel): Promise<number>;
  /**
   * Posts the receipts that `manual` mode or a fault has held back, of all numbers or of one. In every mode it waits
   * until no webhook is under way.
   */
  deliverReceipts(to?: string): Promise<void>;
  close(): Promise<void>;
}
