import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeEvent } from '../../../commands/orders/report-event.ts';
import { MINUTE } from '../../../domain/time/duration.ts';
import type { PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, brand, orderOf, place, placedOrder, planned } from '../../helpers/ledger.ts';
import { ORDER_TIME } from '../../helpers/orders.ts';
import type { Sending } from './sending.ts';
import { receipt, startSending } from './sending.ts';
import { storeOf } from '../../helpers/keys.ts';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Thursday 5 March 2026, 14:00 in Rome. */
const FIRST = NOON + 2 * DAY + 2 * HOUR;
/** Midnight after the noon of the tests in Rome. */
const MIDNIGHT = NOON + 12 * HOUR;

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
});
afterAll(() => stage.close());

const promised = (): Promise<PlacedOrder> => placedOrder(stage.db, { promisedAt: FIRST });
let count = 0;
async function promise({ order }: PlacedOrder, promisedAt: number, at = NOON - HOUR): Promise<void> {
  const id = `promise-${(count += 1)}`;
  const head = { brand: brand.id, order, source: 'api', id, at, requestHash: Buffer.alloc(1), now: at } as const;
  await storeEvent(storeOf(stage.db), { ...head, type: 'delivery_promised', payload: { promisedAt } });
}
const about = (promisedAt: number, step = 'delivery_delayed') => ({
  kind: 'delivery_delayed' as const,
  step,
  occurrence: String(promisedAt),
});
/** Tells of a promise, at noon unless told otherwise. */
async function tell(order: PlacedOrder, promisedAt: number, dueAt = NOON): Promise<string> {
  await promise(order, promisedAt, dueAt - HOUR);
  return stage.sent(order, { ...about(promisedAt), dueAt });
}
const known = { kind: 'skip', reason: 'already_told' };
const tomorrow = { kind: 'wait', until: MIDNIGHT, reason: 'delay_told' };

describe('a promise that moves', () => {
  it('by minutes is not told, by two hours or to another day it is', async () => {
    const order = await promised();
    const moved = [FIRST + MINUTE, FIRST + 2 * HOUR, FIRST + 10 * HOUR];
    for (const [index, at] of moved.entries()) await promise(order, at, NOON - HOUR + index);
    expect(await stage.check(order, about(FIRST + MINUTE))).toEqual(known);
    expect(await stage.check(order, about(FIRST + 2 * HOUR))).toMatchObject({ kind: 'send' });
    expect(await stage.check(order, about(FIRST + 10 * HOUR))).toMatchObject({ kind: 'send' });
  });

  it('is compared with the text that was sent last, not with the first promise', async () => {
    const order = await promised();
    await tell(order, FIRST + DAY);
    await promise(order, FIRST + DAY + HOUR, NOON + HOUR);
    expect(await stage.check(order, { ...about(FIRST + DAY + HOUR), dueAt: NOON + DAY })).toEqual(known);
  });

  it('is told at most once a day of the customer: the next text waits for their midnight, and goes out after it', async () => {
    const order = await promised();
    await tell(order, FIRST + DAY);
    await promise(order, FIRST + 2 * DAY, NOON + HOUR);
    const later = { ...about(FIRST + 2 * DAY), dueAt: NOON + HOUR };
    expect(await stage.check(order, later)).toEqual(tomorrow);
    expect(await stage.check(order, later, NOON + DAY)).toMatchObject({ kind: 'send' });
  });

  it('is told to be overdue on another day than the delay before it', async () => {
    const order = await promised();
    await tell(order, NOON + 4 * HOUR + 2 * DAY, NOON);
    const overdue = about(NOON + 4 * HOUR + 2 * DAY, 'delivery_overdue');
    const dueAt = NOON + 4 * HOUR + 2 * DAY;
    expect(await stage.check(order, { ...overdue, dueAt })).toMatchObject({ kind: 'send' });
  });

  it('is not told again as overdue when the text about it says so already', async () => {
    const order = await placedOrder(stage.db, { promisedAt: NOON - 5 * HOUR });
    const late = NOON - HOUR;
    await promise(order, late, NOON - 2 * HOUR);
    await stage.sent(order, { ...about(late), dueAt: NOON });
    expect(await stage.check(order, { ...about(late, 'delivery_overdue'), dueAt: NOON + DAY })).toEqual(known);
  });

  it('is told again when the carrier turned the text down: nobody has read it', async () => {
    const order = await promised();
    const message = await planned(stage.db, order, { ...about(FIRST + DAY), dueAt: NOON });
    await promise(order, FIRST + DAY);
    await stage.send(message);
    await receipt(stage.db, message, 'rejected');
    await promise(order, FIRST + 2 * DAY);
    expect(await stage.check(order, { ...about(FIRST + 2 * DAY), dueAt: NOON + HOUR })).toMatchObject({ kind: 'send' });
  });

  it('of another order of the same customer is another matter', async () => {
    const first = await promised();
    await tell(first, FIRST + DAY);
    const second = await placedOrder(stage.db, {
      promisedAt: FIRST,
      customer: { phone: { e164: first.phone, country: 'IT' } },
    });
    await promise(second, FIRST + DAY);
    expect(second.contact).toBe(first.contact);
    expect(await stage.check(second, { ...about(FIRST + DAY), dueAt: NOON + HOUR })).toMatchObject({ kind: 'send' });
  });

  it('says nothing about a text of a delay whose occurrence is no promise, whatever it looks like', async () => {
    const order = await promised();
    for (const occurrence of ['', 'box', '820982911946154508', String(FIRST - 1)])
      expect(await stage.check(order, { ...about(FIRST), occurrence })).toMatchObject({ kind: 'send' });
  });
});

const items = [
  { sku: 'MOKA-3', title: 'Moka', quantity: 1, priceMinor: 3990 },
  { sku: 'CUP', title: 'Tazza', quantity: 4, priceMinor: 370 },
];

describe('an order that came back in part', () => {
  async function comesBack({ order }: PlacedOrder, named?: object): Promise<void> {
    const id = `return-${(count += 1)}`;
    const head = { brand: brand.id, order, source: 'api', id, at: NOON - HOUR, requestHash: Buffer.alloc(1) } as const;
    const payload = named ? { items: [named] } : {};
    await storeEvent(storeOf(stage.db), { ...head, type: 'return_received', payload, now: NOON - HOUR });
  }

  it('still gets its news, until every piece has come back', async () => {
    const order = await placedOrder(stage.db, { items });
    await comesBack(order, { sku: 'CUP', quantity: 4 });
    expect(await stage.check(order)).toMatchObject({ kind: 'send' });
    await comesBack(order, { sku: 'MOKA-3', quantity: 1 });
    expect(await stage.check(order, { occurrence: 'parcel-2' })).toEqual({ kind: 'skip', reason: 'order_returned' });
  });

  it('is over when the return names no items, or when its lines are not known', async () => {
    const whole = await placedOrder(stage.db, { items });
    await comesBack(whole);
    const bare = await placedOrder(stage.db, { items: [] });
    await comesBack(bare, { sku: 'CUP', quantity: 1 });
    for (const order of [whole, bare])
      expect(await stage.check(order)).toEqual({ kind: 'skip', reason: 'order_returned' });
  });
});

describe('an order that was paid back', () => {
  async function paidBack({ order }: PlacedOrder, amountMinor: number): Promise<void> {
    const id = `refund-${(count += 1)}`;
    const head = { brand: brand.id, order, source: 'api', id, at: NOON - 100, requestHash: Buffer.from(id) } as const;
    await storeEvent(storeOf(stage.db), { ...head, type: 'refund_issued', payload: { amountMinor }, now: NOON - 100 });
  }

  it('gets no tips and no questions once it was as a whole, whether its run knows or not; its parcel and the review have their texts', async () => {
    const order = await placedOrder(stage.db);
    await paidBack(order, 2000);
    expect(await stage.check(order, { kind: 'care_tips' })).toMatchObject({ kind: 'send' });
    await paidBack(order, 3480);
    for (const kind of ['check_in', 'rating_request'] as const)
      expect(await stage.check(order, { kind })).toEqual({ kind: 'skip', reason: 'order_refunded' });
    for (const kind of ['refund_issued', 'shipped'] as const)
      expect(await stage.check(order, { kind })).toMatchObject({ kind: 'send' });
    expect(await stage.check(order, { kind: 'review_invitation' })).not.toMatchObject({ reason: 'order_refunded' });
  });
});

describe('an order after another one', () => {
  const question = { kind: 'replenishment', guards: ['reordered'] } as const;
  async function twoOrders(overrides: object = {}): Promise<[PlacedOrder, PlacedOrder]> {
    const first = await placedOrder(stage.db);
    const customer = { phone: { e164: first.phone, country: 'IT' } };
    return [first, await placedOrder(stage.db, { placedAt: ORDER_TIME + HOUR, customer, ...overrides })];
  }

  it('does not count as a new one once it is cancelled', async () => {
    const [first, { order }] = await twoOrders();
    expect(await stage.check(first, question)).toEqual({ kind: 'skip', reason: 'reordered' });
    const head = { brand: brand.id, order, source: 'api', id: 'cancelled', requestHash: Buffer.alloc(1) } as const;
    await storeEvent(storeOf(stage.db), { ...head, type: 'order_cancelled', at: NOON, payload: {}, now: NOON });
    expect(await stage.check(first, { ...question, occurrence: 'again' })).toMatchObject({ kind: 'send' });
    // Its events go some months after its end.
    await stage.owner('inbox').where({ order_id: order }).delete();
    expect(await stage.check(first, { ...question, occurrence: 'later' })).toMatchObject({ kind: 'send' });
  });

  it.each([
    ['was paid back', 'refund_issued', {}],
    ['was paid back in money', 'refund_issued', { amountMinor: 5480 }],
    ['came back', 'return_received', {}],
    [
      'came back piece by piece',
      'return_received',
      {
        items: [
          { sku: 'MOKA-3', quantity: 1 },
          { sku: 'CUP', quantity: 4 },
        ],
      },
    ],
  ] as const)(
    'does not count as a new one once all of it %s, before or after it was placed',
    async (_, type, payload) => {
      const head = {
        brand: brand.id,
        source: 'api',
        id: 'back',
        requestHash: Buffer.alloc(1),
        at: NOON,
        now: NOON,
      } as const;
      const [first, { order }] = await twoOrders({ items });
      await storeEvent(storeOf(stage.db), { ...head, order, type, payload });
      expect(await stage.check(first, question)).toMatchObject({ kind: 'send' });
      await stage.owner('inbox').where({ order_id: order }).delete();
      expect(await stage.check(first, { ...question, occurrence: 'later' })).toMatchObject({ kind: 'send' });
      const early = orderOf({
        items,
        placedAt: ORDER_TIME + 2 * HOUR,
        customer: { phone: { e164: first.phone, country: 'IT' } },
      });
      await storeEvent(storeOf(stage.db), { ...head, order: early.id, type, payload });
      await place(stage.db, early);
      expect(await stage.check(first, { ...question, occurrence: 'early' })).toMatchObject({ kind: 'send' });
    },
  );

  it('counts as a new one if a part of it is left', async () => {
    const [first, { order }] = await twoOrders({ items });
    const head = { brand: brand.id, order, source: 'api', requestHash: Buffer.alloc(1), at: NOON, now: NOON } as const;
    await storeEvent(storeOf(stage.db), { ...head, id: 'r', type: 'refund_issued', payload: { amountMinor: 100 } });
    await storeEvent(storeOf(stage.db), {
      ...head,
      id: 'b',
      type: 'return_received',
      payload: { items: [{ sku: 'CUP', quantity: 1 }] },
    });
    expect(await stage.check(first, question)).toEqual({ kind: 'skip', reason: 'reordered' });
  });

  it("of the shop's own tests does not count as a new one", async () => {
    const [first] = await twoOrders({ test: true });
    expect(await stage.check(first, question)).toMatchObject({ kind: 'send' });
  });
});
