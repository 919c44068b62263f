/** An endpoint for webhooks: keeps what arrives, byte for byte, and answers what it is told. */
import { createServer } from 'node:http';
import { startFakeVonage } from '../../vonage/fake/fake.ts';
import type { FakeVonageOptions } from '../../vonage/fake/contract.ts';
import type { FakeVonage } from '../../vonage/fake/fake.ts';
import type { ReceiptMode } from '../../vonage/fake/messages.ts';
import { createVonageSender } from '../../vonage/client.ts';
import type { MessageSender, OutgoingMessage } from '../../vonage/port.ts';

export interface Received {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly rawBody: Buffer;
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** Answers of the next webhooks, in order; 200 after them. */
  readonly answers: number[];
  close(): Promise<void>;
}

async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const answers: number[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url = '', headers } = request;
      received.push({ path: url, authorization: headers.authorization, rawBody: Buffer.concat(chunks) });
      response.writeHead(answers.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    answers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** 2 March 2026, 22:41 UTC: the clock of these tests stands still. */
export const RECEIVER_TIME = Date.UTC(2026, 2, 2, 22, 41);
export const SIGNATURE_SECRET = 'a-signature-secret-of-thirty-two-bytes';
export const API_KEY = 'abcd1234';

export interface ReceiverStage {
  readonly receiver: Receiver;
  readonly fake: FakeVonage;
  readonly sender: MessageSender;
  close(): Promise<void>;
}

/** A stand-in, an endpoint for its webhooks, and the real client pointed at it. */
export async function startStage(
  receipts: ReceiptMode = 'before_response',
  timeoutMs = 5000,
  options: Partial<FakeVonageOptions> = {},
): Promise<ReceiverStage> {
  const receiver = await startReceiver();
  const fake = await startFakeVonage({
    clock: { now: () => RECEIVER_TIME },
    signatureSecret: SIGNATURE_SECRET,
    apiKey: API_KEY,
    receipts,
    statusUrl: `${receiver.url}/status`,
    inboundUrl: `${receiver.url}/inbound`,
    ...options,
  });
  const { applicationId, privateKey, url } = fake;
  const sender = createVonageSender({ applicationId, privateKey, baseUrl: url, timeoutMs });
  const close = async () => {
    await fake.close();
    await receiver.close();
  };
  return { receiver, fake, sender, close };
}

export const SMS: OutgoingMessage = {
  channel: 'sms',
  to: '+393331234567',
  from: '+393399999999',
  text: 'Bottega Sole: grazie Giulia!',
  clientRef: 'k5jrr2x7q3',
  encoding: 'text',
  class: 'transactional',
};
