/**
 * Seven short scripts that send twice, lose the customer or opt people out by mistake in other systems of this kind. Each is
 * named after the experiment it repeats, E0 to E6, and judged by what the provider took.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../domain/time/duration.ts';
import { localTime } from '../../domain/time/local-time.ts';
import { searchAttributes } from '../../dev/installation.ts';
import type { DevServer } from '../../dev/servers/start-dev-server.ts';
import { inboundOf } from '../../vonage/fake/receipts.ts';
import { validEvent, validOrder } from '../helpers/orders.ts';
import type { Program } from '../../dev/programs.ts';
import type { Surroundings } from '../helpers/processes.ts';
import { openSurroundings, startServices, stopProgram } from '../helpers/processes.ts';
import { startTestDevServer } from '../helpers/temporal.ts';
import { virtualShop } from '../helpers/virtual-shop.ts';
import { tokenOf } from '../helpers/keys.ts';

const shop = virtualShop();
const box = { parcel: { id: 'box' } };
const textsTo = (phone: string) => shop.vonage.messages().filter(({ to }) => to === phone);
/** Coffee is judged within days: the rating is asked for on the fifth. */
const coffee = { items: [{ sku: 'COFFEE-250', title: 'Caffè', quantity: 1, price: '9.50' }] };

afterEach(() => shop.vonage.clearFaults());

/** The events of an order from placement to rating, day by day. */
const JOURNEY = [
  'sent order_confirmation',
  'sent delivered',
  'sent setup_guide',
  'sent care_tips',
  'sent rating_request',
];

async function sixDays(id: string): Promise<string[]> {
  await shop.event(id, 'parcel_delivered', box);
  await shop.pass(6 * DAY);
  return shop.story(id);
}

describe('E0: one order', () => {
  it('every message names the shop, comes once and, where hours are kept, within them', async () => {
    await shop.until(10, 0, 1);
    const { id, phone } = await shop.order(coffee);
    expect(await sixDays(id)).toEqual(JOURNEY);
    const texts = textsTo(phone);
    expect(texts).toHaveLength(JOURNEY.length);
    for (const { text } of texts) expect(text).toContain(shop.brand.name);
    const { hour } = localTime(texts.at(-1)?.acceptedAt ?? 0, 'Europe/Rome');
    expect(hour).toBeGreaterThanOrEqual(8);
    expect(hour).toBeLessThan(21);
  });
});

describe('E1: the provider answers 503 once', () => {
  it('the message follows while it is useful, once, and the journey goes on', async () => {
    await shop.until(10, 0, 1);
    shop.vonage.setFault({ kind: 'status', status: 503, times: 1 });
    const { id, phone } = await shop.order(coffee);
    await shop.pass(2 * HOUR);
    expect(textsTo(phone)).toHaveLength(1);
    expect(await sixDays(id)).toEqual(JOURNEY);
  });
});

describe('E2: the worker is killed while the provider accepts', () => {
  let temporal: DevServer;
  let around: Surroundings;
  let api: Program;
  let worker: Program;
  beforeAll(async () => {
    temporal = await startTestDevServer(searchAttributes);
    around = await openSurroundings(temporal.address);
    api = await startServices(['api'], around.env);
    worker = await startServices(['worker'], around.env);
  });
  afterAll(async () => {
    await Promise.all([stopProgram(api), stopProgram(worker)]);
    await around.close();
    await temporal.stop();
  });

  it('the message stays one, its outcome becomes known, and the next one follows', async () => {
    const { vonage } = around;
    vonage.setFault({ kind: 'delay', ms: 60_000, times: 1 });
    const order = validOrder({ placedAt: new Date().toISOString() });
    await around.shop.placeOrder(order);
    await expect.poll(() => vonage.messages().length, { interval: 10 }).toBe(1);
    worker.kill('SIGKILL');
    await worker.ended;
    worker = await startServices(['worker'], around.env);
    await around.shop.report(order.id, validEvent({ type: 'refund_issued', occurredAt: new Date().toISOString() }));
    await expect.poll(() => vonage.messages().length, { interval: 50 }).toBe(2);
    const told = async (): Promise<readonly string[]> =>
      (await around.shop.view(order.id)).timeline.flatMap((entry) => (entry.what === 'sent' ? [entry.kind] : []));
    // The provider has a message before its answer is on record.
    await expect.poll(told, { interval: 50 }).toEqual(['order_confirmation', 'refund_issued']);
    expect(vonage.messages()).toHaveLength(2);
  });
});

describe('E3: the same event twice', () => {
  it('the order and its parcel are told of once each', async () => {
    await shop.until(10, 0, 1);
    const order = validOrder({ placedAt: new Date(await shop.time.now()).toISOString() });
    const shipped = validEvent({ type: 'parcel_shipped', occurredAt: order['placedAt'], ...box });
    for (let twice = 0; twice < 2; twice += 1) {
      await shop.shop.placeOrder(order);
      await shop.shop.report(order.id, shipped);
    }
    await shop.pass(HOUR);
    expect((await shop.story(order.id)).toSorted()).toEqual(['sent order_confirmation', 'sent shipped']);
  });
});

describe('E4: "Can I stop by the shop to collect it?"', () => {
  const question = 'Can I stop by the shop to collect it?';

  it('unsigned, it is refused and changes nothing', async () => {
    await shop.until(10, 0, 1);
    const { phone } = await shop.order();
    const body = JSON.stringify(inboundOf(phone, shop.brand.sender, question, await shop.time.now()));
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${shop.apiUrl}/webhooks/vonage/inbound`, { method: 'POST', headers, body });
    expect(answer.status).toBe(503);
    expect(await shop.db('inbound_messages').where({ address: phone })).toEqual([]);
  });

  it('signed, it is a question for an agent, and the next order is told of as ever', async () => {
    await shop.until(10, 0, 1);
    const customer = { id: 'anna', phone: '+39 333 7700001' };
    const { id, phone } = await shop.order({ customer });
    await shop.says(phone, question);
    await shop.pass(MINUTE);
    expect(await shop.db('cases').where({ order_id: id })).toMatchObject([{ kind: 'question', closed_at: null }]);
    expect(await shop.db('suppressions').where({ token: tokenOf(shop.brand.id, phone) })).toEqual([]);
    const next = await shop.order({ customer });
    await shop.pass(HOUR);
    expect(await shop.story(next.id)).toEqual(['sent order_confirmation']);
  });
});

describe('E5: six copies at once', () => {
  it('are one order and one message', async () => {
    await shop.until(10, 0, 1);
    const order = validOrder({ placedAt: new Date(await shop.time.now()).toISOString() });
    await Promise.all(Array.from({ length: 6 }, () => shop.shop.placeOrder(order)));
    await shop.pass(HOUR);
    expect(await shop.story(order.id)).toEqual(['sent order_confirmation']);
  });
});

describe('E6: the second order of the same customer', () => {
  it('is told of like the first', async () => {
    await shop.until(10, 0, 1);
    const customer = { id: 'bruno', phone: '+39 333 7700002' };
    const first = await shop.order({ customer, ...coffee });
    expect(await sixDays(first.id)).toEqual(JOURNEY);
    const second = await shop.order({ customer });
    await shop.event(second.id, 'parcel_shipped', box);
    await shop.pass(HOUR);
    expect(await shop.story(second.id)).toEqual(['sent order_confirmation', 'sent shipped']);
    expect(textsTo(first.phone)).toHaveLength(JOURNEY.length + 2);
  });
});
