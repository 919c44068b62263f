import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addressTokens } from '../../../db/addresses/store.ts';
import type { Db } from '../../../db/connection/connect.ts';
import { connect } from '../../../db/connection/connect.ts';
import { changeSuppression } from '../../../db/consent/change-suppression.ts';
import { claimFacts } from '../../../db/orders/inbox.ts';
import type { Placed } from '../../../commands/orders/place-order.ts';
import { placeOrder } from '../../../commands/orders/place-order.ts';
import { ensureOrder } from '../../../db/orders/order-row.ts';
import { DAY } from '../../../domain/time/duration.ts';
import type { Order } from '../../../domain/orders/order.ts';
import { loadStandardJourney } from '../../../journeys/load.ts';
import { storeOf } from '../../helpers/keys.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { NOON, brand, consentTo, openLedger, orderOf, place, placedOrder, untilWaiting } from '../../helpers/ledger.ts';
import { ORDER_TIME } from '../../helpers/orders.ts';

let ledger: Ledger;
/** One connection, so that its statements are those of the call. */
let db: Db;
const asked: string[] = [];
beforeAll(async () => {
  ledger = await openLedger();
  db = connect(ledger.url, { poolMax: 1 });
  db.on('query', ({ sql }: { sql: string }) => asked.push(sql));
  // The journeys of these orders are stored by the first of each.
  for (const order of ORDERS) await place(ledger.db, orderOf(order));
});
afterAll(async () => {
  await db.destroy();
  await ledger.close();
});

const journey = loadStandardJourney();
const plain = { customer: { consents: [] } };
const ORDERS: readonly Parameters<typeof orderOf>[0][] = [
  plain,
  { customer: { consents: [consentTo('promotional')] } },
  {
    items: [],
    customer: { consents: [], id: undefined, firstName: undefined, lastName: undefined, locale: undefined },
  },
  { place: { country: 'IT' }, fulfilment: 'digital', customer: { consents: [], zone: 'Europe/Rome' } },
  {
    promisedAt: NOON,
    statusUrl: 'https://sole.example/o/1',
    parcelCount: 2,
    test: true,
    items: [
      { sku: 'COFFEE-250', title: 'Caffè "buono"', quantity: 2, priceMinor: 790 },
      { title: 'Tazza', quantity: 1, priceMinor: 900 },
    ],
    customer: { consents: [], earlierOrders: 5, loyalty: { member: true, tier: 'gold' } },
  },
];

async function rowsOf({ id, customer }: Order, contact: string): Promise<object> {
  const without = (row: Record<string, unknown>, names: readonly string[]): object =>
    Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)));
  const all = (table: string, where: object): Promise<Record<string, unknown>[]> => ledger.db(table).where(where);
  const own = ['id', 'order_id', 'contact_id', 'name', 'request_hash', 'next_try_at', 'claimed_until'];
  const ofNumber = ['address', 'token', 'link_id', 'external_id', 'customer_id', 'applied_at'];
  const rows = [
    await all('orders', { id }),
    await all('contacts', { id: contact }),
    await all('addresses', { contact_id: contact }),
    await all('items', { order_id: id }),
    await all('inbox', { order_id: id }),
  ];
  expect((await ledger.db('addresses').where({ contact_id: contact }).first()).address).toBe(customer.phone?.e164);
  const heads = ['consent_head'];
  return rows.map((some) => some.map((row) => without(row, [...own, ...ofNumber, ...heads])));
}

function contactOf(result: Placed): string {
  if (result.kind !== 'placed') throw new Error(result.kind);
  return result.contact;
}

it('the first order of a number takes one statement', async () => {
  asked.length = 0;
  contactOf(await place(db, orderOf(plain)));
  expect(asked).toHaveLength(1);
});

it('the first order of a number is stored as the transaction would store it', async () => {
  for (const overrides of ORDERS) {
    const [order, other] = [orderOf(overrides), orderOf(overrides)];
    asked.length = 0;
    const short = contactOf(await place(db, order));
    expect(asked.filter((sql) => sql.includes('place_order'))).toHaveLength(1);
    const long = contactOf(await ledger.db.transaction((trx) => place(trx, other)));
    expect(await rowsOf(order, short)).toEqual(await rowsOf(other, long));
  }
});

it('the fact of a placement that its own process tells is the same that another process would read', async () => {
  for (const overrides of ORDERS) {
    const [order, other] = [orderOf(overrides), orderOf(overrides)];
    const hash = createHash('sha256').update(order.id).digest();
    const result = await placeOrder(storeOf(db), brand, order, journey, hash, NOON, 60_000);
    const contact = contactOf(result);
    if (result.kind !== 'placed' || !result.fresh) throw new Error('not claimed');
    const { row, until, item } = result.fresh;
    await place(db, other);
    // It is claimed: only the other one is left to claim.
    const claims = await claimFacts(db, 1_000);
    expect(claims.rows.filter((one) => one.row === row)).toEqual([]);
    const read = claims.rows.find((one) => one.item.order === other.id)?.item;
    const ownContact = { ...item, order: other.id, fact: { ...item.fact, placement: undefined } };
    expect(ownContact).toEqual({ ...read, fact: { ...read?.fact, placement: undefined } });
    const placement = (of: typeof read): object | undefined =>
      of?.fact.type === 'order_placed' ? { ...of.fact.placement, contact: '' } : undefined;
    expect(placement(item)).toEqual(placement(read));
    expect(item.fact).toMatchObject({ placement: { contact } });
    const stored = await ledger.db('inbox').where({ id: row }).first(ledger.db.raw('claimed_until::text as until'));
    expect(stored).toEqual({ until });
  }
});

it('ten first orders of one number at once belong to one contact', async () => {
  const phone = { e164: '+393391234567', country: 'IT' };
  const orders = Array.from({ length: 10 }, () => orderOf({ customer: { consents: [], phone } }));
  const contacts = (await Promise.all(orders.map((order) => place(ledger.db, order)))).map(contactOf);
  expect(new Set(contacts).size).toBe(1);
  expect(await ledger.db('addresses').where({ address: phone.e164 })).toHaveLength(1);
  expect(await ledger.db('orders').where({ contact_id: contacts[0] })).toHaveLength(10);
});

it('an order that is placed ten times at once is placed once', async () => {
  const order = orderOf(plain);
  const results = await Promise.all(Array.from({ length: 10 }, () => place(ledger.db, order)));
  expect(results.map(({ kind }) => kind).toSorted()).toEqual([
    ...Array.from({ length: 9 }, () => 'duplicate'),
    'placed',
  ]);
  expect(await ledger.db('inbox').where({ order_id: order.id })).toHaveLength(1);
  expect(await ledger.db('addresses').where({ address: order.customer.phone?.e164 })).toHaveLength(1);
});

it('no contact is left behind when another request stores the order meanwhile', async () => {
  const order = orderOf(plain);
  const before = await ledger.db('contacts').count<{ count: number }[]>('* as count');
  let placing: Promise<Placed> | undefined;
  await ledger.db.transaction(async (trx) => {
    await ensureOrder(trx, brand.id, order.id, NOON);
    placing = place(ledger.db, order);
    // The statement now waits for the order's row, after it has inserted the contact.
    await untilWaiting(ledger.owner, 1);
  });
  contactOf((await placing) ?? { kind: 'erased' });
  const after = await ledger.db('contacts').count<{ count: number }[]>('* as count');
  expect(after[0]?.count).toBe((before[0]?.count ?? 0) + 1);
});

it('consents that cannot be stored leave no order behind', async () => {
  const order = orderOf({ customer: { consents: [{ ...consentTo('promotional'), wording: 'a\0b' }] } });
  await expect(place(ledger.db, order)).rejects.toThrow();
  expect(await ledger.db('orders').where({ id: order.id })).toEqual([]);
  expect(await ledger.db('addresses').where({ address: order.customer.phone?.e164 })).toEqual([]);
});

it('a second order of a number, one without a number and one of which events have come are placed as before', async () => {
  const first = await placedOrder(ledger.db, plain);
  const second = await place(ledger.db, orderOf({ customer: { consents: [], phone: { e164: first.phone } } }));
  expect(contactOf(second)).toBe(first.contact);
  contactOf(await place(ledger.db, orderOf({ customer: { consents: [], phone: undefined } })));
  const early = orderOf(plain);
  await ensureOrder(ledger.db, brand.id, early.id, NOON);
  contactOf(await place(ledger.db, early));
});

it('a STOP that is known by a former secret alone is found by the first order of its number', async () => {
  const [former, newest] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const order = orderOf(plain);
  const address = order.customer.phone?.e164 ?? '';
  const stop = { brand: brand.id, address, state: 'stopped', source: 'inbound:x', at: NOON } as const;
  await changeSuppression(storeOf(ledger.db, addressTokens([former])), stop, NOON);
  const tokens = addressTokens([newest, former]);
  contactOf(await placeOrder(storeOf(ledger.db, tokens), brand, order, journey, Buffer.from('a'), NOON));
  expect(await ledger.db('suppressions').where({ token: tokens(brand.id, address) })).toMatchObject([
    { state: 'stopped' },
  ]);
});

it('an order belongs to the person who had its number when it was placed, though nobody has the number now', async () => {
  const former = await placedOrder(ledger.db);
  await ledger
    .db('addresses')
    .where({ contact_id: former.contact })
    .update({ retired_at: new Date(ORDER_TIME + DAY) });
  const late = orderOf({ customer: { consents: [], phone: { e164: former.phone, country: 'IT' } } });
  expect(contactOf(await place(ledger.db, late))).toBe(former.contact);
});

it('a journey that the process has stored is stored again in a database that was restored without it', async () => {
  const restored = await openLedger();
  try {
    const order = orderOf(plain);
    contactOf(await place(restored.db, order));
    const stored = await restored.db('orders').join('journeys', 'hash', 'journey_hash').where({ id: order.id });
    expect(stored).toHaveLength(1);
  } finally {
    await restored.close();
  }
});

it('an order that another request stores meanwhile does not abort the transaction that the caller has begun', async () => {
  const order = orderOf(plain);
  const other = connect(ledger.url, { poolMax: 2 });
  let placing: Promise<Placed> | undefined;
  await ledger.db.transaction(async (trx) => {
    await ensureOrder(trx, brand.id, order.id, NOON);
    placing = other.transaction((own) => place(own, order));
    placing.catch(() => {});
    await untilWaiting(ledger.owner, 1);
  });
  try {
    contactOf((await placing) ?? { kind: 'erased' });
  } finally {
    await other.destroy();
  }
});

it('the first order of a number stores the consents that the transaction would store', async () => {
  const of = async (contact: string): Promise<object[]> =>
    ledger.db('consents').where({ contact_id: contact }).orderBy('id').select('class', 'action', 'wording', 'source');
  const consents = [consentTo('promotional'), consentTo('service_feedback')];
  const short = contactOf(await place(ledger.db, orderOf({ customer: { consents } })));
  const long = contactOf(await ledger.db.transaction((trx) => place(trx, orderOf({ customer: { consents } }))));
  expect(await of(short)).toHaveLength(2);
  expect(await of(short)).toEqual(await of(long));
});

it('a first order that comes while another of its number is being stored belongs to the same contact', async () => {
  const phone = { e164: '+393397654321', country: 'IT' };
  const customer = { consents: [], phone };
  let first = '';
  let placing: Promise<Placed> | undefined;
  await ledger.db.transaction(async (trx) => {
    first = contactOf(await place(trx, orderOf({ customer })));
    placing = place(ledger.db, orderOf({ customer }));
    placing.catch(() => {});
    await untilWaiting(ledger.owner, 1);
  });
  expect(contactOf((await placing) ?? { kind: 'erased' })).toBe(first);
});

it('an order of which an event comes meanwhile is filled, and not left without its customer', async () => {
  const order = orderOf(plain);
  let placing: Promise<Placed> | undefined;
  await ledger.db.transaction(async (trx) => {
    await ensureOrder(trx, brand.id, order.id, NOON);
    placing = place(ledger.db, order);
    placing.catch(() => {});
    await untilWaiting(ledger.owner, 1);
  });
  const contact = contactOf((await placing) ?? { kind: 'erased' });
  const row = await ledger.db('orders').where({ id: order.id }).first('contact_id', 'name');
  expect(row).toEqual({ contact_id: contact, name: order.name });
});
