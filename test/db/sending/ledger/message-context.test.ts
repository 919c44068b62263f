import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveBrand } from '../../../../commands/orders/save-brand.ts';
import { readMessageContext } from '../../../../db/sending/ledger/message-context.ts';
import type { Intent } from '../../../../domain/sending/intent.ts';
import type { NewEvent } from '../../../../commands/orders/report-event.ts';
import { storeEvent } from '../../../../commands/orders/report-event.ts';
import type { Ledger, PlacedOrder } from '../../../helpers/ledger.ts';
import { NOON, brand, openLedger, placedOrder, planned } from '../../../helpers/ledger.ts';
import { ORDER_TIME } from '../../../helpers/orders.ts';
import { storeOf } from '../../../helpers/keys.ts';

const DAY = 24 * 60 * 60_000;

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

let count = 0;

/** An event of the shop, an hour after the order unless told otherwise. */
async function event({ order }: PlacedOrder, overrides: Partial<NewEvent>): Promise<string> {
  count += 1;
  const id = overrides.id ?? `event-${count}`;
  const head = {
    brand: brand.id,
    order,
    source: 'api',
    now: NOON,
    at: ORDER_TIME + 3_600_000,
    requestHash: Buffer.alloc(1),
  } as const;
  expect(await storeEvent(storeOf(ledger.db), { ...head, type: 'order_updated', payload: {}, ...overrides, id })).toBe(
    'stored',
  );
  return id;
}

function shipped(
  order: PlacedOrder,
  id: string,
  overrides: { parcelCount?: number; carrier?: string; trackingUrl?: string } = {},
) {
  const { parcelCount, ...parcel } = overrides;
  const payload = { parcel: id, ...(parcelCount !== undefined && { parcelCount }) };
  return event(order, { type: 'parcel_shipped', payload, parcel: { id, ...parcel } });
}

async function contextOf(order: PlacedOrder, overrides: Partial<Intent> = {}, zones = ['Europe/Rome']) {
  const message = await planned(ledger.db, order, overrides);
  return readMessageContext(ledger.db, message, { zones, now: NOON });
}

describe('the parcel a text speaks of', () => {
  it('is the one the message is about', async () => {
    const order = await placedOrder(ledger.db);
    await shipped(order, 'p1', { carrier: 'GLS' });
    await shipped(order, 'p2', { carrier: 'BRT', trackingUrl: 'https://brt.example/2' });
    const { parcel } = await contextOf(order, { occurrence: 'p2' });
    expect(parcel).toEqual({ number: 2, carrier: 'BRT', trackingUrl: 'https://brt.example/2' });
  });

  it('is none in a message about an order with several parcels', async () => {
    const order = await placedOrder(ledger.db);
    await shipped(order, 'p1');
    await shipped(order, 'p2');
    expect((await contextOf(order, { kind: 'delivered' })).parcel).toBeUndefined();
  });

  it('is the only one in a message about an order with exactly one', async () => {
    const order = await placedOrder(ledger.db);
    await shipped(order, 'p1', { carrier: 'GLS' });
    expect((await contextOf(order, { kind: 'delivered' })).parcel).toEqual({ number: 1, carrier: 'GLS' });
    const delayed = await contextOf(order, { kind: 'delivery_delayed', occurrence: String(NOON) });
    expect(delayed.parcel).toEqual({ number: 1, carrier: 'GLS' });
  });

  it.each([
    { name: 'the shop', parcelCount: 2, announced: {} },
    { name: 'the carrier', parcelCount: undefined, announced: { parcelCount: 2 } },
  ])('is none while $name has announced a second parcel without a scan of it', async ({ parcelCount, announced }) => {
    const order = await placedOrder(ledger.db, { ...(parcelCount !== undefined && { parcelCount }) });
    await shipped(order, 'p1', announced);
    const context = await contextOf(order, { kind: 'delivered' });
    expect(context.parcel).toBeUndefined();
    expect(context.order?.parcelCount).toBe(2);
    expect((await contextOf(order, { occurrence: 'p1' })).parcel).toEqual({ number: 1 });
  });

  it('is none before any is known', async () => {
    const context = await contextOf(await placedOrder(ledger.db), { kind: 'order_confirmation' });
    expect(context.parcel).toBeUndefined();
    expect(context.order?.parcelCount).toBe(1);
  });
});

describe('the promised day', () => {
  const promise = (order: PlacedOrder, days: number, madeAfterDays: number) =>
    event(order, {
      type: 'delivery_promised',
      at: ORDER_TIME + madeAfterDays * DAY,
      payload: { promisedAt: ORDER_TIME + days * DAY },
    });

  it("is the order's own until a later promise is made", async () => {
    const order = await placedOrder(ledger.db, { promisedAt: ORDER_TIME + 3 * DAY });
    expect((await contextOf(order)).order?.promisedAt).toBe(ORDER_TIME + 3 * DAY);
    await promise(order, 6, 2);
    expect((await contextOf(order)).order?.promisedAt).toBe(ORDER_TIME + 6 * DAY);
  });

  it('is the promise made last, whatever order they arrived in', async () => {
    const order = await placedOrder(ledger.db, { promisedAt: ORDER_TIME + 3 * DAY });
    await promise(order, 9, 4);
    await promise(order, 6, 2);
    expect((await contextOf(order)).order?.promisedAt).toBe(ORDER_TIME + 9 * DAY);
    await promise(order, 8, 5);
    expect((await contextOf(order)).order?.promisedAt).toBe(ORDER_TIME + 8 * DAY);
  });

  it('comes from an event where the order had none', async () => {
    const order = await placedOrder(ledger.db);
    expect((await contextOf(order)).order?.promisedAt).toBeUndefined();
    await promise(order, 6, 2);
    expect((await contextOf(order)).order?.promisedAt).toBe(ORDER_TIME + 6 * DAY);
  });
});

describe('the rest of what a text may be filled from', () => {
  it('has brand, customer, order and items, those of the catalogue first', async () => {
    const order = await placedOrder(ledger.db, {
      statusUrl: 'https://sole.example/o/1',
      items: [
        { title: 'Tazza', quantity: 2, priceMinor: 900 },
        { sku: 'COFFEE-250', title: 'Caffè', quantity: 1, priceMinor: 790 },
      ],
      customer: { loyalty: { member: true, tier: 'Oro', points: 120 } },
    });
    const context = await contextOf(order);
    expect(context).toMatchObject({
      brand: { name: brand.name, shopUrl: brand.links.shop },
      sender: { kind: 'long_number', country: 'IT' },
      place: { country: 'IT', region: 'MI', postcode: '20121', address: { e164: order.phone, country: 'IT' } },
      contact: { firstName: 'Giulia', city: 'Milano', country: 'IT', history: 'new', tier: 'Oro', points: 120 },
      locale: 'it',
      zone: 'Europe/Rome',
      now: NOON,
      order: { total: { minor: 5480, currency: 'EUR' }, placedAt: ORDER_TIME, statusUrl: 'https://sole.example/o/1' },
    });
    expect(context.items.map(({ title }) => title)).toEqual(['Caffè', 'Tazza']);
    expect(context.items[0]).toMatchObject({ runsOutAfterDays: 30, complementTitle: { it: 'Cantuccini 300 g' } });
  });

  it('a refund is the one the message is about, in the currency of the order', async () => {
    const order = await placedOrder(ledger.db);
    await event(order, { type: 'refund_issued', payload: { amountMinor: 100 } });
    const second = await event(order, { type: 'refund_issued', payload: { amountMinor: 250 } });
    const context = await contextOf(order, { kind: 'refund_issued', occurrence: second });
    expect(context.order?.refund).toEqual({ minor: 250, currency: 'EUR' });
  });

  it('a refund of nothing, or of more than was paid, has no amount', async () => {
    const order = await placedOrder(ledger.db);
    const refundOf = async (amountMinor: number) => {
      const occurrence = await event(order, { type: 'refund_issued', payload: { amountMinor } });
      return (await contextOf(order, { kind: 'refund_issued', occurrence })).order?.refund;
    };
    expect(await refundOf(0)).toBeUndefined();
    expect(await refundOf(5481)).toBeUndefined();
    expect(await refundOf(5480)).toEqual({ minor: 5480, currency: 'EUR' });
  });

  it('times are told in the zone of the decision, or else of the shop', async () => {
    const order = await placedOrder(ledger.db);
    expect((await contextOf(order, {}, ['Asia/Seoul', 'Asia/Tokyo'])).zone).toBe('Asia/Seoul');
    expect((await contextOf(order, {}, [])).zone).toBe('Europe/Rome');
  });

  it("a customer who gave no language reads the shop's own", async () => {
    const order = await placedOrder(ledger.db, { customer: { locale: undefined } });
    expect((await contextOf(order)).locale).toBe('it');
  });

  it('a reply about no order has no order', async () => {
    const order = await placedOrder(ledger.db);
    const context = await contextOf(order, { kind: 'help', order: null, occurrence: 'inbound-1' });
    expect(context.order).toBeUndefined();
    expect(context.items).toEqual([]);
    expect(context.parcel).toBeUndefined();
  });

  it("another brand's order of the same id is another order", async () => {
    const altrove = { ...brand, id: 'altrove', name: 'Altrove', sender: '+393399957002' };
    await saveBrand(ledger.db, altrove, NOON);
    const here = await placedOrder(ledger.db, { id: 'same' });
    const there = await placedOrder(ledger.db, { id: 'same', name: '#there' }, altrove);
    await shipped(here, 'p1');
    const context = await contextOf(there);
    expect(context).toMatchObject({ brand: { name: 'Altrove' }, order: { name: '#there' } });
    expect(context.parcel).toBeUndefined();
  });
});
