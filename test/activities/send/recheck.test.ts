import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordConsents } from '../../../db/consent/consents.ts';
import { changeSuppression } from '../../../db/consent/change-suppression.ts';
import { storeFact } from '../../../db/orders/inbox.ts';
import type { PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, consentTo, placedOrder, planned, ledgerRowOf } from '../../helpers/ledger.ts';
import type { Sending } from './sending.ts';
import { startSending } from './sending.ts';
import { storeOf } from '../../helpers/keys.ts';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
});
afterAll(() => stage.close());
beforeEach(() => stage.requests());

function stop(order: PlacedOrder) {
  const change = { brand: order.brand, address: order.phone, state: 'stopped', source: 'inbound:1', at: NOON } as const;
  return changeSuppression(storeOf(stage.db), change, NOON);
}

async function lastDecision(order: PlacedOrder): Promise<unknown> {
  return stage
    .db('decisions')
    .where({ order_id: order.order })
    .orderBy('id', 'desc')
    .first('outcome', 'reason', 'rule', 'zones', 'zone_source');
}

const WHERE = { zones: ['Europe/Rome'], zone_source: 'address' };

describe('the rules are asked again when a message leaves the queue, and see what has changed', () => {
  it('a STOP keeps it from being sent', async () => {
    const order = await placedOrder(stage.db);
    const message = await planned(stage.db, order);
    await stop(order);
    expect(await stage.send(message)).toEqual({ kind: 'skip', reason: 'opted_out' });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'suppressed', reason: 'opted_out' });
    expect(await lastDecision(order)).toEqual({ outcome: 'skip', reason: 'opted_out', rule: 'suppression', ...WHERE });
    expect(stage.requests()).toBe(0);
  });

  it('withdrawn consent keeps a promotion from being sent', async () => {
    const order = await placedOrder(stage.db);
    const message = await planned(stage.db, order, { kind: 'bundle_offer' });
    await recordConsents(
      stage.db,
      order.brand,
      order.contact,
      [consentTo('promotional', { action: 'withdrawn', at: NOON })],
      NOON,
    );
    expect(await stage.send(message)).toEqual({ kind: 'skip', reason: 'no_consent' });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'suppressed' });
    expect(await lastDecision(order)).toMatchObject({ rule: 'consent.promotional.withdrawn' });
    expect(stage.requests()).toBe(0);
  });

  it('a cap that others have filled makes it wait until a place is free', async () => {
    const order = await placedOrder(stage.db);
    const message = await planned(stage.db, order, { kind: 'bundle_offer' });
    for (const days of [5, 4, 1]) {
      const dueAt = NOON - days * DAY;
      const other = await planned(stage.db, order, { kind: 'loyalty_invitation', occurrence: String(days), dueAt });
      expect(await stage.send(other, { asOf: dueAt })).toEqual({ kind: 'accepted' });
    }
    stage.requests();
    expect(await stage.send(message)).toEqual({ kind: 'wait', until: NOON + 2 * DAY, reason: 'cap_reached' });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'planned' });
    expect(await lastDecision(order)).toMatchObject({ outcome: 'wait', reason: 'cap_reached', rule: 'cap.week' });
    expect(stage.requests()).toBe(0);
  });

  it('a window that has closed makes it wait for the next', async () => {
    const order = await placedOrder(stage.db);
    const message = await planned(stage.db, order, { kind: 'bundle_offer' });
    const result = await stage.send(message, { scheduledAt: NOON + 8 * HOUR });
    expect(result).toMatchObject({ kind: 'wait', reason: 'quiet_hours' });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'planned' });
    expect(await lastDecision(order)).toMatchObject({ outcome: 'wait', rule: 'it.hours' });
    expect(stage.requests()).toBe(0);
  });

  it('a window that closed while it stood in a long queue makes it wait, though Temporal has had it since before', async () => {
    const order = await placedOrder(stage.db);
    const message = await planned(stage.db, order, { kind: 'bundle_offer' });
    const result = await stage.send(message, { scheduledAt: NOON, startedAt: NOON + 8 * HOUR });
    expect(result).toMatchObject({ kind: 'wait', reason: 'quiet_hours' });
    expect(stage.requests()).toBe(0);
  });

  it('an order that was cancelled meanwhile gets no news but of its end', async () => {
    const order = await placedOrder(stage.db);
    const shipped = await planned(stage.db, order, { kind: 'shipped', step: 'shipped' });
    const cancelled = await planned(stage.db, order, { kind: 'order_cancelled', step: 'order_cancelled' });
    const { brand, order: id } = order;
    const fact = { brand, order: id, source: 'api', id: 'c', type: 'order_cancelled', at: NOON, payload: {} } as const;
    await storeFact(stage.db, { ...fact, requestHash: Buffer.alloc(0), now: NOON });
    expect(await stage.send(shipped)).toEqual({ kind: 'skip', reason: 'order_cancelled' });
    expect(await stage.send(cancelled)).toEqual({ kind: 'accepted' });
    expect(stage.requests()).toBe(1);
  });

  it('past its usefulness it expires', async () => {
    const order = await placedOrder(stage.db);
    const message = await planned(stage.db, order, { usefulUntil: NOON + HOUR });
    expect(await stage.send(message, { scheduledAt: NOON + HOUR + 1 })).toEqual({ kind: 'skip', reason: 'too_late' });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'expired', reason: 'too_late' });
    expect(stage.requests()).toBe(0);
  });

  it('a message that was ended is not taken up again when the reason is gone', async () => {
    const order = await placedOrder(stage.db);
    const message = await planned(stage.db, order);
    await stop(order);
    await stage.send(message);
    const start = {
      brand: order.brand,
      address: order.phone,
      state: 'lifted',
      source: 'inbound:2',
      at: NOON + 1,
    } as const;
    await changeSuppression(storeOf(stage.db), start, NOON + 1);
    expect(await stage.send(message, { asOf: NOON + 2 })).toEqual({ kind: 'skip', reason: 'opted_out' });
    expect(stage.requests()).toBe(0);
  });

  it('an order goes on being told to the number it came with, whatever number the customer orders with next', async () => {
    const order = await placedOrder(stage.db);
    const message = await planned(stage.db, order);
    const { customer_id: id } = await stage.db('orders').where({ id: order.order }).first('customer_id');
    await placedOrder(stage.db, { customer: { id, phone: { e164: '+393339990001', country: 'IT' } } });
    expect(await stage.send(message)).toEqual({ kind: 'accepted' });
    expect(stage.fake.messages().at(-1)?.to).toBe(order.phone);
  });
});
