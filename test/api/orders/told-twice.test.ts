/** A shop that reports one refund or one return under two ids: by a webhook, and by a program that compares orders every night. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { factsOf } from '../../../db/orders/inbox.ts';
import { HOUR, MINUTE } from '../../../domain/time/duration.ts';
import { NO_FACTS, factsSummaryOf } from '../../../domain/orders/facts.ts';
import { applyAll } from '../../../domain/orders/fold.ts';
import { ORDER_TIME, validEvent, validOrder } from '../../helpers/orders.ts';
import type { ApiReply, Shop } from '../shop.ts';
import { openShop } from '../shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const MOKA = { sku: 'MOKA-3', quantity: 1 };
const CUP = { sku: 'CUP', quantity: 1 };
const ITEMS = [
  { sku: 'MOKA-3', title: 'Moka', quantity: 1, price: '39.90' },
  { sku: 'CUP', title: 'Tazza', quantity: 3, price: '3.70' },
];

async function placed(overrides: Parameters<typeof validOrder>[0] = {}): Promise<string> {
  const order = validOrder({ total: '51.00', items: ITEMS, ...overrides });
  expect((await shop.post('/v1/orders', order)).status).toBe(202);
  return order.id;
}

const report = (order: string, event: object, after = 0): Promise<ApiReply> =>
  shop.post(
    `/v1/orders/${order}/events`,
    validEvent({ occurredAt: new Date(ORDER_TIME - HOUR + after).toISOString(), ...event }),
  );
const refund = (order: string, part: object, after = 0): Promise<ApiReply> =>
  report(order, { type: 'refund_issued', ...part }, after);
const giveBack = (order: string, part: object, after = 0): Promise<ApiReply> =>
  report(order, { type: 'return_received', ...part }, after);

async function sizeOf(order: string) {
  const facts = applyAll(NO_FACTS, await factsOf(shop.db, 'bottega', order));
  const { refunded, returned, itemReturned } = factsSummaryOf(facts);
  return {
    refunds: Object.keys(facts.refunds).length,
    returns: Object.keys(facts.returns ?? {}).length,
    refunded,
    returned,
    itemReturned,
  };
}
const NOTHING = { refunded: false, returned: false, itemReturned: false };
const NOTE = { notes: [{ pointer: '/id', detail: expect.stringContaining('counts for nothing') }] };

describe('a refund that is reported under two ids within ten minutes', () => {
  it('is told once and counts once, and the sender is told', async () => {
    const order = await placed();
    const part = { amount: '25.50', items: [CUP] };
    expect((await refund(order, part)).body).not.toHaveProperty('notes');
    expect((await refund(order, part, 10 * MINUTE)).body).toMatchObject({ status: 'accepted', ...NOTE });
    expect(await sizeOf(order)).toEqual({ ...NOTHING, refunds: 1, returns: 0 });
    const { timeline } = (await shop.get(`/v1/orders/${order}`)).body;
    expect(timeline.map(({ type }: { type: string }) => type).toSorted()).toEqual([
      'order_placed',
      'refund_issued',
      'refund_repeated',
    ]);
    // The drainer tells no run of it.
    expect(await shop.db('inbox').where({ order_id: order, type: 'refund_repeated' }).whereNull('applied_at')).toEqual(
      [],
    );
  });

  it('is the same in whatever order its items are named, and when the later report names none', async () => {
    for (const items of [[CUP, MOKA], undefined]) {
      const order = await placed();
      await refund(order, { amount: '20.00', items: [MOKA, CUP] });
      expect((await refund(order, { amount: '20.00', ...(items && { items }) }, MINUTE)).body).toMatchObject(NOTE);
    }
  });

  it('and after ten minutes is another one, if the order can have had both', async () => {
    const order = await placed();
    await refund(order, { amount: '25.50' });
    expect((await refund(order, { amount: '25.50' }, 11 * MINUTE)).body).not.toHaveProperty('notes');
    expect(await sizeOf(order)).toMatchObject({ refunds: 2, refunded: true });
  });

  it('of another amount or of other items is another one at any time', async () => {
    const order = await placed();
    await refund(order, { amount: '3.70', items: [CUP] });
    await refund(order, { amount: '3.71', items: [CUP] });
    await refund(order, { amount: '3.70', items: [MOKA] });
    await refund(order, { amount: '3.70', items: [{ ...CUP, quantity: 2 }] });
    expect(await sizeOf(order)).toMatchObject({ refunds: 4 });
  });

  it('at one moment is told once', async () => {
    const order = await placed();
    const answers = await Promise.all([1, 2, 3, 4].map(() => refund(order, { amount: '5.00' })));
    expect(answers.filter(({ body }) => body.notes === undefined)).toHaveLength(1);
    expect(await sizeOf(order)).toMatchObject({ refunds: 1, refunded: false });
  });

  it('before its order is told once when the order has come', async () => {
    const order = validOrder({ total: '51.00', items: ITEMS });
    const part = { amount: '25.50', currency: 'EUR', items: [CUP] };
    await refund(order.id, part);
    expect((await refund(order.id, part, MINUTE)).body).toMatchObject(NOTE);
    expect((await refund(order.id, { ...part, currency: 'USD' }, MINUTE)).body).not.toHaveProperty('notes');
    await shop.post('/v1/orders', order);
    expect(await sizeOf(order.id)).toMatchObject({ refunds: 2, refunded: false });
    expect(
      await shop.db('inbox').where({ order_id: order.id, type: 'refund_repeated' }).whereNull('applied_at'),
    ).toEqual([]);
  });

  it('and again under one of those ids is a duplicate', async () => {
    const order = await placed();
    await refund(order, { amount: '5.00', id: 'hook' });
    await refund(order, { amount: '5.00', id: 'sync' });
    for (const id of ['hook', 'sync'])
      expect((await refund(order, { amount: '5.00', id })).body.status).toBe('duplicate');
  });
});

describe('a report that repeats what an order can have had only once', () => {
  it('counts for nothing whenever it comes: amounts beyond the total, pieces that are gone, the whole order twice', async () => {
    const order = await placed();
    await refund(order, { amount: '30.00' });
    expect((await refund(order, { amount: '30.00' }, 30 * MINUTE)).body).toMatchObject(NOTE);
    await giveBack(order, { items: [MOKA] });
    expect((await giveBack(order, { items: [MOKA] }, 30 * MINUTE)).body).toMatchObject(NOTE);
    expect(await sizeOf(order)).toEqual({
      refunds: 1,
      returns: 1,
      refunded: false,
      returned: false,
      itemReturned: true,
    });
    await giveBack(order, {});
    expect((await giveBack(order, {}, 30 * MINUTE)).body).toMatchObject(NOTE);
  });

  it('an amount that is not the same but goes beyond the total ends the conversation: the order was paid back', async () => {
    const order = await placed();
    await refund(order, { amount: '30.00' });
    await refund(order, { amount: '30.01' });
    expect(await sizeOf(order)).toMatchObject({ refunds: 2, refunded: true });
    const generous = await placed();
    await refund(generous, { amount: '500.00' });
    expect(await sizeOf(generous)).toMatchObject({ refunded: true });
  });

  it('one piece of four that comes back in four reports is one piece: no line gives more pieces than it has', async () => {
    const order = await placed();
    for (const quantity of [1, 2, 3, 4]) {
      await giveBack(order, { items: [{ ...MOKA, quantity }] }, quantity * MINUTE);
      await refund(order, { items: [{ ...MOKA, quantity }] }, quantity * MINUTE);
    }
    expect(await sizeOf(order)).toMatchObject({ refunded: false, returned: false, itemReturned: true });
    await giveBack(order, { items: [{ ...CUP, quantity: 2 }] });
    expect(await sizeOf(order)).toMatchObject({ returned: false });
    await giveBack(order, { items: [CUP] });
    expect(await sizeOf(order)).toMatchObject({ returned: true });
  });

  it('that holds for reports before their order too', async () => {
    const order = validOrder({ total: '51.00', items: ITEMS });
    for (const quantity of [1, 2, 3, 4])
      await giveBack(order.id, { items: [{ ...MOKA, quantity }] }, quantity * MINUTE);
    await shop.post('/v1/orders', order);
    expect(await sizeOf(order.id)).toMatchObject({ returned: false, itemReturned: true });
  });

  it('three cups that come back one by one are three', async () => {
    const order = await placed();
    for (const day of [0, 1, 2]) await giveBack(order, { items: [CUP] }, day * 15 * MINUTE);
    await giveBack(order, { items: [MOKA] });
    expect(await sizeOf(order)).toMatchObject({ returns: 4, returned: true });
  });

  it('a refund in another currency than the order’s is refused', async () => {
    const order = await placed();
    const { status, body } = await refund(order, { amount: '30.00', currency: 'USD' });
    expect([status, body.errors]).toEqual([
      422,
      [{ pointer: '/currency', detail: 'must be the currency of the order' }],
    ]);
    expect(await sizeOf(order)).toMatchObject({ refunds: 0 });
  });
});
