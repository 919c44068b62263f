import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeOrders } from '../../../commands/privacy/erase-person.ts';
import { removeData } from '../../../db/privacy/erase-person.ts';
import { ORDER_TIME, consent, validOrder } from '../../helpers/orders.ts';
import type { Shop } from '../shop.ts';
import { openShop } from '../shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

it('nothing is recorded about an erased contact: it is not found any more', async () => {
  const { contact } = (await shop.post('/v1/orders', validOrder())).body;
  const person = { brand: 'bottega', contact };
  await closeOrders(shop.db, person, ORDER_TIME);
  await shop.db.transaction((trx) => removeData(trx, person, Infinity, ORDER_TIME));

  const at = new Date(ORDER_TIME).toISOString();
  const said = consent({ evidence: { ip: '192.0.2.7', note: 'Giulia Rossi' } });
  expect((await shop.post(`/v1/contacts/${contact}/consents`, said)).status).toBe(404);
  const check = { list: 'sg_dnc', listed: false, at };
  expect((await shop.post(`/v1/contacts/${contact}/list-checks`, check)).status).toBe(404);
  expect(await shop.db('consent_evidence').where({ contact_id: contact })).toEqual([]);
  expect(await shop.db('list_checks').where({ contact_id: contact })).toEqual([]);
});
