/** The order of the benches: ten messages and four events of the carrier over 130 days. */
import type { ScenarioOrder } from '../demo/play.ts';
import { readShopOrder } from '../demo/play.ts';
import type { Scenario } from '../demo/scenario.ts';
import type { Brand } from '../domain/orders/brand.ts';
import { durationMs } from '../domain/time/duration.ts';

/** Four events of the carrier; what is not in the brand's catalogue has no guide and nothing to go with it: ten messages. */
export const SCENARIO: Scenario = {
  order: 'orders/shopify-1042.json',
  who: 'the benchmark',
  zone: 'Europe/London',
  ordered: 'tuesday 10:00',
  days: 130,
  story: [
    { day: 2, at: '10:00', event: 'parcel_shipped', parcel: 'box' },
    { day: 3, at: '08:30', event: 'parcel_out_for_delivery', parcel: 'box' },
    // Carriers scan a parcel more than once; one status is one message.
    { day: 3, at: '09:30', event: 'parcel_out_for_delivery', parcel: 'box' },
    { day: 3, at: '10:30', event: 'parcel_delivered', parcel: 'box' },
  ],
  replies: [{ to: 'rating_request', after: durationMs('1h'), text: '5' }],
};
const OUTSIDE_CATALOGUE = [{ title: 'Tazza', quantity: 1, price: '12.00' }];
/** Promotions keep no holidays there, so that the counts do not depend on the day this is run. */
const BRITISH = { phone: '+44 7400 123456', shippingAddress: { country: 'GB', city: 'Leeds', postcode: 'LS1 4AP' } };

/** The shop's order, and what is sent of it to the API. */
export async function benchOrder(
  brand: Brand,
): Promise<{ model: ScenarioOrder; body: ScenarioOrder; notes: readonly string[] }> {
  const order = await readShopOrder(new URL(`../demo/${SCENARIO.order}`, import.meta.url), brand);
  if (order.kind !== 'order') throw new Error(`${SCENARIO.order} is no placed order`);
  const { phone, shippingAddress } = BRITISH;
  const { body: model, notes } = order;
  const body = { ...model, items: OUTSIDE_CATALOGUE, customer: { ...model.customer, phone }, shippingAddress };
  return { model, body, notes };
}
