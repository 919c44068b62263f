/** No date in a request may be answered with 500, or lose a STOP. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiReply, Shop } from '../api/shop.ts';
import { openShop } from '../api/shop.ts';
import { consent, validEvent, validOrder } from '../helpers/orders.ts';

let shop: Shop;
let order: string;
let contact: string;
let inOrder: number;
beforeAll(async () => {
  shop = await openShop();
  ({ id: order, contact } = (await shop.post('/v1/orders', validOrder())).body);
  inOrder = 0;
});
afterAll(() => shop.close());

const EDGES = [
  '0000-01-01T00:00:00Z',
  '0000-12-31T23:59:59.999+00:00',
  '0001-01-01T00:00:00Z',
  '0001-01-01T00:00:00+23:59',
  '1899-12-31T23:59:59Z',
  '1900-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59.999Z',
  '9999-12-31T23:59:59-23:59',
  '2026-02-29T00:00:00Z',
  '2026-03-29T02:30:00+01:00',
  '2026-11-22T24:00:00Z',
  '2026-11-22T23:59:60Z',
  '2026-11-22T10:00:00.0000000000000000001Z',
  '2026-11-22T10:00Z',
  '+010000-01-01T00:00:00Z',
  '-000001-01-01T00:00:00Z',
  '275760-09-13T00:00:00Z',
  'infinity',
  'now',
  'epoch',
  '',
];

const two = (most: number) => fc.integer({ min: 0, max: most }).map((n) => String(n).padStart(2, '0'));
/** Looks like a date and mostly is none. */
const dates = fc.oneof(
  fc.constantFrom(...EDGES),
  fc
    .tuple(
      fc.integer({ min: 0, max: 9999 }).map((year) => String(year).padStart(4, '0')),
      two(13),
      two(32),
      two(25),
      two(60),
      fc.constantFrom('Z', '+00:00', '-23:59', '+23:59', '+14:00', ''),
    )
    .map(([year, month, day, hour, minute, zone]) => `${year}-${month}-${day}T${hour}:${minute}:00${zone}`),
  fc.date({ noInvalidDate: true }).map((at) => at.toISOString()),
);

/** Every field of every route that takes a moment, with the pointer that a mistake in it has. */
const TAKERS: readonly (readonly [string, string, (at: string) => Promise<ApiReply>])[] = [
  ['an order', '/placedAt', (at) => shop.post('/v1/orders', validOrder({ placedAt: at }))],
  ['a promise of an order', '/promisedAt', (at) => shop.post('/v1/orders', validOrder({ promisedAt: at }))],
  [
    'a consent of an order',
    '/customer/consents/0/at',
    (at) => shop.post('/v1/orders', validOrder({ customer: { consents: [consent({ at })] } })),
  ],
  [
    'an event',
    '/occurredAt',
    (at) => shop.post(`/v1/orders/${order}-${(inOrder += 1)}/events`, validEvent({ occurredAt: at })),
  ],
  [
    'a promise of an event',
    '/promisedAt',
    (at) =>
      shop.post(
        `/v1/orders/${order}-${(inOrder += 1)}/events`,
        validEvent({ type: 'delivery_promised', promisedAt: at }),
      ),
  ],
  ['a consent', '/at', (at) => shop.post(`/v1/contacts/${contact}/consents`, consent({ at }))],
  [
    'the end of a consent',
    '/expiresAt',
    (at) => shop.post(`/v1/contacts/${contact}/consents`, consent({ expiresAt: at })),
  ],
  [
    'an imported consent',
    '/lines/0/at',
    (at) => shop.post('/v1/consents/import', { lines: [{ ...consent({ at }), address: '+393475550077' }] }),
  ],
  [
    'the end of an imported consent',
    '/lines/0/expiresAt',
    (at) => shop.post('/v1/consents/import', { lines: [{ ...consent({ expiresAt: at }), address: '+393475550077' }] }),
  ],
  ['an opt-out', '/at', (at) => shop.post('/v1/opt-outs', { address: '+393475550078', source: 'x', at })],
  [
    'an imported opt-out',
    '/lines/0/at',
    (at) => shop.post('/v1/opt-outs/import', { lines: [{ address: '+393475550079', source: 'x', at }] }),
  ],
  [
    'a list check',
    '/at',
    (at) => shop.post(`/v1/contacts/${contact}/list-checks`, { list: 'sg_dnc', listed: false, at }),
  ],
  ['a forecast', '?at', (at) => shop.get(`/v1/forecast?segments=10&at=${encodeURIComponent(at)}`)],
  ['the beginning of the log', '?from', (at) => shop.get(`/v1/audit?from=${encodeURIComponent(at)}`)],
  ['the end of the log', '?to', (at) => shop.get(`/v1/audit?to=${encodeURIComponent(at)}`)],
];

describe('no date is ever answered with 500: it is taken, or refused with a pointer', () => {
  it.each(TAKERS)('in %s', async (_, pointer, send) => {
    await fc.assert(
      fc.asyncProperty(dates, async (at) => {
        const { status, body } = await send(at);
        expect([200, 201, 202, 409, 422]).toContain(status);
        if (status === 422)
          expect((body.errors as { pointer: string }[]).map((error) => error.pointer)).toContain(pointer);
      }),
      { numRuns: 15, examples: EDGES.map((edge) => [edge]) },
    );
  });

  it('in a pause, where it has to be in the future too', async () => {
    for (const until of EDGES) {
      const { status, body } = await shop.post('/v1/orders/nowhere/pause', { until });
      if (status === 422) expect(body.errors[0].pointer).toBe('/until');
      else expect(status).toBe(404);
    }
  });
});

describe('a signed STOP is never lost', () => {
  let number = 393475553000;
  it.each([...EDGES, 'yesterday', 17, null, undefined])(
    'for its time, which counts as now when it is none: %j',
    async (timestamp) => {
      const phone = `+${(number += 1)}`;
      const placed = await shop.post('/v1/orders', validOrder({ customer: { phone } }));
      const { status } = await shop.webhook('inbound', {
        channel: 'sms',
        message_uuid: randomUUID(),
        from: phone.slice(1),
        to: '393399957001',
        timestamp,
        text: 'STOP',
      });
      expect(status).toBe(200);
      const { body } = await shop.get(`/v1/contacts/${placed.body.contact}`);
      expect(body.addresses[0].suppressed).toBe(true);
    },
  );
});
