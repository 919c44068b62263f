/** Pages of what a brand has much of: no gap, no overlap, also among rows of one moment. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contactView } from '../../../db/contacts/contacts.ts';
import { decisionsOfContact } from '../../../queries/sending/decisions.ts';
import { listMessages } from '../../../queries/sending/messages.ts';
import { countPending } from '../../../db/orders/inbox.ts';
import { listOrders } from '../../../queries/orders/order-heads.ts';
import { HOUR } from '../../../domain/time/duration.ts';
import { rules } from '../../helpers/rules.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger, orderOf, place, placedOrder, planned, submitted } from '../../helpers/ledger.ts';

const { packs } = rules;

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

/** All pages one after another. */
async function pages<Row>(
  read: (
    after: string | undefined,
  ) => Promise<{ readonly rows: readonly Row[]; readonly next?: string | null | undefined }>,
): Promise<Row[]> {
  const seen: Row[] = [];
  for (let after: string | undefined, turn = 0; turn < 100; turn += 1) {
    const { rows, next } = await read(after);
    seen.push(...rows);
    if (next == null) return seen;
    after = next;
  }
  throw new Error('pages without an end');
}

it('orders of one moment stand on one page each, of the brand and of a contact', async () => {
  const { db } = ledger;
  const [phone, other] = ['+393330009001', '+393330009002'].map((e164) => ({ e164, country: 'IT' }));
  const moments = [NOON, NOON, NOON, NOON + HOUR, NOON + HOUR, NOON - HOUR, NOON];
  const orders = moments.map((at, index) =>
    orderOf({ placedAt: at, customer: { phone: index % 3 > 0 ? phone : other } }),
  );
  for (const [index, order] of orders.entries()) await place(db, order, moments[index]);
  const newest = await db('orders')
    .orderBy([{ column: 'created_at', order: 'desc' }, 'id'])
    .select('id', 'contact_id');
  const of = (contact?: string) =>
    pages(async (after) => {
      const page = await listOrders(db, brand.id, { contact, after, limit: 2 });
      return { rows: (page?.orders ?? []).map(({ id }) => id), next: page?.next };
    });
  expect(await of()).toEqual(newest.map(({ id }) => id));
  const [{ contact_id: contact }] = newest;
  expect(await of(contact)).toEqual(newest.filter((one) => one.contact_id === contact).map(({ id }) => id));
});

it('unknown messages and those whose run has died are in one list, newest first', async () => {
  const { db } = ledger;
  const ids: string[] = [];
  for (const [index, state] of (['unknown', 'submitted', 'unknown', 'submitted', 'unknown'] as const).entries()) {
    const message = await planned(db, await placedOrder(db));
    await submitted(db, message, NOON);
    const at = new Date(NOON + Math.floor(index / 2) * HOUR);
    await db('messages').where({ id: message }).update({ state, created_at: at });
    ids.push(message);
  }
  const newest = await db('messages')
    .whereIn('id', ids)
    .orderBy([{ column: 'created_at', order: 'desc' }, 'id'])
    .pluck('id');
  const list = await pages(async (after) => {
    const page = await listMessages(db, brand.id, { state: 'unknown', after, limit: 2 }, NOON + 9 * HOUR);
    return { rows: (page?.messages ?? []).map(({ id }) => id), next: page?.next };
  });
  expect(list).toEqual(newest);
});

it('decisions of one kind are found however many others came since, and a page looks at a thousand', async () => {
  const { db } = ledger;
  const order = await placedOrder(db);
  const add = (kind: string, from: number, count: number) =>
    db.raw(
      `insert into decisions (brand_id, order_id, contact_id, step, occurrence, kind, channel, decided_at, outcome, rule)
         select ?, ?, ?, 's', n::text, ?, 'sms', to_timestamp(n), 'send', 'all_clear' from generate_series(?::int, ?::int) n`,
      [order.brand, order.order, order.contact, kind, from, from + count - 1],
    );
  await add('shipped', 1, 3);
  await add('delivered', 10, 2_400);
  const found = await pages(async (after) => {
    const query = { kind: 'shipped', limit: 2, ...(after !== undefined && { after }) } as const;
    const page = await decisionsOfContact(db, brand.id, order.contact, query, packs);
    return { rows: page?.decisions.map(({ occurrence }) => occurrence) ?? [], next: page?.next };
  });
  expect(found).toEqual(['3', '2', '1']);
});

it('a contact shows the 100 orders that were placed last', async () => {
  const { db, owner } = ledger;
  const { order, contact } = await placedOrder(db);
  const columns = await owner('information_schema.columns')
    .where({ table_name: 'orders' })
    .whereNotIn('column_name', ['id', 'placed_at'])
    .pluck<string[]>('column_name');
  await owner.raw(
    `insert into orders (id, placed_at, ${columns.join(', ')})
       select 'more-' || n, placed_at + n * interval '1 minute', ${columns.join(', ')} from orders, generate_series(1, 120) n where id = ?`,
    [order],
  );
  const view = await contactView(db, brand.id, contact);
  expect(view?.orders).toEqual(Array.from({ length: 100 }, (_, index) => `more-${index + 21}`));
});

it('facts that wait are counted no further than is asked for', async () => {
  const all = await countPending(ledger.db);
  expect(all).toBeGreaterThan(5);
  expect(await countPending(ledger.db, 5)).toBe(5);
  expect(await countPending(ledger.db, all + 1)).toBe(all);
});
