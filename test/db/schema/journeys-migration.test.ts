import { afterAll, beforeAll, expect, it } from 'vitest';
import { factsOf } from '../../../db/orders/inbox.ts';
import { findOrder } from '../../../queries/orders/order-heads.ts';
import { down, up } from '../../../migrations/20261202160000_journeys_by_hash.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger, placed } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

it('orders from before keep their journeys, and an order that only events are known of has none', async () => {
  const { owner: db } = ledger;
  const orders = [await placed(db), await placed(db), await placed(db, { fulfilment: 'service' })];
  await db('orders').insert({ brand_id: brand.id, id: 'heard-of', created_at: new Date(NOON) });
  const read = () => Promise.all(orders.map(({ order }) => findOrder(db, brand.id, order)));
  const before = await read();
  await down(db);
  const [{ journey }] = await db('orders').where({ id: orders[0]?.order }).select('journey');
  expect(journey).toEqual(before[0]?.journey);
  await up(db);
  expect(await read()).toEqual(before);
  expect(await db('journeys')).toHaveLength(2);
  expect(await findOrder(db, brand.id, 'heard-of')).toMatchObject({ journey: null });
  for (const { order } of orders)
    expect(await factsOf(db, brand.id, order)).toMatchObject([{ placement: { journey: { name: 'standard' } } }]);
});
