import { describe, expect, it } from 'vitest';
import { play, readShopOrder, withStandInPhone } from '../../demo/play.ts';
import { usualScenario } from '../../demo/scenario.ts';
import { expectation } from '../../demo/timeline.ts';
import { demoBrand } from '../helpers/shop-verbs.ts';
import { virtualShop } from '../helpers/virtual-shop.ts';
import { fixturesFolder } from './fixtures.ts';

const folder = fixturesFolder();

describe('real orders of real shops', () => {
  const shop = virtualShop();

  it.each([
    'shopify/order.json',
    'woocommerce/order-723-completed.json',
    'woocommerce/order-727-processing.json',
    'woocommerce/order-729-processing.json',
  ])('%s plays from confirmation to the last day, with a reason for everything not sent', async (path) => {
    const order = await readShopOrder(`${folder}/${path}`, demoBrand);
    if (order.kind !== 'order') throw new Error(`${path} is not placed`);
    const { view } = await play(shop, usualScenario(path, demoBrand.zone), withStandInPhone(order, demoBrand));
    const told = view.timeline.flatMap((entry) => expectation(entry) ?? []);
    expect(told.filter((line) => line.startsWith('sent'))).toEqual([
      'sent order_confirmation',
      'sent shipped',
      'sent out_for_delivery',
      'sent delivered',
      'sent check_in',
    ]);
    for (const kind of ['rating_request', 'loyalty_invitation', 'nps_request', 'reactivation'])
      expect(told).toContain(`skipped ${kind} no_consent`);
    expect(view.finished).toBe(true);
  });

  it('with the number of films that the samples carry, no customer is texted and every message says so', async () => {
    const order = await readShopOrder(`${folder}/woocommerce/order-727-completed.json`, demoBrand);
    if (order.kind !== 'order') throw new Error('not placed');
    const other = { ...order, body: { ...order.body, id: '727-again' } };
    const { view } = await play(shop, usualScenario('727', demoBrand.zone), other);
    expect(view.timeline.filter(({ what }) => what === 'sent')).toEqual([]);
    expect(view.timeline.filter((entry) => entry.what === 'skipped' && entry.reason === 'no_address')).toHaveLength(9);
  });

  it('an order that is not paid yet is not followed', async () => {
    expect(await readShopOrder(`${folder}/woocommerce/order-728-pending.json`, demoBrand)).toEqual({
      kind: 'not_placed',
      why: 'pending',
    });
  });
});
