/** What the stand-in is started with, and the handle that drives it from tests and scripts. */
import type { Fault } from './fake-faults.ts';
import type { ReceiptMode, RefusedRequest } from './fake-messages.ts';
import type { AcceptedMessage } from './fake-receipts.ts';
import type { WebhookPost, WebhookSigner } from './fake-webhooks.ts';
import type { CustomerReply } from './phone-page.ts';

export interface FakeVonageOptions extends WebhookSigner {
  readonly receipts: ReceiptMode;
  readonly statusUrl: string;
  readonly inboundUrl: string;
  /** Any free port when left out. */
  readonly port?: number;
  /** Loopback when left out. */
  readonly host?: string;
  /** The account to stand in for; one of its own, new at every start, when left out. */
  readonly application?: FakeApplication;
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
  /** Everything accepted, in order; the list itself, not a copy. */
  messages(): readonly AcceptedMessage[];
  refused(): readonly RefusedRequest[];
  replies(): readonly CustomerReply[];
  /** Every webhook try with the status it was answered. */
  webhooks(): readonly WebhookPost[];
  setFault(fault: Fault): void;
  clearFaults(): void;
  /** A customer's text. Resolves with the HTTP status of the first try; 0: no answer. */
  reply(from: string, to: string, text: string): Promise<number>;
  /** Posts the receipts held in `manual` mode, and in every mode waits until no webhook is under way. */
  deliverReceipts(): Promise<void>;
  close(): Promise<void>;
}
