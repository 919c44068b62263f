/**
 * `POST /v1/messages` of the stand-in: token, validation, log, receipts and the fault of the moment, in Vonage's order.
 */
import { randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnswerFault, FaultQueue } from './fake-faults.ts';
import { receiptsOf } from './fake-receipts.ts';
import type { AcceptedMessage } from './fake-receipts.ts';
import { checkRequest, isApplicationToken, problem, readBody } from './fake-request.ts';
import type { Problem, SmsRequest } from './fake-request.ts';
import type { FakeClock, WebhookPoster } from './fake-webhooks.ts';

/**
 * before_response: receipts are posted and answered before the 202, so virtual time cannot move in between (in real life, too, a
 * status can overtake the response). after_response: once the response has ended. manual: on `deliverReceipts`.
 */
export type ReceiptMode = 'before_response' | 'after_response' | 'manual';

/** A request that was not accepted. `status` 0: the connection was destroyed. */
export interface RefusedRequest {
  readonly at: number;
  readonly status: number;
  readonly clientRef: string | null;
}

export interface MessagesEndpoint {
  readonly clock: FakeClock;
  readonly application: { readonly id: string; readonly publicKey: KeyObject };
  readonly statusUrl: string;
  readonly receipts: ReceiptMode;
  readonly faults: FaultQueue;
  readonly poster: WebhookPoster;
  readonly accepted: AcceptedMessage[];
  readonly refused: RefusedRequest[];
  /** Ends the waiting of a delayed answer. */
  readonly closing: AbortSignal;
}

type AcceptedFault = Exclude<AnswerFault, { kind: 'reset_before_accept' | 'status' }>;

/** Problem codes where the fault names none. */
const CODES: Readonly<Record<number, string>> = { 401: 'unathorized', 402: '1070', 429: '1000', 500: '1030' };

/** Answers one request, or does not, as the fault says. */
export async function handleMessage(
  endpoint: MessagesEndpoint,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const fault = endpoint.faults.takeAnswer();
  const at = await endpoint.clock.now();
  const refuse = (status: number, clientRef: string | null, body: Problem, retryAfterSeconds?: number) => {
    endpoint.refused.push({ at, status, clientRef });
    answerProblem(response, status, body, retryAfterSeconds);
  };
  if (fault?.kind === 'reset_before_accept') {
    endpoint.refused.push({ at, status: 0, clientRef: null });
    request.socket.destroy();
    return;
  }
  const instance = randomUUID();
  const rawBody = await readBody(request);
  if (rawBody === undefined) return refuse(413, null, problem('1450', 'Body too large', instance));
  if (!(await isApplicationToken(request.headers.authorization, endpoint.application))) {
    return refuse(401, null, problem('unathorized', 'You did not provide correct credentials', instance));
  }
  const checked = checkRequest(rawBody, instance);
  if (checked.kind === 'invalid') return refuse(422, null, checked.problem);
  const clientRef = checked.request.client_ref ?? null;
  if (fault?.kind === 'status') {
    const code = fault.code ?? CODES[fault.status] ?? String(fault.status);
    return refuse(fault.status, clientRef, problem(code, 'Refused on request', instance), fault.retryAfterSeconds);
  }
  await accept(endpoint, checked.request, at, (providerId) =>
    answerAccepted(request, response, providerId, fault, endpoint.closing),
  );
}

/** Logs the message and runs receipts and answer in the order the mode asks for. */
async function accept(
  endpoint: MessagesEndpoint,
  request: SmsRequest,
  at: number,
  respond: (providerId: string) => Promise<void>,
): Promise<void> {
  const message: AcceptedMessage = {
    providerId: randomUUID(),
    to: `+${request.to}`,
    from: /^[1-9]\d{6,14}$/.test(request.from) ? `+${request.from}` : request.from,
    text: request.text,
    clientRef: request.client_ref ?? null,
    encoding: request.sms.encoding_type,
    acceptedAt: at,
  };
  endpoint.accepted.push(message);
  const { poster } = endpoint;
  const url = request.webhook_url ?? endpoint.statusUrl;
  const receipts = receiptsOf(message, at, endpoint.faults.takeReceipt());
  const postAll = async () => {
    for (const receipt of receipts) await poster.post(url, receipt);
  };
  switch (endpoint.receipts) {
    case 'before_response':
      await postAll();
      return respond(message.providerId);
    case 'after_response':
      await respond(message.providerId);
      return postAll();
    case 'manual':
      for (const receipt of receipts) poster.hold(url, receipt);
      return respond(message.providerId);
    default:
      return endpoint.receipts satisfies never;
  }
}

/** Answers an accepted message, or does not, as the fault says. */
async function answerAccepted(
  request: IncomingMessage,
  response: ServerResponse,
  providerId: string,
  fault: AcceptedFault | undefined,
  closing: AbortSignal,
): Promise<void> {
  const body = JSON.stringify({ message_uuid: providerId });
  if (fault === undefined) return answerJson(response, 202, body);
  switch (fault.kind) {
    case 'delay':
      await sleep(fault.ms, undefined, { signal: closing });
      return answerJson(response, 202, body);
    case 'status_after_accept':
      return answerProblem(response, fault.status, problem('1030', 'Internal error', randomUUID()));
    case 'reset_after_accept':
      request.socket.destroy();
      return;
    case 'stall_after_accept':
      response.writeHead(202, { 'content-type': 'application/json', 'content-length': body.length });
      response.write(body.slice(0, 10));
      return;
    case 'broken_body':
      return answerBroken(response, fault.body);
    default:
      return fault satisfies never;
  }
}

function answerBroken(response: ServerResponse, body: (AcceptedFault & { kind: 'broken_body' })['body']): void {
  switch (body) {
    case 'empty':
      return answerJson(response, 202, '');
    case 'not_json':
      return answerJson(response, 202, '{"message_uuid": "aaaaaaaa-');
    case 'no_uuid':
      return answerJson(response, 202, '{"message_uuid": "accepted"}');
    case 'problem':
      return answerProblem(response, 202, problem('1000', 'Throttled', randomUUID()));
    default:
      return body satisfies never;
  }
}

function answerJson(response: ServerResponse, status: number, body: string): void {
  const headers = { 'content-type': 'application/json', 'content-length': body.length, 'x-request-id': randomUUID() };
  response.writeHead(status, headers).end(body);
}

/** Vonage labels its 422 problems plain JSON, all others problem+json. */
function answerProblem(response: ServerResponse, status: number, body: Problem, retryAfterSeconds?: number): void {
  response.writeHead(status, {
    'content-type': status === 422 ? 'application/json' : 'application/problem+json',
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
  });
  response.end(JSON.stringify(body));
}
