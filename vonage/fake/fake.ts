/**
 * A stand-in for Vonage on a real socket, for tests, the demo and load: Vonage's path, its token check, its validation, its
 * signed webhooks with retries, its records, what it is asked to forget, a quota, and faults on request. It keeps a log of everything that
 * arrived, which is the judge of what was sent. Besides `POST /v1/messages`, `GET /v2/reports/records` and
 * `POST /v1/redact/transaction` it serves:
 *
 * - `GET /`: a phone per customer number. `POST /reply`: its form.
 * - `POST /_fake/faults`, `DELETE /_fake/faults`: see fake-faults.ts. `PUT /_fake/limit`, `DELETE /_fake/limit`: see fake-limit.ts.
 * - `GET /_fake/messages`: `{ messages, refused, replies, webhooks, lookUps, redactions }`.
 * - `POST /_fake/replies` `{ from, to, text }`, perhaps with `channel` -> `{ status }`. `POST /_fake/receipts`, perhaps with `{ to }`: delivers what is held.
 */
import { createPublicKey, generateKeyPair, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import type { FakeApplication, FakeVonage, FakeVonageOptions } from './contract.ts';
import { handleControl } from './control.ts';
import { createFaultQueue, faultSchema } from './faults.ts';
import { createTokenBucket, rateLimitSchema } from './limit.ts';
import { handleMessage } from './messages.ts';
import type { MessagesEndpoint, RefusedRequest } from './messages.ts';
import { inboundOf } from './receipts.ts';
import type { AcceptedMessage } from './receipts.ts';
import { basicOf, createRecordBook, handleRecords, RECORDS_PATH } from './records.ts';
import type { LookUp, RecordsEndpoint } from './records.ts';
import { handleRedact, REDACT_PATH } from './redact.ts';
import type { RedactEndpoint, Redaction } from './redact.ts';
import { createWebhookPoster } from './webhooks.ts';
import type { PhoneReply } from './phone-page.ts';
import { openPhoneLog } from './phone-log.ts';
import { numbersShown } from './phone-page.ts';

export type { FakeVonage } from './contract.ts';

/** Starts the stand-in. Rejects when the port is taken. */
export async function startFakeVonage(options: FakeVonageOptions): Promise<FakeVonage> {
  const { id, privateKey } = options.application ?? (await newApplication());
  const application = { id, publicKey: createPublicKey(privateKey) };
  const accepted: AcceptedMessage[] = [];
  const refused: RefusedRequest[] = [];
  const replies: PhoneReply[] = [];
  const phoneLog = openPhoneLog(options.phonesFile);
  const faults = createFaultQueue();
  const poster = createWebhookPoster({ ...options, applicationId: id }, options.receipts === 'manual');
  const closing = new AbortController();
  const { clock, apiKey } = options;
  const apiSecret = options.apiSecret ?? randomUUID();
  const records = createRecordBook();
  const lookUps: LookUp[] = [];
  const quota = createTokenBucket(options.limit && rateLimitSchema.parse(options.limit));
  const messages: MessagesEndpoint = {
    clock,
    application,
    statusUrl: options.statusUrl,
    receipts: options.receipts,
    faults,
    quota,
    poster,
    accepted,
    phoneLog,
    refused,
    records,
    recordLagMs: options.recordLagMs ?? 0,
    closing: closing.signal,
  };
  const reports: RecordsEndpoint = {
    clock,
    account: { apiKey, apiSecret },
    faults,
    records,
    pageSize: options.recordPageSize ?? 1000,
    lookUps,
  };

  /** Arrival of each text from a customer, by its id. */
  const inboundAt = new Map<string, number>();
  const redactions: Redaction[] = [];
  const redact: RedactEndpoint = {
    clock,
    authorization: basicOf({ apiKey, apiSecret }),
    faults,
    takenAt: (providerId, direction) =>
      direction === 'inbound'
        ? inboundAt.get(providerId)
        : accepted.find((message) => message.providerId === providerId)?.acceptedAt,
    redactions,
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'POST' && request.url === '/v1/messages') return handleMessage(messages, request, response);
    const url = new URL(request.url ?? '/', fake.url);
    if (request.method === 'GET' && url.pathname === RECORDS_PATH)
      return handleRecords(reports, request, response, url);
    if (request.method === 'POST' && url.pathname === REDACT_PATH) return handleRedact(redact, request, response);
    return handleControl(fake, request, response, url);
  }

  const bound = (): void => {
    const most = options.mostLogged;
    if (most === undefined) return;
    for (const log of [accepted, refused, replies, lookUps, redactions, poster.log]) trim(log, most);
    records.trim(most);
    if (inboundAt.size > 2 * most) for (const id of [...inboundAt.keys()].slice(0, -most)) inboundAt.delete(id);
  };

  const server = createServer((request, response) => {
    // An error ends up here only if the server is closing or the client has gone.
    handle(request, response)
      .catch(() => response.destroy())
      .finally(bound);
  });
  const fake: FakeVonage = {
    url: await listen(server, options.port ?? 0, options.host ?? '127.0.0.1'),
    applicationId: id,
    privateKey,
    apiKey,
    apiSecret,
    messages: () => accepted,
    refused: () => refused,
    replies: () => replies,
    lookUps: () => lookUps,
    redactions: () => redactions,
    webhooks: () => poster.log,
    async phones() {
      const shown = { messages: phoneLog.messages(), replies: phoneLog.replies() };
      const names = await options.namesOf?.(numbersShown(shown));
      return { ...shown, names: names ?? new Map() };
    },
    setFault: (fault) => faults.add(faultSchema.parse(fault)),
    clearFaults: () => faults.clear(),
    setLimit: (limit) => quota.setLimit(limit && rateLimitSchema.parse(limit)),
    async reply(from, to, text, channel) {
      const at = await clock.now();
      const inbound = inboundOf(from, to, text, at, channel);
      inboundAt.set(inbound.message_uuid, at);
      const httpStatus = await poster.post(options.inboundUrl, inbound);
      replies.push({ from, to, text, at, httpStatus });
      phoneLog.wrote({ from, to, text, at, httpStatus });
      return httpStatus;
    },
    deliverReceipts: (to) => poster.flush(to),
    async close() {
      closing.abort();
      poster.close();
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
  return fake;
}

/** Changes the array in place, because callers hold the log itself and not a copy. */
function trim(log: unknown[], most: number): void {
  if (log.length > 2 * most) log.splice(0, log.length - most);
}

/** An account as Vonage creates it: an id and a key pair. Vonage keeps the public key. */
export async function newApplication(): Promise<FakeApplication> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { id: randomUUID(), privateKey };
}

function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${bound}`);
    });
  });
}
