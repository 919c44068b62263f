import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { saveBrand } from '../../../../commands/orders/save-brand.ts';
import { alarmsOf, raiseConversionAlarms, raiseSpendAlarms } from '../../../../db/sending/spend/alarms.ts';
import type { Brand } from '../../../../domain/orders/brand.ts';
import { DAY, HOUR } from '../../../../domain/time/duration.ts';
import type { Ledger, PlacedOrder } from '../../../helpers/ledger.ts';
import { brand, openLedger, placedOrder, planned, submitted } from '../../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

/** Noon in Rome; every test is some days later. */
let now = Date.UTC(2026, 2, 3, 11);
beforeEach(() => {
  now += 4 * DAY;
});

/** New customers, texted for the first time two hours ago. */
async function texted(number: number): Promise<PlacedOrder[]> {
  const orders: PlacedOrder[] = [];
  for (let index = 0; index < number; index += 1) {
    const order = await placedOrder(ledger.db);
    await submitted(ledger.db, await planned(ledger.db, order, { dueAt: now - 2 * HOUR }), now - 2 * HOUR);
    orders.push(order);
  }
  return orders;
}

const shipped = ({ brand: of, order }: PlacedOrder) =>
  ledger.db('inbox').insert({
    brand_id: of,
    order_id: order,
    source: 'api',
    event_id: `shipped-${order}`,
    type: 'parcel_shipped',
    occurred_at: new Date(now),
    request_hash: Buffer.alloc(0),
    received_at: new Date(now),
  });
const stateOf = (contact: string, state: string) =>
  ledger.db('messages').where({ contact_id: contact }).update({ state });
const delivered = ({ contact }: PlacedOrder) => stateOf(contact, 'delivered');
const wrote = (of: string, contact: string) =>
  ledger
    .db('conversations')
    .insert({ brand_id: of, contact_id: contact, opened_at: new Date(now), last_at: new Date(now) });
const chose = (of: string, contact: string) =>
  ledger.db('preferences').insert({ brand_id: of, contact_id: contact, updated_at: new Date(now) });

describe('twenty new numbers of a country', () => {
  it('none of which shows life raise an alarm once a day', async () => {
    await texted(20);
    const alarm = { brand: brand.id, kind: 'conversion', country: 'IT', figures: { fresh: 20, alive: 0 } };
    expect(await raiseConversionAlarms(ledger.db, now)).toMatchObject([alarm]);
    expect(await raiseConversionAlarms(ledger.db, now + HOUR)).toEqual([]);
    expect(await alarmsOf(ledger.db, brand.id, now + HOUR)).toMatchObject([{ kind: 'conversion', country: 'IT' }]);
    expect(await alarmsOf(ledger.db, 'another', now + HOUR)).toEqual([]);
  });

  it('less than a third of which show life raise one', async () => {
    const orders = await texted(20);
    for (const order of orders.slice(0, 3)) await delivered(order);
    for (const order of orders.slice(3, 6)) await shipped(order);
    expect(await raiseConversionAlarms(ledger.db, now)).toMatchObject([{ figures: { fresh: 20, alive: 6 } }]);
  });

  it('a third of which show life raise none', async () => {
    for (const order of (await texted(20)).slice(0, 7)) await shipped(order);
    expect(await raiseConversionAlarms(ledger.db, now)).toEqual([]);
  });

  it.each<[string, (order: PlacedOrder) => Promise<unknown>]>([
    ['a text that was read', ({ contact }) => stateOf(contact, 'read')],
    ['a text of theirs', ({ brand: of, contact }) => wrote(of, contact)],
    ['a choice on the page', ({ brand: of, contact }) => chose(of, contact)],
  ])('a third of which show life by %s raise none', async (_, show) => {
    for (const order of (await texted(20)).slice(0, 7)) await show(order);
    expect(await raiseConversionAlarms(ledger.db, now)).toEqual([]);
  });

  it('are too few when the provider has refused the text to one of them', async () => {
    const [first] = await texted(20);
    await ledger
      .db('messages')
      .where({ contact_id: first?.contact })
      .update({ state: 'rejected', reason: 'provider_refused' });
    expect(await raiseConversionAlarms(ledger.db, now)).toEqual([]);
  });

  it('are too few when one is missing, or was texted before, or is too young to be judged', async () => {
    await texted(19);
    const known = await placedOrder(ledger.db);
    await submitted(ledger.db, await planned(ledger.db, known, { dueAt: now - 2 * DAY }), now - 2 * DAY);
    await submitted(ledger.db, await planned(ledger.db, known, { kind: 'delivered', dueAt: now - HOUR }), now - HOUR);
    const young = await placedOrder(ledger.db);
    await submitted(ledger.db, await planned(ledger.db, young, { dueAt: now }), now);
    expect(await raiseConversionAlarms(ledger.db, now)).toEqual([]);
  });
});

describe('spending', () => {
  const limited = (spend: NonNullable<Brand['spend']>) => saveBrand(ledger.db, { ...brand, spend }, now);
  const spend = (country: string, amount: number) =>
    ledger
      .db('spend')
      .insert({ brand_id: brand.id, day: new Date(now).toISOString().slice(0, 10), country, amount, last_price: 0.1 });

  it('raises an alarm at 80 %, at the limit and at twice as much, each once per country and day', async () => {
    await limited({ currency: 'EUR', perDay: 100, perCountryPerDay: 50 });
    await spend('IT', 39.9);
    expect(await raiseSpendAlarms(ledger.db, now)).toEqual([]);
    await spend('GB', 40.2);
    const raised = await raiseSpendAlarms(ledger.db, now);
    expect(raised.map(({ kind, country }) => [kind, country])).toEqual([
      ['spend_80', null],
      ['spend_80', 'GB'],
    ]);
    await ledger.db('spend').where({ country: 'GB' }).update({ amount: 101 });
    const more = await raiseSpendAlarms(ledger.db, now);
    expect(more.map(({ kind, country }) => [kind, country])).toEqual([
      ['spend_100', null],
      ['spend_100', 'GB'],
      ['spend_200', 'GB'],
    ]);
    expect(await raiseSpendAlarms(ledger.db, now)).toEqual([]);
  });
});
