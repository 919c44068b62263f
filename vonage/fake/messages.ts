/**
 * `POST /v1/messages` of the stand-in: quota, token, validation, log, receipts and the fault of the moment, in Vonage's order.
 */
import { randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerAccepted, answerProblem, fakeProblem } from './answers.ts';
import type { FakeProblem } from './answers.ts';
import type { FaultQueue } from './faults.ts';
import type { TokenBucket } from './limit.ts';
import type { MessageRequest } from './channels.ts';
import { ownFields } from './channels.ts';
import { EXPIRED_FATE, expiryOf, fateOf, receiptsOf } from './receipts.ts';
import type { PhoneLog } from './phone-log.ts';
import type { AcceptedMessage } from './receipts.ts';
import type { RecordBook } from './records.ts';
import { addresseeOf, checkRequest, isApplicationToken, readBody } from './request.ts';
import type { FakeClock, WebhookPoster } from './webhooks.ts';

/**
 * before_response: receipts are posted and answered before the 202, so virtual time cannot move in between (in real life, too, a
 * status can overtake the response). after_response: once the response has ended. manual: on `deliverReceipts`.
 */
export type ReceiptMode = 'before_response' | 'after_response' | 'manual';

/** A request that was not accepted. */
export interface RefusedRequest {
  /** When it arrived, epoch milliseconds by the stand-in's clock. */
  readonly at: number;
  /** 0: never answered. */
  readonly status: number;
  /** As far as its body could be read. */
  readonly to: string | null;
  readonly clientRef: string | null;
}

export interface MessagesEndpoint {
  readonly clock: FakeClock;
  readonly application: { readonly id: string; readonly publicKey: KeyObject };
  readonly statusUrl: string;
  readonly receipts: ReceiptMode;
  readonly faults: FaultQueue;
  readonly quota: TokenBucket;
  readonly poster: WebhookPoster;
  readonly accepted: AcceptedMessage[];
  readonly phoneLog: PhoneLog;
  readonly refused: RefusedRequest[];
  readonly records: RecordBook;
  /** Milliseconds until an accepted message is on record. */
  readonly recordLagMs: number;
  /** Ends the waiting of a delayed answer. */
  readonly closing: AbortSignal;
}

/** Problem codes where the fault names none. */
const CODES: Readonly<Record<number, string>> = { 401: 'unathorized', 402: '1070', 429: '1000', 500: '1030' };

/** Answers one request, or does not, as the fault says. */
export async function handleMessage(
  endpoint: MessagesEndpoint,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const at = await endpoint.clock.now();
  // The quota counts requests in their order of arrival, before anything is awaited. A request over the quota uses up
  // no fault.
  const admitted = endpoint.quota.take(at);
  const rawBody = await readBody(request);
  const addressee = addresseeOf(rawBody);
  const refuse = (status: number, body: FakeProblem, retryAfterSeconds?: number) => {
    endpoint.refused.push({ at, status, ...addressee });
    answerProblem(response, status, body, retryAfterSeconds);
  };
  if (admitted.kind === 'over') return refuse(429, fakeProblem('1000', 'Throttled'), admitted.retryAfterSeconds);

  const fault = endpoint.faults.takeAnswer(addressee.to);
  if (fault?.kind === 'reset_before_accept' || fault?.kind === 'stall_before_accept') {
    endpoint.refused.push({ at, status: 0, ...addressee });
    if (fault.kind === 'reset_before_accept') request.socket.destroy();
    return;
  }
  // A provider with a fault of its own answers before it reads the request.
  if (fault?.kind === 'status') {
    const code = fault.code ?? CODES[fault.status] ?? String(fault.status);
    return refuse(fault.status, fakeProblem(code, 'Refused on request'), fault.retryAfterSeconds);
  }
  if (rawBody === undefined) return refuse(413, fakeProblem('1450', 'Body too large'));
  if (!(await isApplicationToken(request.headers.authorization, endpoint.application))) {
    return refuse(401, fakeProblem('unathorized', 'You did not provide correct credentials'));
  }
  const checked = checkRequest(rawBody);
  if (checked.kind === 'invalid') return refuse(422, checked.problem);
  await accept(endpoint, checked.request, at, (providerId) =>
    answerAccepted(request, response, providerId, fault, endpoint.closing),
  );
}

/** Logs the message and runs receipts and answer in the order the mode asks for. */
async function accept(
  endpoint: MessagesEndpoint,
  request: MessageRequest,
  at: number,
  respond: (providerId: string) => Promise<void>,
): Promise<void> {
  const message = acceptedOf(request, at);
  endpoint.accepted.push(message);
  endpoint.phoneLog.got(message);
  const { poster, faults } = endpoint;
  const fault = faults.takeReceipt(message.to);
  const visibleAt = at + (faults.takeRecord(message.to)?.ms ?? endpoint.recordLagMs);
  const entry = { message, fate: fateOf(message.channel, fault), visibleAt };
  endpoint.records.add(entry);

  const url = request.webhook_url ?? endpoint.statusUrl;
  const receipts = receiptsOf(message, at, fault);
  const postAll = async () => {
    for (const receipt of receipts) await poster.post(url, receipt);
  };
  const mode = fault?.kind === 'held_receipts' ? 'manual' : endpoint.receipts;
  switch (mode) {
    case 'before_response':
      await postAll();
      return respond(message.providerId);
    case 'after_response':
      await respond(message.providerId);
      return postAll();
    case 'manual': {
      // The first receipt says that the operator has the message. The others are replaced by "expired" if they are
      // still held when the time to live ends.
      const posted = (isLate: boolean): void => {
        if (isLate) entry.fate = EXPIRED_FATE;
        else if (fault?.kind === 'held_receipts') entry.fate = { receipt: 'delivered' };
      };
      const late = { ...expiryOf(message), posted };
      for (const [index, receipt] of receipts.entries())
        poster.hold(url, receipt, message.to, index > 0 ? late : undefined);
      return respond(message.providerId);
    }
    default:
      return mode satisfies never;
  }
}

function acceptedOf(request: MessageRequest, at: number): AcceptedMessage {
  return {
    providerId: randomUUID(),
    channel: request.channel,
    to: `+${request.to}`,
    from: /^[1-9]\d{6,14}$/.test(request.from) ? `+${request.from}` : request.from,
    text: request.text,
    clientRef: request.client_ref ?? null,
    ...ownFields(request),
    ttlSeconds: request.ttl ?? null,
    acceptedAt: at,
  };
}
