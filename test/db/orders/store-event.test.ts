import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Db } from '../../../db/connection/connect.ts';
import { connect } from '../../../db/connection/connect.ts';
import type { NewEvent } from '../../../commands/orders/report-event.ts';
import { storeEvent } from '../../../commands/orders/report-event.ts';
import { ORDER_LIMITS } from '../../../domain/orders/order.ts';
import type { Ledger, PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger, placedOrder, planned } from '../../helpers/ledger.ts';
import { storeOf } from '../../helpers/keys.ts';

let ledger: Ledger;
/** One connection, so that its statements are those of the call. */
let db: Db;
const asked: string[] = [];
beforeAll(async () => {
  ledger = await openLedger();
  db = connect(ledger.url, { poolMax: 1 });
  db.on('query', ({ sql }: { sql: string }) => asked.push(sql));
});
afterAll(async () => {
  await db.destroy();
  await ledger.close();
});

let count = 0;
function eventOf({ order }: Pick<PlacedOrder, 'order'>, overrides: Partial<NewEvent> = {}): NewEvent {
  count += 1;
  const head = { brand: brand.id, order, source: 'api', at: NOON, now: NOON, payload: {} } as const;
  return { ...head, id: `event-${count}`, type: 'order_updated', requestHash: Buffer.from('a'), ...overrides };
}
const orderRow = async ({ order }: PlacedOrder) => ledger.db('orders').where({ id: order }).first();

it('an event of an order that has come takes one statement, with its parcel and the message that it overtakes', async () => {
  const order = await placedOrder(ledger.db);
  const message = await planned(ledger.db, order);
  const before = await ledger.db('contacts').where({ id: order.contact }).first();
  asked.length = 0;
  const parcel = { id: 'p1', carrier: 'BRT', trackingNumber: 'X1' };
  const event = eventOf(order, { type: 'parcel_shipped', payload: { parcel: 'p1' }, parcel });
  expect(await storeEvent(storeOf(db), event)).toBe('stored');
  expect(asked).toHaveLength(1);
  expect(await orderRow(order)).toMatchObject({ event_count: 1, parcel_count: 1, cancelled_at: null });
  expect(await ledger.db('parcels').where({ order_id: order.order })).toMatchObject([
    { id: 'p1', number: 1, carrier: 'BRT', tracking_number: 'X1', tracking_url: null, pickup_place: null },
  ]);
  expect(await ledger.db('messages').where({ id: message }).first()).toMatchObject({ overtaken: true });
  const after = await ledger.db('contacts').where({ id: order.contact }).first();
  expect(after.gate_version).toBe(before.gate_version + 1);
});

it('what ends an order moves the version of the gate also if no message is planned, and other news does not', async () => {
  const order = await placedOrder(ledger.db);
  const version = async () => (await ledger.db('contacts').where({ id: order.contact }).first()).gate_version;
  const before = await version();
  await storeEvent(storeOf(db), eventOf(order));
  expect(await version()).toBe(before);
  await storeEvent(storeOf(db), eventOf(order, { type: 'order_cancelled', at: NOON + 1000 }));
  await storeEvent(storeOf(db), eventOf(order, { type: 'order_cancelled', at: NOON }));
  expect(await version()).toBe(before + 2);
  expect(await orderRow(order)).toMatchObject({ event_count: 3, cancelled_at: new Date(NOON) });
});

it('later events fill the gaps of a parcel, and do not count it again', async () => {
  const order = await placedOrder(ledger.db);
  const of = (parcel: object) =>
    eventOf(order, { type: 'parcel_shipped', payload: { parcel: 'p1' }, parcel: { id: 'p1', ...parcel } });
  await storeEvent(storeOf(db), of({ carrier: 'BRT' }));
  await storeEvent(storeOf(db), of({ carrier: 'DHL', pickupPlace: 'Bar Sport' }));
  await storeEvent(storeOf(db), { ...of({}), parcel: { id: 'p2' } });
  expect(await orderRow(order)).toMatchObject({ event_count: 3, parcel_count: 2 });
  expect(await ledger.db('parcels').where({ order_id: order.order }).orderBy('number')).toMatchObject([
    { id: 'p1', number: 1, carrier: 'BRT', pickup_place: 'Bar Sport' },
    { id: 'p2', number: 2 },
  ]);
});

it('twenty events at once count as twenty, and an event twenty times at once as one', async () => {
  const order = await placedOrder(ledger.db);
  const same = eventOf(order);
  const events = Array.from({ length: 20 }, () => eventOf(order));
  expect(await Promise.all(events.map((event) => storeEvent(storeOf(ledger.db), event)))).toEqual(
    events.map(() => 'stored'),
  );
  const results = await Promise.all(events.map(() => storeEvent(storeOf(ledger.db), same)));
  expect(results.toSorted()).toEqual([...Array.from({ length: 19 }, () => 'duplicate'), 'stored']);
  expect(await orderRow(order)).toMatchObject({ event_count: 21 });
});

it('an order at its limit, an erased one and one that has not come are answered as before', async () => {
  const order = await placedOrder(ledger.db);
  const limits = { ...ORDER_LIMITS, events: 1, parcels: 0 };
  const first = eventOf(order);
  expect(await storeEvent(storeOf(db), first, limits)).toBe('stored');
  expect(await storeEvent(storeOf(db), eventOf(order), limits)).toBe('too_many_events');
  expect(await storeEvent(storeOf(db), first, limits)).toBe('duplicate');
  expect(await storeEvent(storeOf(db), { ...first, requestHash: Buffer.from('b') }, limits)).toBe('conflict');
  expect(await storeEvent(storeOf(db), eventOf(order, { parcel: { id: 'p' } }), { ...limits, events: 9 })).toBe(
    'too_many_parcels',
  );
  await ledger
    .db('orders')
    .where({ id: order.order })
    .update({ erased_at: new Date(NOON) });
  expect(await storeEvent(storeOf(db), eventOf(order))).toBe('erased');
  const early = eventOf({ order: 'not-yet' });
  expect(await storeEvent(storeOf(db), early)).toBe('stored');
  expect(await ledger.db('inbox').where({ event_id: early.id }).first()).toMatchObject({ applied_at: new Date(NOON) });
});
