import { describe, expect, it } from 'vitest';
import { parseJson } from '../../api/http/json.ts';
import { eventBody } from '../../api/orders/event-schema.ts';
import { sumOf } from '../../ingest/shop-refund.ts';
import type { ShopRefund } from '../../ingest/shop-refund.ts';
import { refundFromShopify } from '../../ingest/shopify-refund.ts';
import { refundFromWooCommerce } from '../../ingest/woocommerce-refund.ts';

const transaction = (overrides: object = {}) => ({
  kind: 'refund',
  status: 'success',
  amount: '10.00',
  currency: 'EUR',
  ...overrides,
});
const line = (line_item: object, quantity = 1) => ({ quantity, line_item, subtotal: 9.99 });
const shopify = (overrides: object = {}) => ({
  id: 509562969,
  order_id: 450789469,
  created_at: '2026-03-06T13:35:06-04:00',
  transactions: [transaction()],
  refund_line_items: [line({ sku: 'MOKA-3', product_id: 9 })],
  ...overrides,
});
const woo = (overrides: object = {}) => ({
  id: 724,
  date_created_gmt: '2026-03-06T19:55:37',
  amount: '9.00',
  line_items: [{ sku: 'MOKA-3', product_id: 87, quantity: -1, total: '-9.00' }],
  ...overrides,
});

/** The API takes it. */
function bodyOf(refund: ShopRefund) {
  if (refund.kind !== 'refund') throw new Error(refund.kind);
  expect(eventBody.safeParse(refund.body).error?.issues).toBeUndefined();
  return refund.body;
}

describe('a Shopify refund', () => {
  it('is an event with the amount that moved and the pieces that were paid back', () => {
    const refund = refundFromShopify({ refund: shopify() });
    expect(bodyOf(refund)).toEqual({
      id: 'shopify.refund.509562969',
      type: 'refund_issued',
      occurredAt: '2026-03-06T13:35:06-04:00',
      amount: '10.00',
      currency: 'EUR',
      items: [{ sku: 'MOKA-3', productId: '9', quantity: 1 }],
    });
    expect(refund).toMatchObject({ order: '450789469' });
  });

  it('keeps large ids digit for digit', () => {
    const text = JSON.stringify(shopify({ id: 1, order_id: 2, refund_line_items: [line({ product_id: 3 })] }))
      .replace('"id":1', '"id":890088186047892319')
      .replace('"order_id":2', '"order_id":820982911946154508')
      .replace('"product_id":3', '"product_id":788032119674292922');
    const refund = refundFromShopify(parseJson(Buffer.from(text)));
    expect(refund).toMatchObject({ order: '820982911946154508' });
    expect(bodyOf(refund)).toMatchObject({
      id: 'shopify.refund.890088186047892319',
      items: [{ productId: '788032119674292922' }],
    });
  });

  it('adds up what moves, and leaves out what failed or is a capture', () => {
    const transactions = [
      transaction({ amount: '0.10' }),
      transaction({ amount: '0.20', status: 'pending' }),
      transaction({ amount: '5.00', status: 'failure' }),
      transaction({ amount: '7.00', kind: 'capture' }),
    ];
    expect(bodyOf(refundFromShopify(shopify({ transactions }))).amount).toBe('0.30');
  });

  it('without money is none: goods went back into the stock', () => {
    expect(refundFromShopify(shopify({ transactions: [] }))).toEqual({ kind: 'not_refunded' });
    expect(refundFromShopify(shopify({ transactions: [transaction({ status: 'error' })] }))).toEqual({
      kind: 'not_refunded',
    });
  });

  it('of an amount of nothing is none: the API would refuse it', () => {
    expect(refundFromShopify(shopify({ transactions: [transaction({ amount: '0.00' })] }))).toEqual({
      kind: 'not_refunded',
    });
    expect(refundFromWooCommerce('1', woo({ amount: '0.00' }))).toEqual({ kind: 'not_refunded' });
  });

  it('names no items where the lines have no name, and no currency where there are two', () => {
    const body = bodyOf(
      refundFromShopify(
        shopify({
          transactions: [transaction(), transaction({ currency: 'USD' })],
          refund_line_items: [line({ sku: null, product_id: null }), line({ sku: '' }), line({ sku: 'MOKA-3' }, 0)],
        }),
      ),
    );
    expect(body).not.toHaveProperty('items');
    expect(body).not.toHaveProperty('currency');
  });
});

describe('a WooCommerce refund', () => {
  it('is an event with its amount and pieces, of which it counts the negative ones', () => {
    const refund = refundFromWooCommerce('723', woo());
    expect(refund).toMatchObject({ order: '723' });
    expect(bodyOf(refund)).toEqual({
      id: 'woocommerce.refund.724',
      type: 'refund_issued',
      occurredAt: '2026-03-06T19:55:37Z',
      amount: '9.00',
      items: [{ sku: 'MOKA-3', productId: '87', quantity: 1 }],
    });
  });

  it('of money alone names no items', () => {
    for (const line_items of [
      [],
      [{ sku: 'MOKA-3', product_id: 87, quantity: 0 }],
      [{ sku: '', product_id: 0, quantity: -1 }],
    ])
      expect(bodyOf(refundFromWooCommerce('723', woo({ line_items })))).not.toHaveProperty('items');
  });
});

it.each([
  {},
  null,
  [],
  { id: 1 },
  shopify({ created_at: 'yesterday' }),
  shopify({ transactions: [transaction({ amount: '1e3' })] }),
])('what is no refund is said to be unreadable, by field and without values (%#)', (json) => {
  const shown = JSON.stringify([refundFromShopify(json), refundFromWooCommerce('723', json)]);
  expect(shown.match(/"kind":"unreadable"/g)).toHaveLength(2);
  expect(shown).not.toMatch(/MOKA|1e3|yesterday/);
});

it.each([
  [['0.1', '0.2'], '0.3'],
  [['-9.00'], '9.00'],
  [['1000', '0.005'], '1000.005'],
  [['999999999999.99', '0.01'], '1000000000000.00'],
  [['0.00'], '0.00'],
  [[], '0'],
])('the sum of %j is %s', (amounts, sum) => {
  expect(sumOf(amounts)).toBe(sum);
});
