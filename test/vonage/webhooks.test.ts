import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInbound, parseStatus } from '../../vonage/webhooks.ts';

const UUID = 'aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab';
const STATUS = {
  message_uuid: UUID,
  to: '393331234567',
  from: '393399999999',
  timestamp: '2026-03-02T22:41:00.000Z',
  status: 'delivered',
  channel: 'sms',
  client_ref: 'k5jrr2x7q3',
};
const INBOUND = { ...STATUS, status: undefined, message_type: 'text', text: 'STOP' };
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
const withError = (error: object) => parseStatus(bytes({ ...STATUS, status: 'rejected', error }));

describe('status webhooks', () => {
  it('numbers become E.164 with +, times epoch milliseconds, prices stay text', () => {
    const body = { ...STATUS, usage: { currency: 'EUR', price: '0.0333' }, sms: { count_total: '2' }, new_field: [1] };
    expect(parseStatus(bytes(body))).toEqual({
      kind: 'status',
      providerId: UUID,
      status: 'delivered',
      at: Date.UTC(2026, 2, 2, 22, 41),
      channel: 'sms',
      to: '+393331234567',
      from: '+393399999999',
      clientRef: 'k5jrr2x7q3',
      price: { amount: '0.0333', currency: 'EUR' },
      segments: 2,
    });
  });

  it('names, short codes and user ids stay as they are', () => {
    expect(parseStatus(bytes({ ...STATUS, from: 'BottegaSole', to: '12345' }))).toMatchObject({
      from: 'BottegaSole',
      to: '12345',
    });
  });

  it('an error carries its code and what that means; without a code it asks for nothing', () => {
    const type = 'https://developer.vonage.com/api-errors/messages#1240';
    const optedOut = { error: { code: '1240', group: 'opted_out', action: 'suppress' } };
    expect(withError({ type, title: '1240' })).toMatchObject(optedOut);
    expect(withError({ title: 1240 })).toMatchObject(optedOut);
    expect(withError({ type, title: 'Opted out' })).toMatchObject(optedOut);
    expect(withError({ detail: 'x' })).toMatchObject({
      error: { code: 'none', group: 'other', action: 'keep' },
    });
  });

  it.each(['', 'opted out', '12', '124O', '-1240', '99999', 'constructor', '__proto__'])(
    'the code "%s" is no code: kept, and nothing follows from it',
    (title) => {
      expect(withError({ title })).toMatchObject({ error: { code: 'none', group: 'other', action: 'keep' } });
    },
  );

  it('an RCS status has no usage and may be read', () => {
    const body = { ...STATUS, channel: 'rcs', from: 'BottegaSole', status: 'read' };
    const status = parseStatus(bytes(body));
    expect(status).toMatchObject({ kind: 'status', channel: 'rcs', from: 'BottegaSole', status: 'read' });
    expect(status).not.toHaveProperty('price');
  });

  it.each(['0', '-1', '1.5', '256', '99999999999', '1e400', 'two', ''])(
    'a count of "%s" parts is left out, and the receipt counts',
    (count) => {
      const status = parseStatus(bytes({ ...STATUS, sms: { count_total: count } }));
      expect(status).toMatchObject({ kind: 'status', status: 'delivered' });
      expect(status).not.toHaveProperty('segments');
    },
  );

  it.each([1, 255])('a count of %i parts is one that an SMS can have', (count) => {
    expect(parseStatus(bytes({ ...STATUS, sms: { count_total: String(count) } }))).toMatchObject({ segments: count });
  });

  it.each([
    ['status', parseStatus, STATUS],
    ['inbound', parseInbound, INBOUND],
  ])(
    '%s: a moment before the provider was there, or past the year 9999, is as if it was not said',
    (_, parse, body) => {
      for (const timestamp of [
        '0000-01-01T00:00:00Z',
        '0001-01-01T00:00:00Z',
        '1999-12-31T23:59:59Z',
        '9999-12-31T23:59:59Z',
      ]) {
        const parsed = parse(bytes({ ...body, timestamp }));
        expect(parsed).toMatchObject({ providerId: UUID });
        expect(parsed).not.toHaveProperty('at');
      }
      expect(parse(bytes({ ...body, timestamp: '2000-01-01T00:00:00Z' }))).toMatchObject({ at: Date.UTC(2000, 0, 1) });
    },
  );

  it.each([
    ['an unknown status', { ...STATUS, status: 'clicked' }, 'unknown_status'],
    ['a status named like a method', { ...STATUS, status: 'constructor' }, 'unknown_status'],
    ['no id', { ...STATUS, message_uuid: undefined }, 'fields'],
    ['an impossible date', { ...STATUS, timestamp: '2026-02-30T00:00:00Z' }, 'fields'],
    ['a time without a zone', { ...STATUS, timestamp: '2026-03-02T22:41:00' }, 'fields'],
    ['a list', [STATUS], 'fields'],
    ['null', null, 'fields'],
  ])('%s is unreadable', (_name, body, why) => {
    expect(parseStatus(bytes(body))).toEqual({ kind: 'unreadable', why });
  });

  it('bytes that are no UTF-8 or no JSON are unreadable', () => {
    expect(parseStatus(Buffer.from([0x22, 0xff, 0x22]))).toEqual({ kind: 'unreadable', why: 'not_utf8' });
    expect(parseStatus(Buffer.from('{'))).toEqual({ kind: 'unreadable', why: 'not_json' });
  });

  it('10,000 nested lists are unreadable, not a crash', () => {
    expect(parseStatus(Buffer.from('['.repeat(10_000) + ']'.repeat(10_000)))).toMatchObject({ kind: 'unreadable' });
  });

  it('no bytes and no JSON make a parser throw', () => {
    const anything = fc.oneof(
      fc.uint8Array().map((value) => Buffer.from(value)),
      fc.jsonValue().map(bytes),
      fc
        .record({ key: fc.constantFrom(...Object.keys(STATUS), 'error', 'usage', 'sms'), value: fc.jsonValue() })
        .map(({ key, value }) => bytes({ ...STATUS, [key]: value })),
    );
    fc.assert(
      fc.property(anything, (rawBody) => {
        expect(['status', 'unreadable']).toContain(parseStatus(rawBody).kind);
        expect(['text', 'other', 'unreadable']).toContain(parseInbound(rawBody).kind);
      }),
    );
  });
});

describe('inbound webhooks', () => {
  it('an SMS is read with its text as typed', () => {
    expect(parseInbound(bytes({ ...INBOUND, text: ' Stop. ' }))).toEqual({
      kind: 'text',
      channel: 'sms',
      providerId: UUID,
      at: Date.UTC(2026, 2, 2, 22, 41),
      from: '+393399999999',
      to: '+393331234567',
      text: ' Stop. ',
    });
  });

  it('an SMS without message_type is text, and without text is empty', () => {
    const body = { ...INBOUND, message_type: undefined, text: undefined };
    expect(parseInbound(bytes(body))).toMatchObject({ kind: 'text', channel: 'sms', text: '' });
  });

  it('characters that a database cannot store are taken out of texts', () => {
    const body = Buffer.from(JSON.stringify(INBOUND).replace('STOP', String.raw`S\u0000TO\ud800P`));
    expect(parseInbound(body)).toMatchObject({ text: 'STO\ufffdP' });
  });

  it.each([
    ['a typed text', { message_type: 'text', text: 'ciao' }, 'ciao'],
    [
      'a tapped reply',
      { message_type: 'reply', text: undefined, reply: { id: 'rate:4', title: '4 stars' } },
      '4 stars',
    ],
    ['a tapped button', { message_type: 'button', text: undefined, button: { text: 'Again' } }, 'Again'],
    ['a picture', { message_type: 'image', text: undefined, image: { url: 'https://example.com/a.jpg' } }, undefined],
  ])('%s on RCS is read with its words', (_name, content, text) => {
    const parsed = parseInbound(bytes({ ...INBOUND, channel: 'rcs', to: 'BottegaSole', ...content }));
    const words = text === undefined ? { kind: 'other', messageType: 'image' } : { kind: 'text', text };
    expect(parsed).toMatchObject({ channel: 'rcs', to: 'BottegaSole', ...words });
  });

  it('a text on a channel that Dopo does not send on is recognised and not read', () => {
    const parsed = parseInbound(bytes({ ...INBOUND, channel: 'messenger', from: 'US.1349' }));
    expect(parsed).toMatchObject({ kind: 'other', channel: 'messenger', messageType: 'text', from: 'US.1349' });
  });
});
