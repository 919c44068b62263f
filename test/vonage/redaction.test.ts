import { afterEach, describe, expect, it } from 'vitest';
import type { FakeVonageOptions } from '../../vonage/fake/contract.ts';
import { createVonageRedaction } from '../../vonage/redaction.ts';
import { RECEIVER_TIME, SMS, startStage } from './receiver.ts';

const HOUR = 3_600_000;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function opened(secret?: string, options: Partial<FakeVonageOptions> = {}) {
  let now = RECEIVER_TIME;
  const stage = await startStage('manual', 2000, { clock: { now: () => now }, ...options });
  closing.push(() => stage.close());
  const { apiKey, apiSecret, url } = stage.fake;
  const redaction = createVonageRedaction({ apiKey, apiSecret: secret ?? apiSecret, baseUrl: url, timeoutMs: 2000 });
  const outcome = await stage.sender.send(SMS);
  const providerId = outcome.kind === 'accepted' ? outcome.providerId : 'none';
  return { ...stage, redaction, providerId, pass: (ms: number) => (now += ms) };
}

describe('asking Vonage to forget a message', () => {
  it('is done an hour after it was sent, and again does no harm', async () => {
    const { redaction, providerId, pass, fake } = await opened();
    pass(HOUR);
    expect(await redaction.redact({ providerId, direction: 'outbound' })).toEqual({ kind: 'redacted' });
    expect(await redaction.redact({ providerId, direction: 'outbound' })).toEqual({ kind: 'redacted' });
    expect(fake.redactions().map(({ status }) => status)).toEqual([204, 204]);
  });

  it('is too early before, which is no refusal', async () => {
    const { redaction, providerId } = await opened();
    const outcome = await redaction.redact({ providerId, direction: 'outbound' });
    expect(outcome).toEqual({ kind: 'later', code: 'premature-redaction', early: true });
  });

  it('finds no message of another direction or account', async () => {
    const { redaction, providerId, pass } = await opened();
    pass(HOUR);
    expect(await redaction.redact({ providerId, direction: 'inbound' })).toEqual({ kind: 'not_found' });
  });

  it('forgets what customers sent, too', async () => {
    const { redaction, fake, pass, receiver } = await opened();
    await fake.reply(SMS.to, SMS.from, 'Ciao');
    const inbound = JSON.parse(String(receiver.received.at(-1)?.rawBody)) as { message_uuid: string };
    pass(HOUR);
    const asked = { providerId: inbound.message_uuid, direction: 'inbound' } as const;
    expect(await redaction.redact(asked)).toEqual({ kind: 'redacted' });
  });

  it.each([
    [401, undefined, { kind: 'refused', code: 'http_401' }],
    [403, 'unprovisioned', { kind: 'refused', code: 'unprovisioned' }],
    [422, 'invalid-product', { kind: 'refused', code: 'invalid-product' }],
    [429, 'rate-limit', { kind: 'later', code: 'http_429', early: false }],
    [503, undefined, { kind: 'later', code: 'http_503', early: false }],
  ])('a %i is %s: refused for good, or asked again', async (status, code, outcome) => {
    const { redaction, providerId, fake } = await opened();
    fake.setFault({ kind: 'redact_status', status, ...(code !== undefined && { code }) });
    expect(await redaction.redact({ providerId, direction: 'outbound' })).toEqual(outcome);
  });

  it('wrong credentials are refused', async () => {
    const { redaction, providerId } = await opened('another-secret');
    expect(await redaction.redact({ providerId, direction: 'outbound' })).toMatchObject({ kind: 'refused' });
  });

  it('a provider that is away is asked again', async () => {
    const { redaction, providerId, fake } = await opened();
    await fake.close();
    expect(await redaction.redact({ providerId, direction: 'outbound' })).toMatchObject({
      kind: 'later',
      early: false,
    });
  });
});
