import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporalWorkflows } from '../../engine/temporal.ts';
import type { Workflows } from '../../engine/workflows.ts';
import { countUnstarted } from '../../db/outbox/outbox.ts';
import { requestRedelivery } from '../../db/sending/ledger/redeliveries.ts';
import { inboundOf } from '../../vonage/fake/receipts.ts';
import { orderWorkflowId, redeliveryWorkflowId, replyWorkflowId } from '../../workflows/contract.ts';
import { engineAway } from '../helpers/away.ts';
import { brand, placedOrder, planned } from '../helpers/ledger.ts';
import { saveBrand } from '../../commands/orders/save-brand.ts';
import { ORDER_TIME, validEvent, validOrder } from '../helpers/orders.ts';
import type { EngineShop } from '../api/engine-shop.ts';
import { openEngineShop } from '../api/engine-shop.ts';

let shop: EngineShop;
beforeAll(async () => {
  shop = await openEngineShop();
});
afterAll(() => shop.close());

const pending = () => shop.db('inbox').whereNull('applied_at').orderBy('id');
/** The facts that an order was told, signal by signal. */
const toldTo = async (order: string): Promise<string[][]> => {
  const { events } = await shop.client.workflow.getHandle(orderWorkflowId('bottega', order)).fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => {
    if (!signal) return [];
    const [one, many = []] = (signal.input?.payloads ?? []).map(
      ({ data }) => JSON.parse(Buffer.from(data ?? []).toString()) as unknown,
    ) as [{ id: string } | null, { id: string }[]?];
    return [(one ? [one] : many).map(({ id }) => id)];
  });
};
const signalsOf = async (order: string): Promise<(string | null | undefined)[]> => {
  const { events } = await shop.client.workflow.getHandle(orderWorkflowId('bottega', order)).fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
    signal ? [signal.signalName] : [],
  );
};

it('nothing stored while the engine is away is lost: it is told once the engine is there', async () => {
  const orders = Array.from({ length: 60 }, () => validOrder());
  for (const order of orders) await shop.post('/v1/orders', order);
  const away = engineAway();
  const { tell } = temporalWorkflows(away.client);
  const failed = { count: 0 };
  const counting: Workflows['tell'] = (...args) =>
    tell(...args).catch((error: unknown) => {
      failed.count += 1;
      throw error;
    });
  const waiting = shop.drainer({ workflows: { ...temporalWorkflows(away.client), tell: counting } });
  await expect.poll(() => failed.count).toBeGreaterThan(3);
  await waiting.stop();
  await away.close();
  // An engine that is away is no fault of theirs: none has lost a try or is claimed.
  expect(await pending()).toHaveLength(60);
  expect((await pending()).filter(({ tries, claimed_until }) => tries > 0 || claimed_until !== null)).toEqual([]);

  const drainer = shop.drainer();
  await expect.poll(pending).toEqual([]);
  await drainer.stop();
  for (const { id } of orders.slice(0, 3)) expect(await signalsOf(id)).toEqual(['orderEvent']);
});

it('two drainers tell every fact, and each once', async () => {
  const order = validOrder();
  await shop.post('/v1/orders', order);
  for (let index = 0; index < 20; index += 1) await shop.post(`/v1/orders/${order.id}/events`, validEvent());
  const both = [shop.drainer(), shop.drainer()];
  await expect.poll(pending).toEqual([]);
  await Promise.all(both.map((drainer) => drainer.stop()));
  const told = (await toldTo(order.id)).flat();
  expect([told.length, new Set(told).size]).toEqual([21, 21]);
});

it('a fact of an order whose journey has ended is settled, not tried for ever', async () => {
  const order = validOrder();
  await shop.post('/v1/orders', order);
  const drainer = shop.drainer();
  await expect.poll(pending).toEqual([]);
  await shop.client.workflow.getHandle(orderWorkflowId('bottega', order.id)).terminate();
  await shop.post(`/v1/orders/${order.id}/events`, validEvent());
  drainer.wake();
  await expect.poll(pending).toEqual([]);
  await drainer.stop();
  const { status } = await shop.client.workflow.getHandle(orderWorkflowId('bottega', order.id)).describe();
  expect(status.name).toBe('TERMINATED');
});

it('a fact of an order whose run the engine has forgotten is on record and starts no run that would not know the order', async () => {
  const order = validOrder();
  await shop.post('/v1/orders', order);
  // Its run was told of it, has closed and is gone.
  await shop
    .db('inbox')
    .where({ order_id: order.id })
    .update({ applied_at: new Date(ORDER_TIME) });
  expect((await shop.post(`/v1/orders/${order.id}/events`, validEvent({ type: 'order_updated' }))).status).toBe(202);
  const drainer = shop.drainer();
  await expect.poll(pending).toEqual([]);
  await drainer.stop();
  await expect(shop.client.workflow.getHandle(orderWorkflowId('bottega', order.id)).describe()).rejects.toThrow(
    'not found',
  );
  expect((await shop.get(`/v1/orders/${order.id}`)).body.timeline).toContainEqual(
    expect.objectContaining({ what: 'event', type: 'order_updated' }),
  );
});

it('a fact of an order whose person is erased starts no run', async () => {
  const order = validOrder();
  await shop.post('/v1/orders', order);
  await shop
    .db('orders')
    .where({ id: order.id })
    .update({ erased_at: new Date(ORDER_TIME) });
  const drainer = shop.drainer();
  await expect.poll(pending).toEqual([]);
  await drainer.stop();
  await expect(shop.client.workflow.getHandle(orderWorkflowId('bottega', order.id)).describe()).rejects.toThrow(
    'not found',
  );
});

it('an order that comes after the run of its events has ended starts another, which hears them all', async () => {
  const order = validOrder();
  const drainer = shop.drainer();
  for (let index = 0; index < 3; index += 1) await shop.post(`/v1/orders/${order.id}/events`, validEvent());
  // An earlier version told events before their order.
  await shop.db('inbox').where({ order_id: order.id }).update({ applied_at: null });
  drainer.wake();
  await expect.poll(pending).toEqual([]);
  await shop.client.workflow.getHandle(orderWorkflowId('bottega', order.id)).terminate();
  await shop.post('/v1/orders', order);
  drainer.wake();
  await expect.poll(pending).toEqual([]);
  await drainer.stop();
  const { status } = await shop.client.workflow.getHandle(orderWorkflowId('bottega', order.id)).describe();
  expect(status.name).toBe('RUNNING');
  expect(await signalsOf(order.id)).toHaveLength(4);
});

it('the confirmation of a STOP is started once', async () => {
  const order = validOrder({ customer: { phone: '+39 348 111 2233' } });
  await shop.post('/v1/orders', order);
  await shop.webhook('inbound', inboundOf('+393481112233', '+393399957001', 'STOP', ORDER_TIME));
  const drainer = shop.drainer();
  const stops = () => shop.db('inbound_messages').where({ address: '+393481112233' });
  await expect.poll(async () => (await stops())[0].replied_at).not.toBeNull();
  await drainer.stop();
  const [{ id, brand_id: brand }] = await stops();
  const { type } = await shop.client.workflow.getHandle(replyWorkflowId(brand, id)).describe();
  expect(type).toBe('reply');
  const again = shop.workflows.reply({
    brand,
    contact: id,
    inbound: id,
    send: 'opt_out_confirmed',
    at: ORDER_TIME,
  });
  await expect(again).resolves.toBeUndefined();
});

it('a message that is to be sent again is handed to one workflow, once', async () => {
  const { id: order, contact } = (await shop.post('/v1/orders', validOrder())).body;
  const message = await planned(shop.db, { brand: 'bottega', order, contact, phone: '' });
  await requestRedelivery(shop.db, message, 'operator', ORDER_TIME, ORDER_TIME);
  const [{ id }] = await shop.db('redeliveries').whereNull('started_at').select('id');
  const redelivery = { id, brand: 'bottega', message, kind: 'delivered', at: ORDER_TIME } as const;
  const both = [shop.drainer(), shop.drainer()];
  await expect.poll(() => countUnstarted(shop.db)).toBe(0);
  await Promise.all(both.map((drainer) => drainer.stop()));
  const handle = shop.client.workflow.getHandle(redeliveryWorkflowId('bottega', redelivery.id));
  expect((await handle.describe()).type).toBe('redelivery');
  await handle.terminate();
  await expect(shop.workflows.redeliver(redelivery)).resolves.toBeUndefined();
  expect((await handle.describe()).status.name).toBe('TERMINATED');
});

it('a command to an order without a workflow says so', async () => {
  const { workflows } = shop;
  expect(await workflows.resume({ brand: 'bottega', order: 'nobody' }, { id: 'command.1' })).toEqual({
    kind: 'not_running',
  });
  expect(await workflows.reachable()).toBe(true);
});

it('while no worker takes what was told, brands go on taking turns: an order of one does not wait for the flood of another', async () => {
  const flood = Array.from({ length: 200 }, () => validOrder());
  for (const order of flood) await shop.post('/v1/orders', order);
  const other = { ...brand, id: 'silenzio', sender: '+393399957009' };
  await saveBrand(shop.db, other, ORDER_TIME);
  const { order } = await placedOrder(shop.db, {}, other);
  const told: string[] = [];
  const noting: Workflows['tell'] = (run, ...facts) => {
    told.push(run.order);
    return shop.workflows.tell(run, ...facts);
  };
  const drainer = shop.drainer({ workflows: { ...shop.workflows, tell: noting } });
  await expect.poll(() => told).toContain(order);
  await drainer.stop();
  // By the order of the calls: a look at what is left comes late on a busy machine.
  expect(told.indexOf(order)).toBeLessThan(20);
  await shop
    .db('inbox')
    .whereNull('applied_at')
    .update({ applied_at: new Date(ORDER_TIME) });
});

it('a fact of an order that is over, and whose events are gone, starts no run', async () => {
  const order = validOrder();
  await shop.post('/v1/orders', order);
  await shop
    .db('orders')
    .where({ id: order.id })
    .update({ facts_removed_at: new Date(ORDER_TIME) });
  const drainer = shop.drainer();
  await expect.poll(pending).toEqual([]);
  await drainer.stop();
  // The daily work will find it: it does not stay for ever.
  const found: { late: boolean } | undefined = await shop
    .db('orders')
    .where({ id: order.id })
    .first(shop.db.raw('facts_looked_at > facts_removed_at as late'));
  expect(found).toEqual({ late: true });
  await expect(shop.client.workflow.getHandle(orderWorkflowId('bottega', order.id)).describe()).rejects.toThrow(
    'not found',
  );
  expect(await shop.post(`/v1/orders/${order.id}/events`, validEvent())).toMatchObject({
    status: 410,
    body: { type: 'urn:dopo:problem:order_over' },
  });
  const explained = await shop.get(`/v1/orders/${order.id}/explain?message=rating_request`);
  expect(explained.body).toMatchObject({ explained: [{ status: 'not_sent' }] });
});
