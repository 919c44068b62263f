/** A flood costs a brand no more than it has said, by the prices that the provider's receipts name. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { saveBrand } from '../../commands/orders/save-brand.ts';
import { DAY } from '../../domain/time/duration.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import { validBrand } from '../api/shop.ts';
import type { Checkout } from './pumping.ts';
import { openCheckout } from './pumping.ts';

let shop: Checkout;
beforeAll(async () => {
  shop = await openCheckout();
});
afterAll(() => shop.close());
beforeEach(() => shop.nextTuesday());

function limited(spend: Brand['spend'], more: Partial<Brand> = {}): Promise<void> {
  return saveBrand(shop.db, validBrand({ ...(spend && { spend }), ...more }), shop.clock.at);
}

/** The provider's report about the last text. */
async function receipt(price: string, { status = 'delivered', currency = 'EUR' } = {}): Promise<void> {
  const last = shop.fake.messages().at(-1);
  const body = {
    message_uuid: last?.providerId,
    client_ref: last?.clientRef,
    to: last?.to,
    from: last?.from,
    channel: 'sms',
    timestamp: new Date(shop.clock.at).toISOString(),
    status,
    usage: { price, currency },
  };
  expect((await shop.webhook('status', body)).status).toBe(200);
}

/** Confirms orders of new numbers until none goes out any more; returns how many did. `price`: what each receipt says. */
async function flood(country: 'IT' | 'GB', most: number, price?: string): Promise<number> {
  for (let sent = 0; sent < most; sent += 1) {
    const result = await shop.send(await shop.stranger(country), 'order_confirmation');
    if (result.kind !== 'accepted') return sent;
    if (price !== undefined) await receipt(price);
  }
  return most;
}

const spentOn = (country: string) =>
  shop.db('spend').where({ country }).orderBy('day', 'desc').first('messages', 'amount', 'currency');

describe('a brand that spends at most 1 EUR a day in one country', () => {
  beforeEach(() => limited({ currency: 'EUR', perCountryPerDay: 1 }));

  it('never confirms orders for more than twice as much, and an agent is told once', async () => {
    expect(await flood('IT', 30, '0.1000')).toBe(20);
    expect(await spentOn('IT')).toEqual({ messages: 20, amount: '2.0000', currency: 'EUR' });
    const late = await shop.stranger('IT');
    expect(await shop.send(late, 'order_confirmation')).toEqual({ kind: 'skip', reason: 'spend_limit' });
    expect(await shop.db('cases').where({ kind: 'spend_limit' }).select('cause')).toMatchObject([
      { cause: expect.stringMatching(/^spend\.country\.IT\./) },
    ]);
    // Another country of the same brand, and the next day.
    expect(await shop.send(await shop.stranger('GB'), 'order_confirmation')).toEqual({ kind: 'accepted' });
    shop.clock.at += DAY;
    expect(await shop.send(late, 'order_confirmation', 'next-day')).toEqual({ kind: 'accepted' });
  });

  it('sends no promotion once that is spent, and order news still', async () => {
    const customer = await shop.stranger('IT');
    expect(await flood('IT', 10, '0.1000')).toBe(10);
    const offer = await shop.send(customer, 'bundle_offer');
    expect(offer).toMatchObject({ kind: 'wait', reason: 'spend_limit' });
    // Until midnight in Rome.
    expect(offer.kind === 'wait' && new Date(offer.until).toISOString()).toMatch(/T2[23]:00:00\.000Z$/);
    expect(await shop.send(customer, 'order_confirmation')).toEqual({ kind: 'accepted' });
  });

  it('never runs past the limit because receipts are late: texts on their way count at the last price', async () => {
    expect(await flood('IT', 1, '0.5000')).toBe(1);
    // 1 text for 0.50 known, each of the others presumed to cost as much.
    expect(await flood('IT', 30)).toBe(3);
  });

  it('never counts texts on their way at the price of another brand', async () => {
    expect(await flood('IT', 1, '0.5000')).toBe(1);
    const theirs = { brand_id: 'altrove', country: 'IT', amount: 9, messages: 1, last_price: 9 };
    await shop.db('spend').insert({ ...theirs, day: new Date(shop.clock.at + DAY) });
    expect(await flood('IT', 30)).toBe(3);
  });

  it('does not count texts that the provider says it never had', async () => {
    expect(await flood('IT', 1, '0.5000')).toBe(1);
    expect(await flood('IT', 30)).toBe(3);
    await shop.db('attempts').whereNull('price').update({ outcome: 'not_sent' });
    expect(await flood('IT', 30)).toBe(3);
  });

  it('does not count a receipt twice, nor a price that is none', async () => {
    expect(await flood('IT', 1)).toBe(1);
    await receipt('0.0500', { status: 'submitted' });
    await receipt('0.0500', { status: 'delivered' });
    await receipt('0.0500', { status: 'delivered' });
    expect(await spentOn('IT')).toEqual({ messages: 1, amount: '0.0500', currency: 'EUR' });
    expect(await flood('IT', 1)).toBe(1);
    for (const price of ['free', '-1', '1e9', '', '0.05.1']) await receipt(price, { status: 'submitted' });
    expect(await spentOn('IT')).toEqual({ messages: 1, amount: '0.0500', currency: 'EUR' });
    await receipt('0.0700');
    expect(await spentOn('IT')).toEqual({ messages: 2, amount: '0.1200', currency: 'EUR' });
  });

  it('answers STOP all the same', async () => {
    const customer = await shop.stranger('IT');
    await flood('IT', 30, '0.5000');
    expect(await shop.send(customer, 'order_confirmation')).toEqual({ kind: 'skip', reason: 'spend_limit' });
    expect(await shop.write(customer.phone, 'STOP')).toEqual({ kind: 'accepted' });
  });
});

it('a limit for the day counts all countries together, and no other brand’s texts', async () => {
  await limited({ currency: 'EUR', perDay: 1 });
  expect(await flood('IT', 10, '0.1000')).toBe(10);
  expect(await flood('GB', 30, '0.1000')).toBe(10);
  const other = { brand_id: 'altrove', day: new Date(shop.clock.at), country: 'IT', amount: 900, last_price: 1 };
  shop.clock.at += DAY;
  await shop.db('spend').insert({ ...other, day: new Date(shop.clock.at) });
  expect(await shop.send(await shop.stranger('IT'), 'order_confirmation')).toEqual({ kind: 'accepted' });
});

it('a brand without a limit is counted and not stopped', async () => {
  await limited(undefined);
  expect(await flood('IT', 5, '90.0000')).toBe(5);
  expect(await spentOn('IT')).toMatchObject({ messages: 5, amount: '450.0000' });
});
