import { generateKeyPairSync } from 'node:crypto';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createVonageSender } from '../../vonage/client.ts';
import type { Fault } from '../../vonage/fake/faults.ts';
import type { MessageSender, SendOutcome } from '../../vonage/port.ts';
import { RECEIVER_TIME, SMS, startStage } from './receiver.ts';
import type { ReceiverStage } from './receiver.ts';

let stage: ReceiverStage;
/** For what never comes. */
let impatient: MessageSender;
beforeAll(async () => {
  stage = await startStage('manual');
  impatient = createVonageSender(config());
});
afterAll(() => stage.close());
beforeEach(() => stage.fake.clearFaults());

/** Requests that reached the stand-in, accepted or not. */
function requests(): { accepted: number; refused: number } {
  return { accepted: stage.fake.messages().length, refused: stage.fake.refused().length };
}

interface FaultCase {
  readonly name: string;
  readonly fault: Fault;
  readonly outcome: SendOutcome;
  /** Whether the provider has the message, whatever it said. */
  readonly accepted: boolean;
}

const FAULTS: readonly FaultCase[] = [
  {
    name: '429 with Retry-After is refused for now, with the wait asked for',
    fault: { kind: 'status', status: 429, retryAfterSeconds: 15 },
    outcome: { kind: 'refused', code: '429', retry: 'later', retryAfterMs: 15_000 },
    accepted: false,
  },
  {
    name: '429 without Retry-After is refused for now',
    fault: { kind: 'status', status: 429 },
    outcome: { kind: 'refused', code: '429', retry: 'later' },
    accepted: false,
  },
  {
    name: 'a week in Retry-After is cut to an hour, the unit may be wrong',
    fault: { kind: 'status', status: 429, retryAfterSeconds: 604_800 },
    outcome: { kind: 'refused', code: '429', retry: 'later', retryAfterMs: 3_600_000 },
    accepted: false,
  },
  {
    name: '401 is a refusal of the whole account',
    fault: { kind: 'status', status: 401 },
    outcome: { kind: 'refused', code: '401', retry: 'systemic', action: 'open_circuit' },
    accepted: false,
  },
  {
    name: '402 is a refusal of the whole account',
    fault: { kind: 'status', status: 402 },
    outcome: { kind: 'refused', code: '402', retry: 'systemic', action: 'open_circuit' },
    accepted: false,
  },
  {
    name: '422 is refused for good, with the code of its problem document',
    fault: { kind: 'status', status: 422, code: '1420' },
    outcome: { kind: 'refused', code: '1420', retry: 'never', action: 'block_sender' },
    accepted: false,
  },
  {
    name: 'a problem type that is no code is not repeated',
    fault: { kind: 'status', status: 422, code: '+393331234567' },
    outcome: { kind: 'refused', code: '422', retry: 'never' },
    accepted: false,
  },
  {
    name: '503 before accepting is unknown',
    fault: { kind: 'status', status: 503 },
    outcome: { kind: 'unknown', code: 'http_503' },
    accepted: false,
  },
  {
    name: '500 after accepting is unknown',
    fault: { kind: 'status_after_accept', status: 500 },
    outcome: { kind: 'unknown', code: 'http_500' },
    accepted: true,
  },
  {
    name: 'a reset before accepting is unknown',
    fault: { kind: 'reset_before_accept' },
    outcome: { kind: 'unknown', code: 'connection_lost' },
    accepted: false,
  },
  {
    name: 'no answer at all and nothing accepted is unknown',
    fault: { kind: 'stall_before_accept' },
    outcome: { kind: 'unknown', code: 'timeout' },
    accepted: false,
  },
  {
    name: 'a reset after accepting is unknown',
    fault: { kind: 'reset_after_accept' },
    outcome: { kind: 'unknown', code: 'connection_lost' },
    accepted: true,
  },
  {
    name: 'an answer later than the time-out is unknown',
    fault: { kind: 'delay', ms: 60_000 },
    outcome: { kind: 'unknown', code: 'timeout' },
    accepted: true,
  },
  {
    name: 'a 202 whose body never ends is unknown, within the time-out',
    fault: { kind: 'stall_after_accept' },
    outcome: { kind: 'unknown', code: 'unreadable_body' },
    accepted: true,
  },
  {
    name: 'a 202 without a body is unknown',
    fault: { kind: 'broken_body', body: 'empty' },
    outcome: { kind: 'unknown', code: 'no_message_uuid' },
    accepted: true,
  },
  {
    name: 'a 202 with half a JSON is unknown',
    fault: { kind: 'broken_body', body: 'not_json' },
    outcome: { kind: 'unknown', code: 'unreadable_body' },
    accepted: true,
  },
  {
    name: 'a 202 whose id is no UUID is unknown',
    fault: { kind: 'broken_body', body: 'no_uuid' },
    outcome: { kind: 'unknown', code: 'no_message_uuid' },
    accepted: true,
  },
  {
    name: 'a 202 with a problem document is unknown',
    fault: { kind: 'broken_body', body: 'problem' },
    outcome: { kind: 'unknown', code: 'no_message_uuid' },
    accepted: true,
  },
];

describe('sending through the official packages', () => {
  it('an accepted message carries the provider id of the log, and every field as the specification writes it', async () => {
    const outcome = await stage.sender.send({ ...SMS, encoding: 'unicode', ttlSeconds: 3600 });
    const message = stage.fake.messages().at(-1);
    expect(outcome).toEqual({ kind: 'accepted', providerId: message?.providerId });
    expect(message).toMatchObject({
      to: SMS.to,
      from: SMS.from,
      text: SMS.text,
      clientRef: SMS.clientRef,
      encoding: 'unicode',
      acceptedAt: RECEIVER_TIME,
    });
  });

  it('an RCS message carries its agent and its category, and no encoding', async () => {
    const rcs = { ...SMS, channel: 'rcs', from: 'BottegaSole', class: 'promotional' } as const;
    expect((await stage.sender.send(rcs)).kind).toBe('accepted');
    expect(stage.fake.messages().at(-1)).toMatchObject({
      channel: 'rcs',
      to: SMS.to,
      from: 'BottegaSole',
      text: SMS.text,
      clientRef: SMS.clientRef,
      category: 'promotion',
      encoding: null,
    });
  });

  it.each(['sms', 'rcs'] as const)('a time to live is kept within what %s takes', async (channel) => {
    for (const ttlSeconds of [1, 19.5, 259_201, 604_801]) {
      expect((await stage.sender.send({ ...SMS, from: 'BottegaSole', channel, ttlSeconds })).kind).toBe('accepted');
    }
  });

  it.each<[string, Fault | undefined, boolean]>([
    ['works', undefined, true],
    ['fails', { kind: 'status', status: 503, times: 1 }, false],
    ['does not know the account', { kind: 'status', status: 401, times: 1 }, false],
    ['hangs up', { kind: 'reset_before_accept', times: 1 }, false],
  ])('a provider that %s is told by a request that sends nothing', async (_name, fault, answers) => {
    if (fault) stage.fake.setFault(fault);
    const before = stage.fake.messages().length;
    expect(await stage.sender.answers()).toBe(answers);
    expect(stage.fake.messages()).toHaveLength(before);
  });

  it('an alphanumeric sender arrives unchanged', async () => {
    await stage.sender.send({ ...SMS, from: 'BottegaSole' });
    expect(stage.fake.messages().at(-1)?.from).toBe('BottegaSole');
  });

  it.each(FAULTS)('$name, after exactly one request', async ({ fault, outcome, accepted }) => {
    const before = requests();
    stage.fake.setFault(fault);
    const sender = /^(delay|stall)/.test(fault.kind) ? impatient : stage.sender;
    expect(await sender.send(SMS)).toEqual(outcome);
    expect(requests()).toEqual({
      accepted: before.accepted + (accepted ? 1 : 0),
      refused: before.refused + (accepted ? 0 : 1),
    });
  });

  it.each([
    ['sms', 3201],
    ['rcs', 3073],
  ] as const)('a text over the limit of %s is refused for good', async (channel, length) => {
    const message = { ...SMS, channel, from: 'BottegaSole' };
    expect((await stage.sender.send({ ...message, text: 'x'.repeat(length - 1) })).kind).toBe('accepted');
    const outcome = await stage.sender.send({ ...message, text: 'x'.repeat(length) });
    expect(outcome).toEqual({ kind: 'refused', code: '1450', retry: 'never', action: 'alert' });
  });

  it('a client reference over 40 characters is refused without a request', async () => {
    const before = requests();
    const outcome = await stage.sender.send({ ...SMS, clientRef: 'r'.repeat(41) });
    expect(outcome).toEqual({ kind: 'refused', code: 'client_ref_too_long', retry: 'never' });
    expect(requests()).toEqual(before);
  });

  it('a token of another application is refused as systemic', async () => {
    const { url, privateKey } = stage.fake;
    const stranger = createVonageSender({ applicationId: 'another', privateKey, baseUrl: url, timeoutMs: 1000 });
    expect(await stranger.send(SMS)).toEqual({
      kind: 'refused',
      code: '401',
      retry: 'systemic',
      action: 'open_circuit',
    });
  });

  it('a closed port is a refusal that may be tried later', async () => {
    const { applicationId, privateKey } = stage.fake;
    const baseUrl = `http://127.0.0.1:${await closedPort()}`;
    const sender = createVonageSender({ applicationId, privateKey, baseUrl, timeoutMs: 1000 });
    expect(await sender.send(SMS)).toEqual({ kind: 'refused', code: 'connection_refused', retry: 'later' });
  });

  it('a refusal whose problem document never ends is still a refusal, within the time-out', async () => {
    const { applicationId, privateKey } = stage.fake;
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.write('HTTP/1.1 422 No\r\ncontent-length: 500\r\n\r\n{"type":'));
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const sender = createVonageSender({
      applicationId,
      privateKey,
      timeoutMs: 1000,
      baseUrl: `http://127.0.0.1:${port}`,
    });
    expect(await sender.send(SMS)).toEqual({ kind: 'refused', code: '422', retry: 'never' });
    server.close();
  });
});

describe('creating a sender', () => {
  it('a private key that cannot be read is refused without showing it', () => {
    const privateKey = stage.fake.privateKey.replace('MII', 'SECRET');
    expect(() => createVonageSender({ ...config(), privateKey })).toThrow(
      /^the Vonage private key is not a readable RSA key of at least 2048 bits in PEM form$/,
    );
  });

  it('an RSA key under 2048 bits is refused, because every single token would fail', () => {
    const pem = { type: 'pkcs8', format: 'pem' } as const;
    const options = {
      modulusLength: 1024,
      privateKeyEncoding: pem,
      publicKeyEncoding: { ...pem, type: 'spki' },
    } as const;
    const { privateKey } = generateKeyPairSync('rsa', options);
    expect(() => createVonageSender({ ...config(), privateKey })).toThrow('2048');
  });

  it.each([0, -1, Number.NaN, Infinity])('a time-out of %s ms is refused', (timeoutMs) => {
    expect(() => createVonageSender({ ...config(), timeoutMs })).toThrow('time-out');
  });

  it.each(['', 'api.nexmo.com', 'file:///etc'])('the base URL "%s" is refused', (baseUrl) => {
    expect(() => createVonageSender({ ...config(), baseUrl })).toThrow('base URL');
  });

  it.each(['vonage:*', '*', 'vonage:messages'])('DEBUG=%s, which prints the private key, is refused', (namespaces) => {
    const sdk = createRequire(createRequire(import.meta.url).resolve('@vonage/jwt'));
    const debug: { enable(namespaces: string): void; disable(): string } = sdk('debug');
    const before = debug.disable();
    debug.enable(namespaces);
    try {
      expect(() => createVonageSender(config())).toThrow('DEBUG');
    } finally {
      debug.enable(before);
    }
  });
});

/** A right configuration for the stand-in; a test changes what it is about. */
function config() {
  const { applicationId, privateKey, url } = stage.fake;
  return { applicationId, privateKey, baseUrl: url, timeoutMs: 1000 };
}

/** A port without a listener: taken once and given back. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
