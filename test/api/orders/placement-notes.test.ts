/** The notes in the answer to a new order: messages that will not be sent. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { saveBrand } from '../../../commands/orders/save-brand.ts';
import { consent, ORDER_TIME, validOrder } from '../../helpers/orders.ts';
import type { Shop } from '../shop.ts';
import { openShop, validBrand } from '../shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

type Overrides = Parameters<typeof validOrder>[0];
type Notes = readonly { readonly pointer: string; readonly detail: string }[] | undefined;

/** The notes of an order that differs from a valid one so, and the order. */
async function place(overrides: Overrides = {}) {
  const order = validOrder(overrides);
  const { status, body } = await shop.post('/v1/orders', order);
  expect(status).toBe(202);
  return { order, body, notes: body.notes as Notes };
}

const CLASSES = ['promotional', 'service_feedback'] as const;
const both = CLASSES.map((one) => consent({ class: one, basis: 'express_written' }));
const counted = (notes: Notes): readonly (readonly number[])[] =>
  (notes ?? []).map(({ detail }) => (/(\d+) of (\d+) steps/.exec(detail) ?? []).slice(1).map(Number));

it('an order without consents is told for each class how many steps of its journey will not be sent, and by which rule', async () => {
  const { notes } = await place();
  expect(notes).toEqual([
    {
      pointer: '/customer/consents',
      detail: expect.stringMatching(/^no consent for feedback requests: \d+ of \d+ steps will not be sent \(it[.]/),
    },
    {
      pointer: '/customer/consents',
      detail: expect.stringMatching(/^no consent for promotions: \d+ of \d+ steps will not be sent \(it[.]/),
    },
  ]);
});

it('the count is of the steps of the order itself: one of a download has fewer', async () => {
  const items = [{ sku: 'PDF', title: 'Recipes', quantity: 1, price: '9.90' }];
  const [parcel, file] = [await place(), await place({ fulfilment: 'digital', items })];
  const totals = [parcel, file].map(({ notes }) => counted(notes)[0]?.[1] ?? 0);
  expect(totals[1]).toBeGreaterThan(0);
  expect(totals[1]).toBeLessThan(totals[0] ?? 0);
});

it('an order with consents has no such note, also when it is placed again', async () => {
  const order = validOrder({ customer: { consents: both } });
  for (const status of ['accepted', 'duplicate'])
    expect((await shop.post('/v1/orders', order)).body).toEqual({ id: order.id, contact: expect.anything(), status });
});

it('a consent on record counts for the next order of the number, and a refusal takes it away', async () => {
  const phone = '+393337770001';
  await place({ customer: { phone, consents: both } });
  expect((await place({ customer: { phone } })).notes).toBeUndefined();
  const refused = await place({ customer: { phone, consents: [consent({ action: 'withdrawn' })] } });
  expect(refused.notes).toMatchObject([{ detail: expect.stringMatching(/^no consent for promotions: /) }]);
});

it('placing an order again repeats its notes', async () => {
  const { order, body } = await place();
  expect((await shop.post('/v1/orders', order)).body).toEqual({ ...body, status: 'duplicate' });
});

it('an order without a number, or with one of a country that is not served, is told that nothing will be sent', async () => {
  const withoutNumber = await place({ customer: { phone: undefined } });
  const elsewhere = await place({ customer: { phone: '+33 6 12 34 56 78' } });
  expect([withoutNumber, elsewhere].map(({ notes }) => notes)).toEqual([
    [{ pointer: '/customer/phone', detail: expect.stringMatching(/^no number to text: \d+ of \d+ steps/) }],
    [
      {
        pointer: '/customer/phone',
        detail: expect.stringMatching(/^the brand texts no numbers of FR: \d+ of \d+ steps/),
      },
    ],
  ]);
  for (const { notes } of [withoutNumber, elsewhere]) {
    const [[unsent, all] = []] = counted(notes);
    expect(unsent).toBe(all);
  }
});

it('a sender that the networks of the country refuse is told with the rule', async () => {
  await saveBrand(shop.db, validBrand({ countries: ['IT', 'US'], sender: 'Bottega' }), ORDER_TIME);
  const { notes } = await place({ customer: { phone: '+1 212 555 2368' }, shippingAddress: { country: 'US' } });
  await saveBrand(shop.db, validBrand(), ORDER_TIME);
  expect(notes?.[0]).toMatchObject({
    pointer: '/customer/phone',
    detail: expect.stringMatching(/^the brand has no sender for order news to numbers of US: .*\(us[.]/),
  });
});

it('the notes of a number that said STOP are those of any other', async () => {
  const [stopped, other] = ['+393337770011', '+393337770012'];
  for (const phone of [stopped, other]) await place({ customer: { phone, consents: both } });
  await shop.post('/v1/opt-outs', { address: stopped, source: 'letter' });
  for (const consents of [[], both]) {
    const [one, two] = [
      await place({ customer: { phone: stopped, consents } }),
      await place({ customer: { phone: other, consents } }),
    ];
    expect(one.notes).toEqual(two.notes);
  }
});

it('the notes name no person, number or address', async () => {
  const { order, notes } = await place({ customer: { firstName: 'Ludovica', phone: '+39 333 7770002' } });
  const said = JSON.stringify(notes);
  for (const secret of ['Ludovica', 'Rossi', '7770002', 'Milano', '20121', order.id])
    expect(said).not.toContain(secret);
});

it('a link to the order that is too long for a text costs the link, not the order, and a note says how long it may be', async () => {
  const statusUrl = `https://sole.example/${'x'.repeat(600)}`;
  const { body, notes } = await place({ statusUrl, customer: { consents: both } });
  expect(body.status).toBe('accepted');
  expect(notes).toEqual([
    { pointer: '/statusUrl', detail: 'is left out of texts: it has 621 characters, and a text has room for 40' },
  ]);
  const stored: { details: object } = await shop.db('orders').where({ id: body.id }).first('details');
  expect(stored.details).not.toHaveProperty('statusUrl');
});
