/** A country that is held: fraud orders with many numbers, and none of them buys. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { saveBrand } from '../../commands/orders/save-brand.ts';
import { raiseConversionAlarms } from '../../db/sending/spend/alarms.ts';
import { spendToday } from '../../db/sending/spend/costs.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import { DAY, HOUR } from '../../domain/time/duration.ts';
import { MOST_IN_FLIGHT } from '../../domain/sending/spend.ts';
import { validBrand } from '../api/shop.ts';
import type { Checkout } from './pumping.ts';
import { openCheckout } from './pumping.ts';

let shop: Checkout;
beforeAll(async () => {
  shop = await openCheckout();
});
afterAll(() => shop.close());
beforeEach(() => shop.nextTuesday());

const saved = (more: Partial<Brand>) => saveBrand(shop.db, validBrand(more), shop.clock.at);

/** Five new numbers of Italy that nothing is heard of, two hours ago. */
async function fraud(): Promise<void> {
  for (let order = 0; order < 5; order += 1)
    expect(await shop.send(await shop.stranger('IT'), 'order_confirmation')).toEqual({ kind: 'accepted' });
  shop.clock.at += 2 * HOUR;
}

const HELD = { kind: 'skip', reason: 'country_not_served' };

describe('a country whose new numbers show no life', () => {
  it('never gets a text to another new number while it is held; other countries and known numbers do, and one case is opened', async () => {
    await saved({ conversionAlarm: { newNumbers: 5, hold: true } });
    const known = await shop.stranger('IT');
    expect(await shop.send(known, 'order_confirmation')).toEqual({ kind: 'accepted' });
    shop.clock.at += 2 * DAY;
    await fraud();
    const fresh = await shop.stranger('IT');
    expect(await raiseConversionAlarms(shop.db, shop.clock.at)).toMatchObject([{ kind: 'conversion', country: 'IT' }]);
    expect(await raiseConversionAlarms(shop.db, shop.clock.at)).toEqual([]);
    expect(await shop.send(fresh, 'order_confirmation')).toEqual(HELD);
    expect(await shop.send(fresh, 'bundle_offer')).toEqual(HELD);
    expect(await shop.write(fresh.phone, 'STOP')).toEqual({ kind: 'accepted' });
    expect(await shop.send(known, 'out_for_delivery')).toEqual({ kind: 'accepted' });
    expect(await shop.send(await shop.stranger('GB'), 'order_confirmation')).toEqual({ kind: 'accepted' });
    const { body } = await shop.get('/v1/limits');
    expect(body.alarms.filter(({ kind }: { kind: string }) => kind === 'conversion')).toMatchObject([
      { kind: 'conversion', country: 'IT', figures: { fresh: 5, alive: 0 } },
    ]);
    shop.clock.at += DAY;
    expect(await shop.send(await shop.stranger('IT'), 'order_confirmation')).toEqual({ kind: 'accepted' });
  });

  it('never is held because of the alarm of another brand', async () => {
    await saved({ conversionAlarm: { newNumbers: 5, hold: true } });
    const day = new Date(shop.clock.at);
    await shop.db('abuse_alarms').insert({
      brand_id: 'altrove',
      kind: 'conversion',
      country: 'IT',
      day,
      figures: {},
      raised_at: day,
    });
    expect(await shop.send(await shop.stranger('IT'), 'order_confirmation')).toEqual({ kind: 'accepted' });
  });

  it('never gets a text to a number that was only refused one before', async () => {
    await saved({ conversionAlarm: { newNumbers: 5, hold: true } });
    const refused = await shop.stranger('IT');
    expect(await shop.send(refused, 'order_confirmation')).toEqual({ kind: 'accepted' });
    await shop
      .db('messages')
      .where({ contact_id: refused.contact })
      .update({ state: 'rejected', reason: 'unreachable' });
    shop.clock.at += 2 * DAY;
    await fraud();
    expect(await raiseConversionAlarms(shop.db, shop.clock.at)).toMatchObject([{ kind: 'conversion', country: 'IT' }]);
    expect(await shop.send(refused, 'out_for_delivery')).toEqual(HELD);
  });

  it('is told of and not held, unless the brand says so', async () => {
    await saved({ conversionAlarm: { newNumbers: 5 } });
    await fraud();
    expect(await raiseConversionAlarms(shop.db, shop.clock.at)).toMatchObject([{ country: 'IT' }]);
    expect(await shop.send(await shop.stranger('IT'), 'order_confirmation')).toEqual({ kind: 'accepted' });
  });
});

describe('GET /v1/limits', () => {
  it('tells the limits as they stand, what today’s texts cost, and the open cases of the brand alone', async () => {
    await saved({});
    expect((await shop.get('/v1/limits')).body).toMatchObject({
      countries: null,
      spend: { currency: null, perDay: null, perCountryPerDay: null, today: 0, countries: [] },
    });
    await saved({
      countries: ['IT', 'GB'],
      limits: { perNumberPerDay: 2, perNumberPerWeek: 4, ordersPerNumberPerDay: 1 },
      spend: { currency: 'EUR', perDay: 50, perCountryPerDay: 0.2 },
    });
    const day = new Date(shop.clock.at);
    await shop
      .db('spend')
      .insert({ brand_id: 'bottega', day, country: 'GB', amount: 0.5, messages: 3, last_price: 0.2 });
    // In binary, 2.1 and 0.8 are 2.9000000000000004 together.
    const theirsToday = { brand_id: 'altrove', day, messages: 3, last_price: 0.1 };
    await shop.db('spend').insert({ ...theirsToday, country: 'IT', amount: 2.1 });
    await shop.db('spend').insert({ ...theirsToday, country: 'FR', amount: 0.8 });
    const late = await shop.stranger('GB');
    expect(await shop.send(late, 'order_confirmation')).toEqual({ kind: 'skip', reason: 'spend_limit' });
    const { status, body } = await shop.get('/v1/limits');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      countries: ['IT', 'GB'],
      number: { perDay: 2, perWeek: 4, ordersPerDay: 1 },
      spend: {
        currency: 'EUR',
        perDay: 50,
        perCountryPerDay: 0.2,
        today: 0.5,
        countries: [{ country: 'GB', cost: 0.5, messages: 3 }],
      },
    });
    expect(body.cases).toContainEqual(expect.objectContaining({ kind: 'spend_limit', contact: late.contact }));
    const theirs = (await shop.get('/v1/limits', shop.strangersKey)).body;
    expect([theirs.cases, theirs.alarms, theirs.spend.today]).toEqual([[], [], 2.9]);
  });
});

it('a flood to a country late in the alphabet is never hidden by one that stands before it', async () => {
  await saved({ spend: { currency: 'EUR', perDay: 10_000 } });
  const one = await shop.stranger('GB');
  expect(await shop.send(one, 'order_confirmation')).toEqual({ kind: 'accepted' });
  const copies = (country: string, number: number) =>
    shop.owner.raw(
      `insert into attempts (message_id, number, client_ref, submitted_at, brand_id, country, spend_day)
       select a.message_id, n + (select max(number) from attempts), gen_random_uuid(), a.submitted_at, a.brand_id, ?, a.spend_day
         from (select * from attempts where spend_day is not null order by submitted_at desc limit 1) a, generate_series(1, ?) n`,
      [country, number],
    );
  await copies('AD', MOST_IN_FLIGHT + 10);
  await copies('ZW', 300);
  const spent = await spendToday(shop.db, shop.clock.at, 'bottega');
  expect(spent.map(({ country, messages }) => [country, messages])).toEqual([
    ['AD', MOST_IN_FLIGHT],
    ['GB', 1],
    ['ZW', 300],
  ]);
});
