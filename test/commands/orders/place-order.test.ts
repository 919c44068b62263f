import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { factsOf, storeFact } from '../../../db/orders/inbox.ts';
import { findOrder, listOrders } from '../../../queries/orders/order-heads.ts';
import { ensureOrder } from '../../../db/orders/order-row.ts';
import type { Ledger, PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger, orderOf, place, placedOrder } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

async function historyOf(order: string): Promise<unknown> {
  const row: { history: string } | undefined = await ledger.db('orders').where({ id: order }).first('history');
  return row?.history;
}

interface Hashed {
  rows: { hash: Buffer }[];
}

async function journeyHashes(of: readonly PlacedOrder[]): Promise<Buffer[]> {
  const ids = of.map(({ order }) => order);
  const rows: { id: string; journey_hash: Buffer }[] = await ledger
    .db('orders')
    .whereIn('id', ids)
    .select('id', 'journey_hash');
  return ids.flatMap((id) => rows.flatMap((row) => (row.id === id ? [row.journey_hash] : [])));
}

describe('placing an order', () => {
  it('stores contact, items, consents and the fact that it was placed', async () => {
    const order = orderOf({
      promisedAt: NOON,
      statusUrl: 'https://sole.example/o/1',
      parcelCount: 2,
      items: [
        { sku: 'COFFEE-250', title: 'Caffè', quantity: 2, priceMinor: 790 },
        { title: 'Tazza', quantity: 1, priceMinor: 900 },
      ],
    });
    const result = await place(ledger.db, order);
    if (result.kind !== 'placed') throw new Error(result.kind);
    const details = { promisedAt: NOON, statusUrl: 'https://sole.example/o/1', parcelCount: 2, runsOutAfterDays: 60 };
    expect(await findOrder(ledger.db, brand.id, order.id)).toMatchObject({
      name: order.name,
      contact: result.contact,
      placedAt: order.placedAt,
      details,
    });
    const items: object[] = await ledger
      .db('items')
      .where({ order_id: order.id })
      .orderBy('line')
      .select('line', 'title', 'quantity');
    expect(items).toEqual([
      { line: 1, title: 'Caffè', quantity: 2 },
      { line: 2, title: 'Tazza', quantity: 1 },
    ]);
    expect(await ledger.db('consents').where({ contact_id: result.contact })).toHaveLength(2);
    expect(await ledger.db('inbox').where({ order_id: order.id })).toMatchObject([
      { type: 'order_placed', source: 'dopo', applied_at: null, occurred_at: new Date(order.placedAt) },
    ]);
  });

  it('stores a journey once, however many orders follow it', async () => {
    const orders = [await placedOrder(ledger.db), await placedOrder(ledger.db)];
    const another = await placedOrder(ledger.db, { fulfilment: 'digital' });
    const hashes = await journeyHashes([...orders, another]);
    expect(hashes[0]).toEqual(hashes[1]);
    expect(hashes[2]).not.toEqual(hashes[0]);
    expect(await ledger.db('journeys').whereIn('hash', hashes)).toHaveLength(2);
    const heads = await Promise.all(orders.map(({ order }) => findOrder(ledger.db, brand.id, order)));
    for (const head of heads) expect(head?.journey).toMatchObject({ name: 'standard' });
    const [fact] = await factsOf(ledger.db, brand.id, another.order);
    expect(fact).toMatchObject({
      placement: { journey: (await findOrder(ledger.db, brand.id, another.order))?.journey },
    });
  });

  it('stores a journey once when its first orders come at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const name = `of round ${round}`;
      const found = await Promise.all(
        [1, 2, 3, 4].map(() => ledger.db.raw<Hashed>('select keep_journey(cast(? as jsonb)) as hash', [`"${name}"`])),
      );
      const hashes = found.flatMap(({ rows }) => rows.map(({ hash }) => hash.toString('hex')));
      expect(new Set(hashes)).toHaveProperty('size', 1);
    }
    expect(await ledger.db('journeys').whereRaw("jsonb_typeof(body) = 'string'")).toHaveLength(5);
  });

  it('again is a duplicate that changes nothing', async () => {
    const order = orderOf();
    const first = await place(ledger.db, order);
    const again = await place(ledger.db, order, NOON);
    if (first.kind !== 'placed') throw new Error(first.kind);
    expect(again).toMatchObject({ kind: 'duplicate', contact: first.contact });
    expect(await ledger.db('items').where({ order_id: order.id })).toHaveLength(1);
    expect(await ledger.db('inbox').where({ order_id: order.id })).toHaveLength(1);
    expect(await ledger.db('consents').where({ contact_id: first.contact })).toHaveLength(2);
  });

  it('with other contents under the same id is a conflict that changes nothing', async () => {
    const order = orderOf();
    await place(ledger.db, order);
    expect(await place(ledger.db, { ...order, name: '#forged' })).toEqual({ kind: 'conflict' });
    expect(await findOrder(ledger.db, brand.id, order.id)).toMatchObject({ name: order.name });
  });

  it('ten times at once is one order', async () => {
    const order = orderOf();
    const results = await Promise.all(Array.from({ length: 10 }, () => place(ledger.db, order)));
    expect(results.map(({ kind }) => kind).toSorted()).toEqual([
      ...Array.from({ length: 9 }, () => 'duplicate'),
      'placed',
    ]);
    expect(await ledger.db('items').where({ order_id: order.id })).toHaveLength(1);
  });

  it('that fails half-way leaves nothing behind', async () => {
    const order = orderOf({ items: [{ title: 'Nothing', quantity: 0, priceMinor: 0 }] });
    await expect(place(ledger.db, order)).rejects.toThrow('check');
    expect(await findOrder(ledger.db, brand.id, order.id)).toBeUndefined();
    expect(await ledger.db('addresses').where({ address: order.customer.phone?.e164 ?? '' })).toEqual([]);
  });

  it('after its events fills in the order they were waiting for', async () => {
    const order = orderOf();
    await ensureOrder(ledger.db, brand.id, order.id, NOON);
    const head = {
      brand: brand.id,
      order: order.id,
      source: 'api',
      at: NOON,
      now: NOON,
      requestHash: Buffer.alloc(1),
    } as const;
    await storeFact(ledger.db, { ...head, id: 'early', type: 'order_updated', payload: {} });
    expect(await findOrder(ledger.db, brand.id, order.id)).toMatchObject({ contact: null, placedAt: null });
    expect(await place(ledger.db, order)).toMatchObject({ kind: 'placed' });
    expect(await findOrder(ledger.db, brand.id, order.id)).toMatchObject({ placedAt: order.placedAt });
    const facts: object[] = await ledger.db('inbox').where({ order_id: order.id }).orderBy('id').select('type');
    expect(facts).toEqual([{ type: 'order_updated' }, { type: 'order_placed' }]);
  });

  it('has events that came before it told again, and commands never', async () => {
    const order = orderOf();
    await ensureOrder(ledger.db, brand.id, order.id, NOON);
    const head = { brand: brand.id, order: order.id, at: NOON, now: NOON, payload: {}, requestHash: Buffer.alloc(1) };
    await storeFact(ledger.db, { ...head, source: 'api', id: 'early', type: 'order_updated', applied: true });
    await storeFact(ledger.db, { ...head, source: 'dopo', id: 'command.1', type: 'command.pause', applied: true });
    await place(ledger.db, order);
    const pending = ledger
      .db('inbox')
      .where({ order_id: order.id })
      .whereNull('applied_at')
      .orderBy('id')
      .pluck('type');
    expect(await pending).toEqual(['order_updated', 'order_placed']);
    await ledger
      .db('inbox')
      .where({ order_id: order.id })
      .update({ applied_at: new Date(NOON) });
    await place(ledger.db, order);
    expect(await ledger.db('inbox').where({ order_id: order.id, applied_at: null })).toEqual([]);
  });

  it('keeps an id of 18 digits digit for digit', async () => {
    const { order } = await placedOrder(ledger.db, { id: '820982911946154508' });
    expect(order).toBe('820982911946154508');
    expect(await findOrder(ledger.db, brand.id, order)).toMatchObject({ id: '820982911946154508' });
    expect(await findOrder(ledger.db, brand.id, '820982911946154500')).toBeUndefined();
  });

  it('of another brand is another order, though its id is the same', async () => {
    const order = orderOf();
    await ledger.db('brands').insert({ id: 'altrove', settings: JSON.stringify(brand), updated_at: new Date(NOON) });
    const here = await place(ledger.db, order);
    const there = await place(ledger.db, order, NOON, { ...brand, id: 'altrove' });
    expect([here.kind, there.kind]).toEqual(['placed', 'placed']);
  });
});

describe('the history of a customer', () => {
  it('is new, then repeat, then loyal from the fourth order on', async () => {
    const { phone, order } = await placedOrder(ledger.db);
    const seen = [await historyOf(order)];
    for (let times = 0; times < 4; times += 1) {
      const next = await placedOrder(ledger.db, { customer: { phone: { e164: phone, country: 'IT' } } });
      seen.push(await historyOf(next.order));
    }
    expect(seen).toEqual(['new', 'repeat', 'repeat', 'loyal', 'loyal']);
  });

  it('counts the orders the shop knows and we do not', async () => {
    const { order } = await placedOrder(ledger.db, { customer: { earlierOrders: 5 } });
    expect(await historyOf(order)).toBe('loyal');
  });

  it('counts right when two orders of one customer come at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const phone = orderOf().customer.phone;
      const orders = await Promise.all([1, 2].map(() => placedOrder(ledger.db, { customer: { phone } })));
      const histories = await Promise.all(orders.map(({ order }) => historyOf(order)));
      expect(new Set(histories)).toEqual(new Set(['new', 'repeat']));
    }
  });
});

describe('listing orders', () => {
  it('is newest first, in pages without gap or repetition, for one contact', async () => {
    const { phone, contact, order } = await placedOrder(ledger.db);
    const ids = [order];
    for (let times = 1; times <= 4; times += 1)
      ids.unshift(
        (await placedOrder(ledger.db, { placedAt: NOON + times, customer: { phone: { e164: phone } } })).order,
      );
    const listed: string[] = [];
    let after: string | undefined;
    do {
      const page = await listOrders(ledger.db, brand.id, { contact, after, limit: 2 });
      listed.push(...(page?.orders ?? []).map(({ id }) => id));
      after = page?.next;
    } while (after !== undefined);
    expect(listed).toEqual(ids);
  });
});
