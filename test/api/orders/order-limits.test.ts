import { afterAll, beforeAll, expect, it } from 'vitest';
import { validEvent, validOrder } from '../../helpers/orders.ts';
import type { ApiReply, Shop } from '../shop.ts';
import { openShop, serve } from '../shop.ts';

const LIMITS = { events: 12, parcels: 3 };

let shop: Shop;
let small: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  shop = await openShop();
  small = await serve(shop.db, { orderLimits: LIMITS, clock: { now: () => shop.clock.at } });
});
afterAll(async () => {
  await small.close();
  await shop.close();
});

async function post(path: string, body: object): Promise<Pick<ApiReply, 'status' | 'body'>> {
  const response = await fetch(small.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${shop.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}
const report = (order: string, event: object) => post(`/v1/orders/${order}/events`, event);
const problem = (code: string) => expect.objectContaining({ type: `urn:dopo:problem:${code}` });
const counts = async (order: string): Promise<readonly number[]> => {
  const row = await shop.db('orders').where({ brand_id: 'bottega', id: order }).first('event_count', 'parcel_count');
  return [row.event_count, row.parcel_count];
};

it('an order takes as many events as it may have, and what it has is a duplicate even then', async () => {
  const { id } = validOrder();
  const events = Array.from({ length: LIMITS.events }, () => validEvent());
  for (const event of events) expect((await report(id, event)).status).toBe(202);
  expect(await report(id, validEvent())).toEqual({ status: 409, body: problem('too_many_events') });
  expect(await report(id, events[0] ?? {})).toMatchObject({ status: 202, body: { status: 'duplicate' } });
  const other = { ...events[0], occurredAt: '2026-01-01T00:00:00Z' };
  expect(await report(id, other)).toEqual({ status: 409, body: problem('event_differs') });
  expect(await counts(id)).toEqual([LIMITS.events, 0]);
});

it('an order at its limit still hears that it is over, and not without end', async () => {
  const { id } = validOrder();
  for (let count = 0; count < LIMITS.events; count += 1) await report(id, validEvent());
  for (let count = 0; count < 119; count += 1)
    expect((await report(id, validEvent({ type: 'order_cancelled' }))).status).toBe(202);
  // It stops the news of the parcel's way.
  const arrived = validEvent({ type: 'parcel_delivered', parcel: { id: 'p1' } });
  expect((await report(id, arrived)).status).toBe(202);
  expect(await report(id, validEvent({ type: 'return_received' }))).toEqual({
    status: 409,
    body: problem('too_many_events'),
  });
});

it('an order takes as many parcels as it may have, and goes on hearing of those', async () => {
  const { id } = validOrder();
  const shipped = (parcel: string) => validEvent({ type: 'parcel_shipped', parcel: { id: parcel } });
  const first = shipped('p1');
  for (const event of [first, shipped('p2'), shipped('p3')]) expect((await report(id, event)).status).toBe(202);
  expect(await report(id, shipped('p4'))).toEqual({ status: 409, body: problem('too_many_parcels') });
  expect(await report(id, first)).toMatchObject({ status: 202, body: { status: 'duplicate' } });
  const arrived = validEvent({ type: 'parcel_delivered', parcel: { id: 'p3' } });
  expect(await report(id, arrived)).toMatchObject({ status: 202, body: { status: 'accepted' } });
  expect(await counts(id)).toEqual([4, 3]);
});

it('events that come at once are counted one by one: none is stored above the limit', async () => {
  const { id } = validOrder();
  const replies = await Promise.all(Array.from({ length: 30 }, () => report(id, validEvent())));
  const accepted = replies.filter(({ status }) => status === 202);
  expect(accepted).toHaveLength(LIMITS.events);
  expect(replies.filter(({ status }) => status === 409)).toHaveLength(30 - LIMITS.events);
  expect(await shop.db('inbox').where({ brand_id: 'bottega', order_id: id })).toHaveLength(LIMITS.events);
});

it('the order itself, an answer and a case are no events of the shop: an order at its limit still takes them', async () => {
  const order = validOrder();
  for (let count = 0; count < LIMITS.events; count += 1) await report(order.id, validEvent());
  expect((await post('/v1/orders', order)).status).toBe(202);
  expect(await counts(order.id)).toEqual([LIMITS.events, 0]);
});
