/** Links that are too long for a text: they cost the link, never the order or the event. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { validEvent, validOrder } from '../../helpers/orders.ts';
import type { Shop } from '../shop.ts';
import { openShop } from '../shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const linkOf = (length: number): string => `https://sole.example/${'x'.repeat(length)}`.slice(0, length);

async function shippedWith(trackingUrl: string) {
  const { body: order } = await shop.post('/v1/orders', validOrder());
  const event = validEvent({ type: 'parcel_shipped', parcel: { id: 'p1', carrier: 'BRT', trackingUrl } });
  const { status, body } = await shop.post(`/v1/orders/${order.id}/events`, event);
  const parcel: object = await shop.db('parcels').where({ order_id: order.id }).first('carrier', 'tracking_url');
  return { status, notes: body.notes, parcel };
}

it.each([121, 501, 2000])('a tracking link of %i characters costs the link, and a note says so', async (length) => {
  expect(await shippedWith(linkOf(length))).toEqual({
    status: 202,
    notes: [
      {
        pointer: '/parcel/trackingUrl',
        detail: `is left out of texts: it has ${length} characters, and a text has room for 120`,
      },
    ],
    parcel: { carrier: 'BRT', tracking_url: null },
  });
});

it('a tracking link of 120 characters is kept without a note', async () => {
  const link = linkOf(120);
  expect(await shippedWith(link)).toEqual({
    status: 202,
    notes: undefined,
    parcel: { carrier: 'BRT', tracking_url: link },
  });
});
