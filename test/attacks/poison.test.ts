/** Rows that can never be handed to a workflow, and what must not come of them. No worker runs: it is about what the engine was told. */
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Workflows } from '../../engine/workflows.ts';
import { requestRedelivery } from '../../db/sending/ledger/redeliveries.ts';
import { requestErasure } from '../../commands/privacy/request-erasure.ts';
import { rules } from '../helpers/rules.ts';
import { erasureWorkflowId, orderWorkflowId, redeliveryWorkflowId } from '../../workflows/contract.ts';
import type { EngineShop } from '../api/engine-shop.ts';
import { openEngineShop } from '../api/engine-shop.ts';
import { storeOf } from '../helpers/keys.ts';
import { planned } from '../helpers/ledger.ts';
import { ORDER_TIME, validEvent, validOrder } from '../helpers/orders.ts';

let shop: EngineShop;
beforeAll(async () => {
  shop = await openEngineShop();
});
afterAll(() => shop.close());

const logged: string[] = [];

function drain(workflows = shop.workflows) {
  return shop.drainer({ workflows, log: pino({ level: 'warn' }, { write: (line: string) => logged.push(line) }) });
}

const factOf = async (order: string) => shop.db('inbox').where({ order_id: order, type: 'order_placed' }).first();
const isTold = async (order: string): Promise<boolean> => (await factOf(order)).applied_at !== null;
/** A journey as a later version compiles it, found after a rollback. */
const LATER_JOURNEY = { name: 'standard', version: 99, steps: ['words of a later version'] };

async function poisoned(): Promise<{ readonly order: string; readonly good: Buffer }> {
  const order = validOrder();
  await shop.post('/v1/orders', order);
  const { journey_hash: good } = await shop.db('orders').where({ id: order.id }).first('journey_hash');
  await shop
    .db('orders')
    .where({ id: order.id })
    .update({ journey_hash: shop.db.raw('keep_journey(cast(? as jsonb))', [JSON.stringify(LATER_JOURNEY)]) });
  return { order: order.id, good };
}

/** By its number. 4: it took too long. 14: the engine, or the part of it that has this workflow, is away. */
const unclear = (code: number): Error =>
  new Error('Failed to signal', { cause: Object.assign(new Error(String(code)), { code, details: 'said' }) });
/** Temporal's answers to a request that it cannot serve. */
const invalid = (): Error =>
  new Error('Failed to start', { cause: Object.assign(new Error('3'), { code: 3, details: 'too much' }) });

describe('a row that can never be told', () => {
  it('never delays the facts of other orders', async () => {
    const { order: poison } = await poisoned();
    const drainer = drain();
    await expect.poll(async () => (await factOf(poison)).tries).toBeGreaterThan(0);
    for (let count = 0; count < 12; count += 1) {
      const order = validOrder();
      await shop.post('/v1/orders', order);
      await expect.poll(() => isTold(order.id)).toBe(true);
    }
    await drainer.stop();
    // It waits by itself: of twelve looks or more it took part in few.
    expect((await factOf(poison)).tries).toBeLessThan(8);
    await shop
      .db('inbox')
      .where({ order_id: poison })
      .update({ applied_at: new Date(ORDER_TIME) });
  });

  it('never takes the other facts of its order along', async () => {
    const { id: order } = (await shop.post('/v1/orders', validOrder())).body;
    for (const id of ['bad-one', 'good-one']) {
      const event = { id, type: 'order_updated', occurredAt: new Date(ORDER_TIME).toISOString() };
      expect((await shop.post(`/v1/orders/${order}/events`, event)).status).toBe(202);
    }
    const tell: Workflows['tell'] = async (of, facts) => {
      if (JSON.stringify(facts).includes('bad-one')) throw invalid();
      return shop.workflows.tell(of, facts);
    };
    const drainer = drain({ ...shop.workflows, tell });
    const untold = () => shop.db('inbox').where({ order_id: order, applied_at: null }).pluck('event_id');
    await expect.poll(untold).toEqual(['bad-one']);
    await drainer.stop();
    await shop
      .db('inbox')
      .where({ order_id: order })
      .update({ applied_at: new Date(ORDER_TIME) });
  });

  it('never holds up those behind it, not even in tens', async () => {
    const { id: order, contact } = (await shop.post('/v1/orders', validOrder())).body;
    const messages: string[] = [];
    for (let count = 0; count < 12; count += 1) {
      const message = await planned(
        shop.db,
        { brand: 'bottega', order, contact, phone: '' },
        { occurrence: `again-${count}` },
      );
      await requestRedelivery(shop.db, message, 'operator', ORDER_TIME, ORDER_TIME);
      messages.push(message);
    }
    const stuck = new Set(messages.slice(0, 11));
    const redeliver: Workflows['redeliver'] = async (one) => {
      if (stuck.has(one.message)) throw invalid();
      await shop.workflows.redeliver(one);
    };
    const drainer = drain({ ...shop.workflows, redeliver });
    const last = () => shop.db('redeliveries').where({ message_id: messages[11] }).first();
    await expect.poll(async () => (await last()).started_at).not.toBeNull();
    await drainer.stop();
    const handle = shop.client.workflow.getHandle(redeliveryWorkflowId('bottega', (await last()).id));
    expect((await handle.describe()).type).toBe('redelivery');
    const errors = await shop.db('redeliveries').whereNull('started_at').distinct('last_error').pluck('last_error');
    expect(errors).toEqual(['INVALID_ARGUMENT']);
    await shop.db('redeliveries').update({ started_at: new Date(ORDER_TIME) });
  });

  it('of one outbox never stops another: a consent check that throws leaves erasures alone', async () => {
    const { id, contact } = (await shop.post('/v1/orders', validOrder())).body;
    await shop
      .db('consent_checks')
      .insert({ brand_id: 'bottega', contact_id: contact, created_at: new Date(ORDER_TIME) });
    const other = (await shop.post('/v1/orders', validOrder({ customer: { phone: '+39 348 555 0001' } }))).body;
    const erasure = await requestErasure(
      storeOf(shop.db),
      { brand: 'bottega', contact: other.contact, actor: 'test', source: 'api' },
      ORDER_TIME,
    );
    if (erasure === undefined) throw new Error('the erasure was not taken in');
    const broken = { ...rules, packs: undefined as never };
    const drainer = shop.drainer({ rules: broken });
    const check = () => shop.db('consent_checks').where({ contact_id: contact }).first();
    await expect.poll(async () => (await check()).tries).toBeGreaterThan(0);
    await expect.poll(async () => (await shop.db('erasures').first()).started_at).not.toBeNull();
    await drainer.stop();
    expect((await check()).started_at).toBeNull();
    expect(await isTold(id)).toBe(true);
    const handle = shop.client.workflow.getHandle(erasureWorkflowId('bottega', erasure));
    expect((await handle.describe()).type).toBe('erasure');
    await shop.db('consent_checks').update({ started_at: new Date(ORDER_TIME) });
  });

  it('is never tried for ever: it is counted, listed for its brand only, and told once it can be', async () => {
    const { order, good } = await poisoned();
    await shop.db('inbox').where({ order_id: order }).update({ tries: 11 });
    const drainer = drain();
    await expect.poll(async () => (await factOf(order)).dead_at).not.toBeNull();
    const fact = await factOf(order);
    expect(logged.filter((line) => line.includes('dead letter'))).toHaveLength(1);
    expect((await shop.ops('/metrics')).body).toContain('dopo_outbox_dead{outbox="fact"} 1');

    const { body } = await shop.get('/v1/outboxes/dead');
    expect(body).toEqual({
      dead: [
        {
          outbox: 'fact',
          id: String(fact.id),
          about: { order, event: 'order_placed', type: 'order_placed' },
          tries: 12,
          error: 'RangeError',
          deadAt: new Date(ORDER_TIME).toISOString(),
        },
      ],
    });
    expect((await shop.get('/v1/outboxes/dead', shop.strangersKey)).body).toEqual({ dead: [] });
    const ask = { actor: 'Marta', reason: 'the new version is back', outbox: 'fact', id: String(fact.id) };
    const stranger = { authorization: `Bearer ${shop.strangersKey}` };
    expect((await shop.post('/v1/outboxes/dead/redrive', ask, stranger)).status).toBe(404);
    expect(await isTold(order)).toBe(false);

    await shop.db('orders').where({ id: order }).update({ journey_hash: good });
    expect(await shop.post('/v1/outboxes/dead/redrive', ask)).toMatchObject({ status: 200, body: { redriven: 1 } });
    await expect.poll(() => isTold(order)).toBe(true);
    await drainer.stop();
    expect((await shop.get('/v1/outboxes/dead')).body).toEqual({ dead: [] });
    const { entries } = (await shop.get('/v1/audit?action=redrive_outbox')).body;
    expect(entries).toMatchObject([{ actor: 'test: Marta', subject: { kind: 'outbox', id: `fact:${fact.id}` } }]);
  });

  it('never holds up those behind it, not even in tens and when the engine says nothing about them', async () => {
    const orders = Array.from({ length: 12 }, () => validOrder());
    for (const order of orders) await shop.post('/v1/orders', order);
    const [last = '', ...stuck] = orders.map(({ id }) => id).toReversed();
    const tell: Workflows['tell'] = async (ref, facts) => {
      if (stuck.includes(ref.order)) throw unclear(4);
      return shop.workflows.tell(ref, facts);
    };
    const drainer = drain({ ...shop.workflows, tell });
    await expect.poll(() => isTold(last)).toBe(true);
    await drainer.stop();
    await shop
      .db('inbox')
      .whereIn('order_id', stuck)
      .update({ applied_at: new Date(ORDER_TIME) });
  });

  it.each([4, 14])(
    'never costs another row a try when the engine is unclear about this row alone: %s',
    async (code) => {
      const [slow, fine] = [validOrder(), validOrder()];
      const tell: Workflows['tell'] = async (ref, fact) => {
        if (ref.order !== slow.id) return shop.workflows.tell(ref, fact);
        throw unclear(code);
      };
      for (const order of [slow, fine]) await shop.post('/v1/orders', order);
      await shop.db('inbox').where({ order_id: slow.id }).update({ tries: 11 });
      const drainer = drain({ ...shop.workflows, tell });
      await expect.poll(() => isTold(fine.id)).toBe(true);
      await shop.post(`/v1/orders/${fine.id}/events`, validEvent());
      await expect.poll(async () => (await factOf(slow.id)).tries).toBeGreaterThan(11);
      await drainer.stop();
      // The engine's bad hour is no fault of the row's.
      expect((await factOf(slow.id)).dead_at).toBeNull();
      expect(await shop.db('inbox').where({ order_id: fine.id }).where('tries', '>', 0)).toEqual([]);
      await shop
        .db('inbox')
        .where({ order_id: slow.id })
        .update({ applied_at: new Date(ORDER_TIME) });
    },
  );
});

it('a drainer that dies after its call never loses the fact, and the workflow hears it again', async () => {
  const order = validOrder();
  await shop.post('/v1/orders', order);
  const dying = { count: 0 };
  const tell: Workflows['tell'] = async (ref, fact) => {
    const result = await shop.workflows.tell(ref, fact);
    // The note that it was told is lost with the process that was to write it.
    if (dying.count++ === 0)
      await shop
        .db('inbox')
        .where({ order_id: order.id })
        .update({ claimed_until: new Date(0) });
    return result;
  };
  const drainer = drain({ ...shop.workflows, tell });
  await expect.poll(() => isTold(order.id)).toBe(true);
  await drainer.stop();
  const { events } = await shop.client.workflow.getHandle(orderWorkflowId('bottega', order.id)).fetchHistory();
  const signals = (events ?? []).filter(({ workflowExecutionSignaledEventAttributes: signal }) => signal);
  expect(signals).toHaveLength(2);
});
