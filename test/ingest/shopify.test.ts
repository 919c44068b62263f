import { describe, expect, it } from 'vitest';
import { parseJson } from '../../api/json.ts';
import { orderBody } from '../../api/requests/orders.ts';
import type { OrderRequest, ShopOptions, ShopOrder } from '../../ingest/shop-order.ts';
import { orderFromShopify } from '../../ingest/shopify.ts';

const OPTIONS: ShopOptions = { brandCountry: 'IT', marketingWording: 'Sì, scrivetemi.' };

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
    buyer_accepts_marketing: true,
    customer_locale: 'en-GB',
    order_status_url: 'https://sole.example/o/1042',
    customer: { id: 7, first_name: 'Ada', last_name: 'Byron', phone: '07400 123456', orders_count: 4 },
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

  it('brings consent for news and for questions when the box was ticked, with the words beside it', () => {
    expect(map().customer.consents).toMatchObject([
      { class: 'promotional', basis: 'express_written', wording: 'Sì, scrivetemi.' },
      { class: 'service_feedback', action: 'granted', wording: 'Sì, scrivetemi.' },
    ]);
  });

  it.each([
    ['the box was not ticked', { buyer_accepts_marketing: false }, OPTIONS],
    ['nobody knows what the box said', {}, { brandCountry: 'IT' }],
  ])('brings no consent when %s', (_, overrides, options) => {
    expect(map(overrides, options).customer.consents).toBeUndefined();
  });

  it('is digital when nothing in it is shipped', () => {
    const line = { title: 'PDF', quantity: 1, price: '4.90' };
    expect(map({ line_items: [{ ...line, requires_shipping: false }] }).fulfilment).toBe('digital');
    expect(map({ line_items: [{ ...line, requires_shipping: false }, line] }).fulfilment).toBe('shipped');
  });

  it('takes the first number that can be texted, the one it is shipped to before all others', () => {
    const shipping_address = { ...address, phone: '0113 496 0000' };
    expect(map({ shipping_address }).customer.phone).toBe('+447400123456');
    expect(map({ shipping_address: { ...address, phone: '07400 654321' } }).customer.phone).toBe('+447400654321');
  });

  it('without a number that can be texted is an order all the same, with a note that does not repeat the number', () => {
    const customer = { id: 7, first_name: 'Ada', phone: '555-625-1199' };
    const result = orderFromShopify(shopifyOrder({ customer }), OPTIONS);
    expect(bodyOf(result).customer.phone).toBeUndefined();
    expect(result).toMatchObject({ notes: [expect.stringMatching(/^phone left out, it cannot be texted: \w+$/)] });
    expect(JSON.stringify(result)).not.toContain('625');
  });

  it('leaves out a status link that is longer than a text can bear', () => {
    expect(map({ order_status_url: `https://shop.example/${'x'.repeat(40)}` }).statusUrl).toBeUndefined();
  });

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
});
