/** A number with very many orders: a till that types the shop's own number at each of them. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Db } from '../../../db/connection/connect.ts';
import { contactFor } from '../../../db/contacts/identity.ts';
import { DAY, MINUTE } from '../../../domain/time/duration.ts';
import { storeOf } from '../../helpers/keys.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger, placedOrder } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

/** Rows of orders that this connection has looked at lately. */
async function ordersRead(trx: Db): Promise<number> {
  const { rows } = await trx.raw<{ rows: { read: number }[] }>(
    `select cast(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as int) as read from pg_stat_xact_user_tables where relname = 'orders'`,
  );
  return rows[0]?.read ?? 0;
}

it('the contact of one more order is found without reading the others', async () => {
  const { db, owner } = ledger;
  const till = await placedOrder(db, { placedAt: NOON - DAY });
  await owner.raw(
    `insert into orders (brand_id, id, contact_id, name, placed_at, journey_hash, request_hash, created_at, customer_id)
       select brand_id, 'till-' || g, contact_id, name, placed_at - g * interval '1 minute', journey_hash, request_hash, created_at, 'c-' || g
         from orders, generate_series(1, 3000) g where id = :order`,
    { order: till.order },
  );
  await owner.raw('analyze orders');
  const buyer = { id: 'another', firstName: 'Ada', phone: { e164: till.phone, country: 'IT' } };
  for (const at of [NOON, NOON - 2 * DAY, NOON - 30 * DAY, NOON - 4 * DAY + MINUTE])
    await db.transaction(async (trx) => {
      const before = await ordersRead(trx);
      expect(await contactFor(storeOf(trx), brand.id, buyer, at, NOON)).toBe(till.contact);
      expect((await ordersRead(trx)) - before).toBeLessThan(10);
    });
});
