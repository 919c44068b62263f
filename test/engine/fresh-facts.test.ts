import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { connectTemporal, temporalWorkflows } from '../../engine/temporal.ts';
import type { Drainer } from '../../engine/drainer.ts';
import type { FreshFacts } from '../../engine/fresh-facts.ts';
import { FRESH_FOR } from '../../engine/fresh-facts.ts';
import { connect } from '../../db/connection/connect.ts';
import type { FreshFact } from '../../db/orders/inbox.ts';
import { orderWorkflowId } from '../../workflows/contract.ts';
import { validEvent, validOrder } from '../helpers/orders.ts';
import type { EngineShop } from '../api/engine-shop.ts';
import { openEngineShop } from '../api/engine-shop.ts';
import { serve } from '../api/shop.ts';

let shop: EngineShop;
beforeAll(async () => {
  shop = await openEngineShop();
});
afterAll(() => shop.close());
const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

const started = (drainer: Drainer): Drainer => {
  endings.unshift(() => drainer.stop());
  return drainer;
};
const pending = () => shop.db('inbox').whereNull('applied_at').orderBy('id');
const allTold = () => expect.poll(pending, { interval: 20 }).toEqual([]);
const toldTo = async (order: string): Promise<string[]> => {
  const { events } = await shop.client.workflow.getHandle(orderWorkflowId('bottega', order)).fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => {
    if (!signal) return [];
    const [one, many = []] = (signal.input?.payloads ?? []).map(
      ({ data }) => JSON.parse(Buffer.from(data ?? []).toString()) as unknown,
    ) as [{ id: string } | null, { id: string }[]?];
    return (one ? [one] : many).map(({ id }) => id);
  });
};

/** An API beside the shop's own whose requests hand their facts to a drainer. Returns a function that reports an event. */
async function apiWith(
  fresh: FreshFacts,
  drainer?: Drainer,
): Promise<(order: string, event?: object) => Promise<void>> {
  const { url, close } = await serve(connect(shop.databaseUrl), {
    fresh,
    clock: { now: () => shop.clock.at },
    wakeDrainer: (outbox) => drainer?.wake(outbox),
  });
  endings.push(close);
  return async (order, event = validEvent({ type: 'order_updated' })) => {
    const { status } = await fetch(`${url}/v1/orders/${order}/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${shop.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(event),
    });
    expect(status).toBe(202);
  };
}

async function placedOrder(): Promise<string> {
  const order = validOrder();
  await shop.post('/v1/orders', order);
  return order.id;
}

it('events that are told as they are stored are told once each, beside another drainer that looks all the time', async () => {
  const [own] = [started(shop.drainer()), started(shop.drainer())];
  const order = await placedOrder();
  await allTold();
  const taken: FreshFact[] = [];
  const take = (fact: FreshFact): void => {
    taken.push(fact);
    own.fresh.take(fact);
  };
  const report = await apiWith({ takes: () => own.fresh.takes(), take }, own);
  for (let index = 0; index < 20; index += 1) await report(order);
  await allTold();
  expect(taken.length).toBeGreaterThan(0);
  const told = await toldTo(order);
  expect([told.length, new Set(told).size]).toEqual([21, 21]);
});

it('an event that a process had in hand when it died is told by another once its claim has run out', async () => {
  const order = await placedOrder();
  const other = started(shop.drainer());
  await allTold();
  const report = await apiWith({ takes: () => true, take: () => {} });
  await report(order);
  // The rest may take longer than the claim holds.
  await shop.db.raw(`update inbox set claimed_until = claimed_until + interval '1 hour' where applied_at is null`);
  // Another order's event that comes later is told, so the drainer has looked.
  await shop.post(`/v1/orders/${order}/events`, validEvent({ type: 'order_updated' }));
  await expect.poll(async () => (await pending()).length).toBe(1);
  expect((await pending())[0]).toMatchObject({ tries: 0, claimed_until: expect.any(Date) });
  await shop.db.raw(`update inbox set claimed_until = claimed_until - interval '1 hour ${FRESH_FOR} ms'`);
  other.wake('fact');
  await allTold();
  expect(await toldTo(order)).toHaveLength(3);
});

it('an event that is handed over while the engine is away waits in the inbox, unclaimed and without a lost try', async () => {
  const order = await placedOrder();
  const working = shop.drainer();
  await allTold();
  await working.stop();
  const away = connectTemporal({ connectionOptions: { address: '127.0.0.1:1' } });
  endings.push(() => away.close());
  const drainer = shop.drainer({ workflows: temporalWorkflows(away.client) });
  // It has looked, and nothing was there.
  await expect.poll(() => drainer.fresh.takes()).toBe(true);
  const report = await apiWith(drainer.fresh, drainer);
  await report(order);
  await expect.poll(() => drainer.fresh.takes()).toBe(false);
  await drainer.stop();
  expect(await pending()).toMatchObject([{ tries: 0, claimed_until: null, last_error: null }]);
  started(shop.drainer());
  await allTold();
});

it('an event of a request that ends after the drainer is left to the others', async () => {
  const order = await placedOrder();
  const drainer = shop.drainer();
  await allTold();
  await drainer.stop();
  expect(drainer.fresh.takes()).toBe(false);
  const report = await apiWith({ takes: () => true, take: drainer.fresh.take });
  await report(order);
  await expect.poll(pending).toMatchObject([{ claimed_until: null }]);
  started(shop.drainer());
  await allTold();
});

it('an event that comes before its order, twice or with other contents is as it is without a drainer', async () => {
  const drainer = started(shop.drainer());
  await expect.poll(() => drainer.fresh.takes()).toBe(true);
  const report = await apiWith(drainer.fresh, drainer);
  const order = validOrder();
  const event = validEvent({ type: 'order_updated' });
  await report(order.id, event);
  await shop.post('/v1/orders', order);
  await report(order.id, event);
  await allTold();
  expect((await toldTo(order.id)).toSorted()).toEqual([event.id, 'order_placed'].toSorted());
  expect((await shop.post(`/v1/orders/${order.id}/events`, { ...event, parcelCount: 2 })).status).toBe(409);
});
