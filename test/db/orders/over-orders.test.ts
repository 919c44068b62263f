import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAskStillWanted } from '../../../activities/send/ask-still-wanted.ts';
import { openCase } from '../../../commands/conversation/open-case.ts';
import { storeEvent } from '../../../commands/orders/report-event.ts';
import type { NewFact } from '../../../db/orders/inbox.ts';
import { claimFacts, storeFact } from '../../../db/orders/inbox.ts';
import { countFactsOfOver, noteLateFacts, removeFactsOfOver, removeLateFacts } from '../../../db/orders/over-orders.ts';
import { orderView } from '../../../queries/orders/timeline.ts';
import { DAY } from '../../../domain/time/duration.ts';
import type { Ledger, PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger, orderOf, place, placedOrder, planned, submitted } from '../../helpers/ledger.ts';
import { storeOf } from '../../helpers/keys.ts';

const KEEP = 90 * DAY;

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());
beforeEach(async () => {
  // Orders of other tests are out of the way.
  await ledger.db('orders').update({ facts_removed_at: new Date(NOON), facts_looked_at: null });
});

const sweep = async (now: number): Promise<number> => (await removeFactsOfOver(ledger.db, KEEP, now)).removed;
const applied = () => ledger.db('inbox').update({ applied_at: new Date(NOON) });
const factsLeft = ({ order }: PlacedOrder) => ledger.db('inbox').where({ order_id: order }).pluck('type');

function event({ brand: of, order }: PlacedOrder, type: string, overrides: Partial<NewFact> = {}) {
  const fact = {
    brand: of,
    order,
    source: 'api',
    id: `${order}-${type}`,
    type,
    at: NOON,
    payload: {},
    now: NOON,
  } as const;
  return storeEvent(storeOf(ledger.db), { ...fact, requestHash: Buffer.from(type), ...overrides });
}

/** An order that was cancelled at noon, and whose run knows it. */
async function cancelled(): Promise<PlacedOrder> {
  const order = await placedOrder(ledger.db);
  await event(order, 'order_cancelled');
  await applied();
  return order;
}

describe('the events of an order that is over', () => {
  it('go 90 days after the last that was heard of it, not a moment before, and are counted without being touched', async () => {
    const order = await cancelled();
    const other = await placedOrder(ledger.db);
    expect(await sweep(NOON + KEEP - 1)).toBe(0);
    expect(await countFactsOfOver(ledger.db, KEEP, NOON + KEEP)).toBe(2);
    expect(await factsLeft(order)).toHaveLength(2);
    expect(await sweep(NOON + KEEP)).toBe(2);
    expect(await sweep(NOON + KEEP)).toBe(0);
    expect(await factsLeft(order)).toEqual([]);
    expect(await factsLeft(other)).toHaveLength(1);
  });

  it('stay while the order goes on: paused, with an event not told, a case open or a text under way', async () => {
    const later = NOON + 1_000 * DAY;
    const paused = await placedOrder(ledger.db);
    const pause = { source: 'dopo', id: 'pause', type: 'command.paused', at: NOON, payload: {} } as const;
    await storeFact(ledger.db, { ...pause, ...paused, requestHash: Buffer.alloc(0), now: NOON });
    const withCase = await cancelled();
    const about = { ...withCase, kind: 'question', cause: 'c', at: NOON, byWorkflow: false } as const;
    await openCase(ledger.db, about);
    const underWay = await cancelled();
    await submitted(ledger.db, await planned(ledger.db, underWay));
    await applied();
    const notTold = await cancelled();
    await ledger.db('inbox').where({ order_id: notTold.order, type: 'order_cancelled' }).update({ applied_at: null });
    expect(await countFactsOfOver(ledger.db, KEEP, later)).toBe(0);
    expect(await sweep(later)).toBe(0);
    for (const order of [paused, withCase, underWay, notTold])
      expect(await factsLeft(order)).toEqual(expect.arrayContaining(['order_placed']));
  });

  it('do not keep others from going: one that cannot be read, and hundreds that go on', async () => {
    const unreadable = await cancelled();
    const journey = JSON.stringify({ name: 'standard', version: 99, steps: ['words of a later version'] });
    await ledger
      .db('orders')
      .where({ id: unreadable.order })
      .update({ journey_hash: ledger.db.raw('keep_journey(cast(? as jsonb))', [journey]) });
    for (let count = 0; count < 205; count += 1) {
      const { order } = await placedOrder(ledger.db);
      await ledger.db('inbox').where({ order_id: order }).update({ applied_at: null });
    }
    const order = await placedOrder(ledger.db, { placedAt: NOON });
    await event(order, 'order_cancelled');
    await ledger
      .db('inbox')
      .where({ order_id: order.order })
      .update({ applied_at: new Date(NOON) });
    const now = NOON + KEEP + DAY;
    expect(await removeFactsOfOver(ledger.db, KEEP, now)).toMatchObject({ more: true });
    await sweep(now);
    expect(await factsLeft(order)).toEqual([]);
    expect(await factsLeft(unreadable)).toHaveLength(2);
  });

  it('stay if another comes at the same moment', async () => {
    const order = await cancelled();
    await ledger.db.transaction(async (trx) => {
      await trx('orders').where({ id: order.order }).forNoKeyUpdate().first('id');
      const sweeping = sweep(NOON + KEEP);
      await trx('inbox').insert({
        brand_id: order.brand,
        order_id: order.order,
        source: 'api',
        event_id: 'late',
        type: 'refund_issued',
        occurred_at: new Date(NOON + KEEP),
        request_hash: Buffer.alloc(0),
        received_at: new Date(NOON + KEEP),
      });
      await trx.commit();
      expect(await sweeping).toBe(0);
    });
    expect(await factsLeft(order)).toHaveLength(3);
  });

  it('go although one of them is of a type that this version does not know', async () => {
    const order = await cancelled();
    await ledger.db('inbox').insert({
      brand_id: order.brand,
      order_id: order.order,
      source: 'api',
      event_id: 'of-a-later-version',
      type: 'parcel_by_drone',
      occurred_at: new Date(NOON),
      request_hash: Buffer.alloc(0),
      received_at: new Date(NOON),
      applied_at: new Date(NOON),
    });
    expect(await sweep(NOON + KEEP)).toBe(3);
    expect(await factsLeft(order)).toEqual([]);
  });

  it('leave the tier that its customer has reached', async () => {
    const order = await cancelled();
    await event(order, 'tier_reached', { payload: { tier: 'Oro' } });
    await applied();
    await sweep(NOON + KEEP);
    expect(await factsLeft(order)).toEqual(['tier_reached']);
  });
});

describe('an order whose events are gone', () => {
  it('is shown as ended, with what was sent, and takes no more events', async () => {
    const order = await placedOrder(ledger.db);
    const message = await planned(ledger.db, order, { kind: 'order_confirmation' });
    await submitted(ledger.db, message);
    await ledger.db('messages').where({ id: message }).update({ state: 'delivered' });
    await event(order, 'order_cancelled');
    await applied();
    await sweep(NOON + KEEP);
    const view = await orderView(ledger.db, brand.id, order.order, NOON + KEEP, { limit: 10 });
    expect(view).toMatchObject({ finished: true, phase: 'ended', plan: [], journey: { name: 'standard' } });
    expect(view?.eventsRemovedAt).toBe(new Date(NOON + KEEP).toISOString());
    expect(view?.timeline).toMatchObject([{ what: 'sent', kind: 'order_confirmation' }]);
    expect(await event(order, 'order_cancelled')).toBe('over');
    expect(await event(order, 'parcel_delivered')).toBe('over');
    expect(await factsLeft(order)).toEqual([]);
  });

  it('still is a duplicate when it is placed again: its customer is not texted anew', async () => {
    const order = orderOf();
    const first = await place(ledger.db, order);
    if (first.kind !== 'placed') throw new Error(first.kind);
    const known = { brand: brand.id, order: order.id, contact: first.contact, phone: '' };
    await event(known, 'order_cancelled');
    await applied();
    await sweep(NOON + KEEP);
    expect(await place(ledger.db, order, NOON + KEEP)).toMatchObject({ kind: 'duplicate', contact: first.contact });
    expect(await factsLeft(known)).toEqual([]);
  });

  it('has no run for what its customer still answers', async () => {
    const order = await cancelled();
    await sweep(NOON + KEEP);
    const answer = { source: 'customer', id: 'five', type: 'rated', at: NOON, payload: { score: 5 } } as const;
    await storeFact(ledger.db, { ...answer, ...order, requestHash: Buffer.alloc(0), now: NOON + KEEP });
    const { rows } = await claimFacts(ledger.db, 100);
    expect(rows.filter(({ item }) => item.order === order.order)).toMatchObject([{ item: { over: true } }]);
  });

  it('does not keep for ever what its customer still answers: it goes as long after it as the events did', async () => {
    const order = await cancelled();
    await sweep(NOON + KEEP);
    const late = NOON + KEEP + DAY;
    const answer = { source: 'customer', id: 'five', type: 'rated', at: late, payload: { score: 5 } } as const;
    await storeFact(ledger.db, { ...answer, ...order, requestHash: Buffer.alloc(0), now: late });
    const lateSweep = async (now: number) => (await removeLateFacts(ledger.db, KEEP, now)).removed;
    await noteLateFacts(ledger.db, order, late);
    // No run was told of the fact yet.
    expect(await lateSweep(late + KEEP)).toBe(0);
    await applied();
    await noteLateFacts(ledger.db, order, late);
    expect(await lateSweep(late + KEEP - 1)).toBe(0);
    expect(await countFactsOfOver(ledger.db, KEEP, late + KEEP)).toBe(1);
    expect(await lateSweep(late + KEEP)).toBe(1);
    expect(await factsLeft(order)).toEqual([]);
    expect(await countFactsOfOver(ledger.db, KEEP, late + KEEP)).toBe(0);
  });

  it('gets no message that is asked for again', async () => {
    const order = await cancelled();
    await sweep(NOON + KEEP);
    const message = await planned(ledger.db, order, { kind: 'order_confirmation' });
    expect(await createAskStillWanted({ db: ledger.db })({ message, asOf: NOON + KEEP })).toEqual({
      kind: 'skip',
      reason: 'too_late',
    });
  });

  it('begins anew if only events of it were known', async () => {
    const about = { brand: brand.id, order: 'never-placed', contact: '', phone: '' };
    expect(await event(about, 'parcel_shipped', { payload: { parcel: 'p1' } })).toBe('stored');
    expect(await sweep(NOON + KEEP)).toBe(1);
    const now = NOON + KEEP + DAY;
    expect(await event(about, 'parcel_delivered', { payload: { parcel: 'p1' }, now })).toBe('stored');
    expect((await place(ledger.db, orderOf({ id: about.order }), now)).kind).toBe('placed');
    expect(await factsLeft(about)).toEqual(['parcel_delivered', 'order_placed']);
    expect(await orderView(ledger.db, brand.id, about.order, now, { limit: 10 })).not.toHaveProperty('eventsRemovedAt');
  });
});
