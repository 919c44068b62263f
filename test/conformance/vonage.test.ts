import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkRequest } from '../../vonage/fake/request.ts';
import { classifyAccepted, classifyAnswer } from '../../vonage/outcomes.ts';
import { parseInbound, parseStatus } from '../../vonage/webhooks.ts';
import { fixturesFolder, readFixture } from './fixtures.ts';

const WEBHOOKS = 'vonage-dotnet-sdk/Messages/Webhooks/Data';
const SMS = 'vonage-dotnet-sdk/Messages/Sms/Data';
const RCS = 'vonage-dotnet-sdk/Messages/Rcs/Data';
const PYTHON = 'vonage-python-sdk';

const folder = fixturesFolder();
describe("Vonage's own webhook payloads", () => {
  it('the status of its .NET SDK is read whole', () => {
    expect(parseStatus(readFixture(`${WEBHOOKS}/ShouldDeserializeStatus-response.json`))).toEqual({
      kind: 'status',
      providerId: 'aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab',
      status: 'submitted',
      at: Date.UTC(2025, 1, 3, 12, 14, 25),
      channel: 'sms',
      to: '+447700900000',
      from: '+447700900001',
      clientRef: 'abc123',
      // The payload shows every field at once: a submitted message with an error does not happen.
      error: { code: '1000', group: 'transient', action: 'retry_later' },
      price: { amount: '0.0333', currency: 'EUR' },
      segments: 2,
    });
  });

  it('the inbound message of its .NET SDK is recognised', () => {
    expect(parseInbound(readFixture(`${WEBHOOKS}/ShouldDeserializeWebhook-response.json`))).toEqual({
      kind: 'other',
      channel: 'whatsapp',
      messageType: 'text',
      providerId: '52afe398-e31a-4362-8c42-beb0c3b1d098',
      at: Date.UTC(2020, 0, 1, 14),
      from: '+447700900001',
      to: '+447700900000',
    });
  });
});

describe("answers in Vonage's SDKs", () => {
  it.each([
    `${PYTHON}/send_message.json`,
    `${PYTHON}/send_message_with_failover.json`,
    // Not a UUID by RFC 9562 (variant d), yet what Vonage itself shows: only the shape is checked.
    `${SMS}/SendMessage-response.json`,
  ])('%s is an acceptance with its id', (path) => {
    const body: unknown = JSON.parse(text(path));
    expect(classifyAccepted(body)).toEqual({ kind: 'accepted', ...providerIdOf(body) });
  });

  it.each([
    [402, `${PYTHON}/low_balance_error.json`, { code: '402', retry: 'systemic', action: 'open_circuit' }],
    [
      401,
      `${SMS}/SendSmsAsyncReturnsInvalidCredentials-response.json`,
      { code: '401', retry: 'systemic', action: 'open_circuit' },
    ],
    // 1150 is what the error table now calls 1450; the status decides, so the outdated code does no harm.
    [422, `${PYTHON}/invalid_error.json`, { code: '1150', retry: 'never', action: 'alert' }],
    [404, `${PYTHON}/not_found.json`, { code: 'not-found', retry: 'never' }],
  ])('%s with %s is refused', (status, path, expected) => {
    const body = text(path);
    const outcome = classifyAnswer({ status, body, retryAfter: null, date: null });
    expect(outcome).toEqual({ kind: 'refused', ...expected });
    expect(classifyAccepted(JSON.parse(body)).kind).toBe('unknown');
  });
});

describe("SMS requests of Vonage's .NET SDK", () => {
  const requests = readdirSync(join(folder, SMS)).filter((name) => name.endsWith('-request.json'));

  it('there are requests to check', () => {
    expect(requests).not.toEqual([]);
  });

  // Deviations that are tolerated because the specification forbids no unknown field: `from` 015417543010 is no E.164
  // number, and `pool_id` stands at the top level where the specification has it under `sms`.
  it.each(requests)('%s is accepted by the stand-in', (name) => {
    expect(checkRequest(readFixture(`${SMS}/${name}`))).toMatchObject({ kind: 'ok' });
  });

  it.each([
    ['a number with +', { to: '+441234567890' }],
    ['a number with 00', { to: '00441234567890' }],
    ['no recipient', { to: undefined }],
    ['no text', { text: undefined }],
    ['a text of 3201 characters', { text: 'x'.repeat(3201) }],
    ['a client_ref of 101 characters', { client_ref: 'x'.repeat(101) }],
    ['message_type "sms"', { message_type: 'sms' }],
    ['a ttl of 19 seconds', { ttl: 19 }],
  ])('the plain request with %s is refused', (_name, change) => {
    const plain: object = JSON.parse(text(`${SMS}/SendSmsAsyncReturnsOk-request.json`));
    const changed = Buffer.from(JSON.stringify({ ...plain, ...change }));
    expect(checkRequest(changed)).toMatchObject({ kind: 'invalid', problem: { title: 'Invalid params' } });
  });
});

describe("RCS text requests of Vonage's .NET SDK", () => {
  it.each(['SendRcsTextAsyncReturnsOk', 'SendRcsTextAsyncReturnsOk_WithSuggestions'])(
    '%s is accepted by the stand-in',
    (name) => {
      expect(checkRequest(readFixture(`${RCS}/${name}-request.json`))).toMatchObject({ kind: 'ok' });
    },
  );

  it('the full one is refused for its category "category", which the specification does not have, and for nothing else', () => {
    const full: { rcs: object } = JSON.parse(text(`${RCS}/SendFullRcsTextAsyncReturnsOk-request.json`));
    const checked = checkRequest(Buffer.from(JSON.stringify(full)));
    expect(checked).toMatchObject({ kind: 'invalid', problem: { invalid_parameters: [{ name: 'rcs.category' }] } });
    const mended = Buffer.from(JSON.stringify({ ...full, rcs: { category: 'transaction' } }));
    expect(checkRequest(mended)).toMatchObject({ kind: 'ok' });
  });

  it.each([
    ['a text of 3073 characters', { text: 'x'.repeat(3073) }],
    ['a sender with a space', { from: 'Bottega Sole' }],
    ['a ttl of four days', { ttl: 345_600 }],
    ['a card', { message_type: 'card' }],
  ])('the plain request with %s is refused', (_name, change) => {
    const plain: object = JSON.parse(text(`${RCS}/SendRcsTextAsyncReturnsOk-request.json`));
    const changed = Buffer.from(JSON.stringify({ ...plain, ...change }));
    expect(checkRequest(changed)).toMatchObject({ kind: 'invalid' });
  });
});

function text(path: string): string {
  return readFixture(path).toString('utf8');
}

function providerIdOf(body: unknown): object {
  return body !== null && typeof body === 'object' && 'message_uuid' in body ? { providerId: body.message_uuid } : {};
}
