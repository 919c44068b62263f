/**
 * A stand-in for Vonage on a real socket, for tests, the demo and load: Vonage's path, its token check, its validation, its
 * signed webhooks with retries, and faults on request. It keeps a log of everything it accepted, which is the judge of what
 * was sent. Besides `POST /v1/messages` it serves:
 *
 * - `GET /`: a phone per customer number. `POST /reply`: its form.
 * - `POST /_fake/faults`, `DELETE /_fake/faults`: see fake-faults.ts.
 * - `GET /_fake/messages`: `{ messages, refused, replies, webhooks }`.
 * - `POST /_fake/replies` `{ from, to, text }` -> `{ status }`. `POST /_fake/receipts`: delivers what is held back.
 */
import { createPublicKey, generateKeyPair, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import type { FakeApplication, FakeVonage, FakeVonageOptions } from './fake-contract.ts';
import { handleControl } from './fake-control.ts';
import { createFaultQueue, faultSchema } from './fake-faults.ts';
import { handleMessage } from './fake-messages.ts';
import type { RefusedRequest } from './fake-messages.ts';
import { inboundOf } from './fake-receipts.ts';
import type { AcceptedMessage } from './fake-receipts.ts';
import { createWebhookPoster } from './fake-webhooks.ts';
import type { CustomerReply } from './phone-page.ts';

export type { FakeVonage } from './fake-contract.ts';

/** Starts the stand-in. Rejects when the port is taken. */
export async function startFakeVonage(options: FakeVonageOptions): Promise<FakeVonage> {
  const { id, privateKey } = options.application ?? (await newApplication());
  const application = { id, publicKey: createPublicKey(privateKey) };
  const accepted: AcceptedMessage[] = [];
  const refused: RefusedRequest[] = [];
  const replies: CustomerReply[] = [];
  const faults = createFaultQueue();
  const poster = createWebhookPoster(options, options.receipts === 'manual');
  const closing = new AbortController();
  const { clock, statusUrl, receipts } = options;
  const endpoint = {
    clock,
    application,
    statusUrl,
    receipts,
    faults,
    poster,
    accepted,
    refused,
    closing: closing.signal,
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'POST' && request.url === '/v1/messages') return handleMessage(endpoint, request, response);
    return handleControl(fake, request, response);
  }

  const server = createServer((request, response) => {
    // Only a closing server or a vanished client ends up here.
    handle(request, response).catch(() => response.destroy());
  });
  const fake: FakeVonage = {
    url: await listen(server, options.port ?? 0, options.host ?? '127.0.0.1'),
    applicationId: id,
    privateKey,
    messages: () => accepted,
    refused: () => refused,
    replies: () => replies,
    webhooks: () => poster.log,
    setFault: (fault) => faults.add(faultSchema.parse(fault)),
    clearFaults: () => faults.clear(),
    async reply(from, to, text) {
      const at = await clock.now();
      const httpStatus = await poster.post(options.inboundUrl, inboundOf(from, to, text, at));
      replies.push({ from, to, text, at, httpStatus });
      return httpStatus;
    },
    deliverReceipts: () => poster.flush(),
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

/** An account as one would get it from Vonage: an id and a key pair of which Vonage keeps the public half. */
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
