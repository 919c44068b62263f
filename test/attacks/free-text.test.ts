/** Words and numbers that a caller chooses must never enter Temporal, the inbox or the audit log, or outlive an erasure. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Workflows } from '../../engine/workflows.ts';
import { claimFacts } from '../../db/orders/inbox.ts';
import { isNumberOf } from '../../domain/orders/order-id.ts';
import type { ApiReply, Shop } from '../api/shop.ts';
import { openShop } from '../api/shop.ts';
import { validEvent, validOrder } from '../helpers/orders.ts';

const PHONE = '+393475554001';
/** Calls to the engine. */
const told: unknown[] = [];
const done = async (...args: unknown[]) => {
  told.push(args);
  return { kind: 'done', plan: [] } as const;
};
const engine = { pause: done, resume: done, skip: done, cancelMessages: done } as unknown as Workflows;

let shop: Shop;
let order: string;
beforeAll(async () => {
  shop = await openShop({ workflows: engine });
  ({ id: order } = (await shop.post('/v1/orders', validOrder({ customer: { phone: PHONE } }))).body);
  await shop.post(
    `/v1/orders/${order}/events`,
    validEvent({ type: 'parcel_shipped', parcel: { id: 'p1' }, id: 'shipped-1' }),
  );
});
afterAll(() => shop.close());

const skip = (step: string, headers = {}): Promise<ApiReply> =>
  shop.post(`/v1/orders/${order}/skip`, { step }, headers);
async function factsToTell(of: string): Promise<readonly object[]> {
  const { rows } = await claimFacts(shop.db, 1_000);
  await shop.db('inbox').update({ claimed_until: null });
  return rows.flatMap(({ item }) => (item.order === of ? [item.fact] : []));
}
async function kept(): Promise<string> {
  const tables = ['inbox', 'audit_log', 'idempotency_keys'].map((table) => shop.db(table));
  return JSON.stringify(await Promise.all(tables)) + JSON.stringify(told) + shop.logged.join('');
}

describe('a step to skip', () => {
  it.each([
    'Giulia Rossi',
    'shipped#Giulia Rossi',
    'giulia_rossi',
    'shipped#393475554001',
    'shipped#giulia.rossi',
    'diabetes',
    '__proto__',
    'constructor',
    'shipped#',
    '#p1',
  ])('is never anything but a step of the order: %s', async (words) => {
    const before = told.length;
    const { status, body } = await skip(words);
    expect([status, body.errors?.[0].pointer]).toEqual([422, '/step']);
    expect(told).toHaveLength(before);
    expect(JSON.stringify(body)).not.toContain(words);
    expect((await kept()).toLowerCase()).not.toContain('giulia');
  });

  it.each(['shipped', 'shipped#p1', 'reactivation'])('that the order has is skipped: %s', async (step) => {
    expect((await skip(step)).status).toBe(200);
  });
});

it('a key that says something never reaches the workflow, the inbox or the audit log', async () => {
  const key = 'giulia-rossi/393475554001/diabetes';
  expect((await skip('shipped', { 'idempotency-key': key })).status).toBe(200);
  expect(JSON.stringify(told)).not.toContain('diabetes');
  expect(JSON.stringify([await shop.db('inbox'), await shop.db('audit_log')])).not.toContain('diabetes');
});

describe("an id is never the customer's phone number", () => {
  const WRITINGS = ['393475554001', '00393475554001', '3475554001', '39.347.555.4001', 'order-393475554001'];
  it.each(WRITINGS)('of an order, a customer or a key: %s', async (id) => {
    const customer = { phone: PHONE };
    for (const [pointer, body, headers] of [
      ['/id', validOrder({ id, customer }), {}],
      ['/customer/id', validOrder({ customer: { ...customer, id } }), {}],
      ['Idempotency-Key', validOrder({ customer }), { 'idempotency-key': id }],
    ] as const) {
      const reply = await shop.post('/v1/orders', body, headers);
      expect([reply.status, reply.body.errors?.[0].pointer]).toEqual([422, pointer]);
      expect(JSON.stringify(reply.body)).not.toContain(id);
    }
  });

  it.each(WRITINGS)('of an event or a parcel: %s', async (id) => {
    for (const [pointer, body, headers] of [
      ['/id', validEvent({ id }), {}],
      ['/parcel/id', validEvent({ type: 'parcel_shipped', parcel: { id } }), {}],
      ['Idempotency-Key', validEvent(), { 'idempotency-key': id }],
    ] as const) {
      const reply = await shop.post(`/v1/orders/${order}/events`, body, headers);
      expect([reply.status, reply.body.errors?.[0].pointer]).toEqual([422, pointer]);
    }
    expect(JSON.stringify(await shop.db('inbox'))).not.toContain('3475554001');
  });

  it('not of an event that came before its order: it is never told until the number is known', async () => {
    const early = validOrder({ customer: { phone: PHONE } });
    const event = validEvent({ id: '447400123457' });
    expect((await shop.post(`/v1/orders/${early.id}/events`, event)).status).toBe(202);
    expect(await factsToTell(early.id)).toEqual([]);
    expect((await shop.post('/v1/orders', early)).status).toBe(202);
    expect(await factsToTell(early.id)).toMatchObject([{ id: event.id }, { type: 'order_placed' }]);
  });

  it.each(WRITINGS)('nor then, and what it said is told without it: %s', async (id) => {
    const early = validOrder({ customer: { phone: PHONE } });
    const parcel = { id, carrier: 'GLS' };
    for (const body of [
      validEvent({ id, type: 'order_updated' }),
      validEvent({ id: 'shipped', type: 'parcel_shipped', parcel }),
      validEvent({ id: 'arrived', type: 'parcel_delivered', parcel }),
    ])
      expect((await shop.post(`/v1/orders/${early.id}/events`, body)).status).toBe(202);
    expect((await shop.post('/v1/orders', early)).status).toBe(202);
    const facts = await factsToTell(early.id);
    const [{ id: parcelId }] = await shop.db('parcels').where({ order_id: early.id }).select('id');
    expect(facts).toMatchObject([
      { type: 'order_updated' },
      { id: 'shipped', parcel: parcelId },
      { id: 'arrived', parcel: parcelId },
      { type: 'order_placed' },
    ]);
    expect(JSON.stringify(facts)).not.toContain(id);
    expect((await shop.post(`/v1/orders/${early.id}/events`, validEvent({ id }))).status).toBe(422);
  });

  it('nor of a correction that names the number', async () => {
    const body = validEvent({ id: '447400123458', type: 'order_corrected', customer: { phone: '+447400123458' } });
    for (const to of [order, validOrder().id]) {
      const reply = await shop.post(`/v1/orders/${to}/events`, body);
      expect([reply.status, reply.body.errors?.[0].pointer]).toEqual([422, '/id']);
    }
  });

  it.each(['5123456789012', '4001', '#1043', '820982911946154508', '447400123457'])(
    'and an order number of digits alone stays one: %s',
    async (id) => {
      expect((await shop.post('/v1/orders', validOrder({ id, customer: { phone: '+393475554002' } }))).status).toBe(
        202,
      );
    },
  );

  it('in any writing of it', () => {
    const digits = fc.integer({ min: 10_000_000, max: 999_999_999 }).map(String);
    fc.assert(
      fc.property(
        digits,
        fc.constantFrom('1', '39', '44', '353'),
        fc.constantFrom('', '0', '00'),
        (nsn, code, zeros) => {
          const number = `+${code}${nsn}`;
          expect(isNumberOf(`${zeros}${code}${nsn}`, [number])).toBe(true);
          expect(isNumberOf(`x-${Array.from(nsn).join('-')}`, [number])).toBe(true);
          expect(isNumberOf(`${code}${nsn}1`, [number])).toBe(false);
        },
      ),
    );
  });
});

it.each([
  'called +39 347 555 4001',
  'giulia@example.com asked',
  'giulia＠example.com asked',
  '0039 3475554001',
  'called 347 5554001',
  '3475554001 asked',
  '393475554001',
  '347-555-4001',
  '(347) 555 4001',
  '＋３９３４７５５５４００１',
  '③④⑦⑤⑤⑤④⓪⓪①',
  '3\u034F4\u034F7\u034F5\u034F5\u034F5\u034F4',
])('a reason that stays in the audit log never names a number or an address: %s', async (reason) => {
  const { status, body } = await shop.post('/v1/blocks/1/release', { actor: 'ada', reason });
  expect([status, body.errors[0].pointer]).toEqual([422, '/reason']);
  expect(body.errors[0].detail).toContain('seven digits');
  expect(JSON.stringify(body)).not.toContain(reason);
});

it.each(['347 5554001', '３４７５５５４００１', 'ada (347-555-4001)'])(
  'an actor by hand is never named by a phone number: %s',
  async (actor) => {
    const { status, body } = await shop.post('/v1/blocks/1/release', { actor, reason: 'the case is closed' });
    expect([status, body.errors[0].pointer]).toEqual([422, '/actor']);
  },
);

it('an ordinary reason and an ordinary actor are never refused', async () => {
  const by = { actor: 'ada@shop.example', reason: 'order #1042: 3 texts in 24 h, case 100234' };
  expect((await shop.post('/v1/blocks/1/release', by)).status).not.toBe(422);
});

describe('the source of a consent or a stop, which is kept after an erasure', () => {
  const at = '2026-03-02T22:41:00Z';
  const PERSONAL = [
    'call from 347 555 4001',
    'giulia@example.org',
    'sms +39 347 5554001',
    '３４７５５５４００１',
    '2026-03-02 3475554001',
  ];
  const HARMLESS = ['crm 2026-03-02', 'letter', 'agent 12', 'store #120455'];
  const said = (source: string) => ({ class: 'promotional', action: 'withdrawn', wording: 'No.', source, at });
  const contact = async (): Promise<string> => (await shop.get(`/v1/orders/${order}`)).body.contact;
  const ways = {
    stop: (source: string) => shop.post('/v1/opt-outs', { address: '+393475554002', source }),
    stops: (source: string) => shop.post('/v1/opt-outs/import', { lines: [{ address: '+393475554003', source }] }),
    consent: async (source: string) => shop.post(`/v1/contacts/${await contact()}/consents`, said(source)),
    consents: (source: string) =>
      shop.post('/v1/consents/import', { lines: [{ address: '+393475554004', ...said(source) }] }),
  };
  const sources = async (): Promise<string[]> => [
    ...(await shop.db('suppressions').pluck<string[]>('source')),
    ...(await shop.db('consents').pluck<string[]>('source')),
  ];

  it.each(Object.entries(ways))('never holds a number or an e-mail address: %s', async (_, post) => {
    for (const source of PERSONAL) {
      const { status, body } = await post(source);
      expect([status, body.errors?.[0].pointer], source).toEqual([422, expect.stringMatching(/[/]source$/)]);
    }
    for (const source of HARMLESS) expect((await post(source)).status, source).toBeLessThan(300);
    expect((await sources()).filter((source) => PERSONAL.includes(source))).toEqual([]);
    expect(await sources()).toEqual(expect.arrayContaining(HARMLESS));
  });

  it('never holds one because it came with an order, and the order is taken', async () => {
    const consents = [...PERSONAL, ...HARMLESS].map((source, n) => ({
      ...said(source),
      action: 'granted',
      at: `2026-03-02T21:0${n}:00Z`,
    }));
    const reply = await shop.post('/v1/orders', validOrder({ customer: { phone: '+393475554005', consents } }));
    expect(reply.status).toBeLessThan(300);
    const kept = await shop
      .db('consents')
      .where({ contact_id: reply.body.contact })
      .orderBy('id')
      .pluck<string[]>('source');
    expect(kept.join('\n')).not.toMatch(/@|\d{7}|347/);
    expect(kept).toEqual(expect.arrayContaining(HARMLESS));
  });
});
