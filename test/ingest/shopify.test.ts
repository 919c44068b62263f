import { describe, expect, it } from 'vitest';
import { parseJson } from '../../api/http/json.ts';
import { orderBody } from '../../api/orders/schema.ts';
import type { OrderRequest, ShopOptions, ShopOrder } from '../../ingest/shop-order.ts';
import { orderFromShopify } from '../../ingest/shopify.ts';

const OPTIONS: ShopOptions = { brandCountry: 'IT', marketingWording: 'Sì, scrivetemi.' };

const SUBSCRIBED = {
  state: 'subscribed',
  opt_in_level: 'confirmed_opt_in',
  consent_updated_at: '2026-02-01T10:00:00+01:00',
  consent_collected_from: 'SHOPIFY',
};
const customer = { id: 7, first_name: 'Ada', last_name: 'Byron', phone: '07400 123456' };

const address = {
  first_name: 'Ada',
  country_code: 'GB',
  province_code: 'ENG',
  city: 'Leeds',
  zip: 'LS1 4DL',
  phone: null,
};

function shopifyOrder(overrides: object = {}): object {
  return {
    id: 1042,
    name: '#1042',
    created_at: '2026-03-02T23:41:00+01:00',
    cancelled_at: null,
    financial_status: 'paid',
    currency: 'GBP',
    total_price: '39.00',
    customer_locale: 'en-GB',
    order_status_url: 'https://sole.example/o/1042',
    customer: {
      id: 7,
      first_name: 'Ada',
      last_name: 'Byron',
      phone: '07400 123456',
      orders_count: 4,
      sms_marketing_consent: SUBSCRIBED,
    },
    shipping_address: address,
    line_items: [{ title: 'Moka', sku: 'MOKA-6', product_id: 9, quantity: 1, price: '39.00', requires_shipping: true }],
    note: 'a field we do not use',
    ...overrides,
  };
}

function bodyOf(result: ShopOrder): OrderRequest {
  if (result.kind !== 'order') throw new Error(`not an order: ${JSON.stringify(result)}`);
  expect(orderBody.safeParse(result.body).error?.issues).toBeUndefined();
  return result.body;
}
const map = (overrides: object = {}, options = OPTIONS) => bodyOf(orderFromShopify(shopifyOrder(overrides), options));

describe('a Shopify order', () => {
  it('becomes a body that the API accepts, wrapped or bare', () => {
    const wrapped = bodyOf(orderFromShopify({ order: shopifyOrder() }, OPTIONS));
    expect(wrapped).toEqual(map());
    expect(wrapped).toMatchObject({
      id: '1042',
      name: '#1042',
      total: '39.00',
      fulfilment: 'shipped',
      statusUrl: 'https://sole.example/o/1042',
      customer: { id: '7', firstName: 'Ada', phone: '+447400123456', locale: 'en-GB', earlierOrders: 3 },
      shippingAddress: { country: 'GB', region: 'ENG', city: 'Leeds', postcode: 'LS1 4DL' },
      items: [{ title: 'Moka', sku: 'MOKA-6', productId: '9', quantity: 1, price: '39.00' }],
    });
  });

  it('keeps every digit of its ids', () => {
    const text = JSON.stringify(shopifyOrder()).replace('"id":1042', '"id":820982911946154508');
    expect(bodyOf(orderFromShopify(parseJson(Buffer.from(text)), OPTIONS)).id).toBe('820982911946154508');
  });

  it('brings consent for news and for questions when the customer has subscribed to texts, with the words, the moment and how', () => {
    const said = {
      wording: 'Sì, scrivetemi.',
      at: '2026-02-01T10:00:00+01:00',
      evidence: { note: 'opt_in_level: confirmed_opt_in' },
    };
    expect(map().customer.consents).toMatchObject([
      { class: 'promotional', basis: 'express_written', ...said },
      { class: 'service_feedback', action: 'granted', ...said },
    ]);
  });

  it("of the shop's own tests says so", () => {
    expect(map({ test: true })).toMatchObject({ test: true });
    expect(map({ test: false })).not.toHaveProperty('test');
  });

  it.each([
    [
      'only e-mail was agreed to',
      {
        buyer_accepts_marketing: true,
        customer: { ...customer, email_marketing_consent: SUBSCRIBED, accepts_marketing: true },
      },
      OPTIONS,
    ],
    [
      'the customer has left the list',
      { customer: { ...customer, sms_marketing_consent: { ...SUBSCRIBED, state: 'unsubscribed' } } },
      OPTIONS,
    ],
    [
      'the answer to a double opt-in is awaited',
      { customer: { ...customer, sms_marketing_consent: { ...SUBSCRIBED, state: 'pending' } } },
      OPTIONS,
    ],
    [
      'of an unknown time',
      { customer: { ...customer, sms_marketing_consent: { ...SUBSCRIBED, consent_updated_at: null } } },
      OPTIONS,
    ],
    ['it was given for another number than the order’s', { phone: '07400 654321' }, OPTIONS],
    ['with unknown words of the box', {}, { brandCountry: 'IT' }],
  ])('brings no consent when %s', (_, overrides, options) => {
    expect(map(overrides, options).customer.consents).toBeUndefined();
  });

  it('is digital when nothing in it is shipped', () => {
    const line = { title: 'PDF', quantity: 1, price: '4.90' };
    expect(map({ line_items: [{ ...line, requires_shipping: false }] }).fulfilment).toBe('digital');
    expect(map({ line_items: [{ ...line, requires_shipping: false }, line] }).fulfilment).toBe('shipped');
  });

  it('takes the buyer’s first number that can be texted: of the order, the customer, the bill', () => {
    const billing_address = { ...address, phone: '07400 654321' };
    expect(map({ phone: '07400 111111', billing_address }).customer.phone).toBe('+447400111111');
    expect(map({ phone: '0113 496 0000', billing_address }).customer.phone).toBe('+447400123456');
    expect(map({ customer: { ...customer, phone: null }, billing_address }).customer.phone).toBe('+447400654321');
  });

  it('never takes the number or the name of its recipient, nor of the recipient of the last order', () => {
    const gift = { ...address, first_name: 'Grace', last_name: 'Hopper', phone: '07400 654321' };
    const silent = { ...customer, phone: null, default_address: gift };
    expect(map({ customer: silent, shipping_address: gift }).customer).toMatchObject({
      firstName: 'Ada',
      lastName: 'Byron',
    });
    expect(map({ customer: silent, shipping_address: gift }).customer.phone).toBeUndefined();
    expect(map({ customer: null, shipping_address: gift }).customer).toEqual({ locale: 'en-GB' });
    // A gift within the family, from a buyer of whom the shop knows half the name.
    for (const half of [{ first_name: null }, { last_name: null }]) {
      const shared = { ...silent, first_name: 'Grace', last_name: 'Hopper', ...half };
      expect(map({ customer: shared, shipping_address: gift }).customer.phone).toBeUndefined();
    }
    expect(map({ customer: null, billing_address: address, shipping_address: gift }).customer).toEqual({
      firstName: 'Ada',
      locale: 'en-GB',
    });
  });

  it('takes the number it is sent to where the buyer sends it to themselves', () => {
    const own = { ...address, first_name: 'ADA', last_name: 'Byron', phone: '07400 654321' };
    expect(map({ customer: { ...customer, phone: null }, shipping_address: own }).customer.phone).toBe('+447400654321');
  });

  it('without a number that can be texted is an order all the same, with a note that does not repeat the number', () => {
    const result = orderFromShopify(shopifyOrder({ customer: { ...customer, phone: '555-625-1199' } }), OPTIONS);
    expect(bodyOf(result).customer.phone).toBeUndefined();
    expect(result).toMatchObject({ notes: [expect.stringMatching(/^phone left out, it cannot be texted: \w+$/)] });
    expect(JSON.stringify(result)).not.toContain('625');
  });

  it('hands on a status link of any length: the API says in a note that texts go without a long one', () => {
    const long = `https://shop.example/548380009/orders/${'x'.repeat(80)}/authenticate?key=${'y'.repeat(32)}`;
    expect(map({ order_status_url: long }).statusUrl).toBe(long);
  });

  it.each(['sole.example/o/1', 'javascript:alert(1)', 'https://', 'https://a b', 'https://sole.example/\u0000'])(
    'leaves out a status link that is none, with a note that does not repeat it: %j',
    (link) => {
      const result = orderFromShopify(shopifyOrder({ order_status_url: link }), OPTIONS);
      expect(bodyOf(result).statusUrl).toBeUndefined();
      expect(result).toMatchObject({ notes: ['order_status_url left out, it is not a link'] });
    },
  );

  it('of a digital sale is placed where its bill goes', () => {
    expect(
      map({ shipping_address: null, billing_address: { ...address, country_code: 'IE' } }).shippingAddress?.country,
    ).toBe('IE');
  });

  it('leaves out lines that were taken off', () => {
    const line = { title: 'Moka', quantity: 1, price: '39.00' };
    expect(map({ line_items: [{ ...line, quantity: 0 }, line] }).items).toHaveLength(1);
  });

  it.each([
    ['cancelled', { cancelled_at: '2026-03-03T00:00:00Z' }],
    ['voided', { financial_status: 'voided' }],
  ])('that was %s is not placed', (why, overrides) => {
    expect(orderFromShopify(shopifyOrder(overrides), OPTIONS)).toEqual({ kind: 'not_placed', why });
  });

  it('an order without lines, as a list of orders has it, is an order all the same', () => {
    const { line_items: _lines, ...bare } = shopifyOrder() as Record<string, unknown>;
    const listed = orderFromShopify({ orders: [bare] }, OPTIONS);
    expect(listed).toMatchObject({ kind: 'order', body: { items: [], fulfilment: 'shipped' } });
  });

  it.each([
    ['nothing', null],
    ['a refund', { refund: { id: 1 } }],
  ])('is not what %s is', (_, json) => {
    expect(orderFromShopify(json, OPTIONS)).toMatchObject({
      kind: 'unreadable',
      problems: expect.arrayContaining([expect.any(String)]),
    });
  });

  it.each(['.', '..'])('with the id %s, which no path leads to, is none', (id) => {
    expect(orderFromShopify(shopifyOrder({ id }), OPTIONS)).toEqual({ kind: 'unreadable', problems: ['id: custom'] });
  });
});
