import { describe, expect, it } from 'vitest';
import { orderBody } from '../../api/orders/schema.ts';
import { decodeEntities } from '../../ingest/html-entities.ts';
import type { OrderRequest, ShopOrder } from '../../ingest/shop-order.ts';
import { orderFromWooCommerce } from '../../ingest/woocommerce.ts';

const OPTIONS = { brandCountry: 'IT', marketingWording: 'Sì, scrivetemi.' };

function wooOrder(overrides: object = {}): object {
  return {
    id: 731,
    number: '731',
    status: 'processing',
    currency: 'EUR',
    date_created: '2026-03-04T18:05:00',
    date_created_gmt: '2026-03-04T17:05:00',
    total: '12.50',
    customer_id: 2201,
    billing: {
      first_name: 'Carla',
      last_name: 'Conti',
      city: 'Bari',
      state: 'BA',
      postcode: '70122',
      country: 'IT',
      phone: '349 765 4321',
    },
    shipping: { first_name: '', last_name: '', city: '', state: '', postcode: '', country: '' },
    meta_data: [],
    line_items: [
      {
        name: 'Caff&egrave; 250 g &ndash; macinato',
        sku: 'COFFEE-250',
        product_id: 890,
        quantity: 3,
        price: 3.1666666,
      },
    ],
    shipping_lines: [{ method_id: 'flat_rate:25' }],
    ...overrides,
  };
}

function bodyOf(result: ShopOrder): OrderRequest {
  if (result.kind !== 'order') throw new Error(`not an order: ${JSON.stringify(result)}`);
  expect(orderBody.safeParse(result.body).error?.issues).toBeUndefined();
  return result.body;
}
const map = (overrides: object = {}) => bodyOf(orderFromWooCommerce(wooOrder(overrides), OPTIONS));

describe('a WooCommerce order', () => {
  it('becomes a body that the API accepts', () => {
    expect(map()).toEqual({
      id: '731',
      name: '#731',
      placedAt: '2026-03-04T17:05:00Z',
      currency: 'EUR',
      total: '12.50',
      fulfilment: 'shipped',
      customer: { id: '2201', firstName: 'Carla', lastName: 'Conti', phone: '+393497654321' },
      shippingAddress: { country: 'IT', region: 'BA', city: 'Bari', postcode: '70122' },
      items: [{ title: 'Caffè 250 g – macinato', sku: 'COFFEE-250', productId: '890', quantity: 3, price: '3.17' }],
    });
  });

  it('was placed at its time in UTC, not at the shop’s own time', () => {
    expect(map().placedAt).toBe('2026-03-04T17:05:00Z');
  });

  it.each(['pending', 'failed', 'cancelled', 'checkout-draft'])('that is %s is not placed', (status) => {
    expect(orderFromWooCommerce(wooOrder({ status }), OPTIONS)).toEqual({ kind: 'not_placed', why: status });
  });

  it('to a country that there is not is placed without it', () => {
    const billing = { first_name: 'Emma', country: 'UK', city: 'Leeds', phone: '+44 7400 123456' };
    expect(map({ billing }).shippingAddress).toEqual({ city: 'Leeds' });
  });

  it('of a guest has no customer id', () => {
    expect(map({ customer_id: 0 }).customer.id).toBeUndefined();
  });

  it('never takes the number or the name of its recipient, unless the buyer is the recipient', () => {
    const billing = { first_name: 'Carla', last_name: 'Conti', country: 'IT', phone: '' };
    const gift = { first_name: 'Ugo', last_name: 'Verdi', country: 'IT', phone: '349 111 2222' };
    expect(map({ billing, shipping: gift }).customer).toEqual({ id: '2201', firstName: 'Carla', lastName: 'Conti' });
    expect(map({ billing: null, shipping: gift }).customer).toEqual({ id: '2201' });
    expect(map({ billing, shipping: { ...gift, first_name: 'carla', last_name: 'Conti' } }).customer.phone).toBe(
      '+393491112222',
    );
    expect(map({ shipping: gift }).customer.phone).toBe('+393497654321');
  });

  it.each([
    [[], 'digital'],
    [[{ method_id: 'local_pickup:3' }], 'pickup'],
    [[{ method_id: 'flat_rate' }], 'shipped'],
  ])('with the shipping lines %j is %s', (shipping_lines, fulfilment) => {
    expect(map({ shipping_lines }).fulfilment).toBe(fulfilment);
  });

  it('reads language and marketing box where plug-ins keep them', () => {
    const meta_data = [
      { id: 1, key: 'wpml_language', value: 'it' },
      { id: 2, key: 'marketing_opt_in', value: 'yes' },
      { id: 3, key: 'other', value: { nested: true } },
    ];
    expect(map({ meta_data }).customer).toMatchObject({
      locale: 'it',
      consents: [
        { class: 'promotional', basis: 'express_written' },
        { class: 'service_feedback', basis: 'express_written' },
      ],
    });
    expect(map({ meta_data: [{ key: 'marketing_opt_in', value: 'no' }] }).customer.consents).toBeUndefined();
  });

  it.each(['.', '..'])('with the id %s, which no path leads to, is none', (id) => {
    expect(orderFromWooCommerce(wooOrder({ id }), OPTIONS)).toEqual({
      kind: 'unreadable',
      problems: ['id: custom'],
    });
  });
});

describe('text with HTML entities', () => {
  it.each([
    ['Ship Your Idea &ndash; Black', 'Ship Your Idea – Black'],
    ['Tom &amp; Jerry', 'Tom & Jerry'],
    ['&#8220;A&#x201D;', '“A”'],
    ['&amp;ndash;', '&ndash;'],
    ['A & B &unknown; &', 'A & B &unknown; &'],
    ['&#0; &#xd800; &#x110000;', '&#0; &#xd800; &#x110000;'],
  ])('%s is %s', (html, text) => {
    expect(decodeEntities(html)).toBe(text);
  });
});
