/** Orders that differ in how their workflow runs. Each is recorded into files of this folder and replayed by every test run. */
import { floodInbox } from '../../bench/flood.ts';
import { DAY, HOUR, MINUTE } from '../../domain/time/duration.ts';
import { addPeriod } from '../../domain/time/period.ts';
import {
  ORDERS_QUEUE,
  RETENTION,
  consentWorkflowId,
  erasureWorkflowId,
  redeliveryWorkflowId,
} from '../../workflows/contract.ts';
import { consent } from '../helpers/orders.ts';
import type { VirtualShop } from '../helpers/shop-verbs.ts';

const TUESDAY = 2;
const box = { parcel: { id: 'box', carrier: 'Poste', trackingUrl: 'https://poste.example/t/7Q2' } };

/** Plays an order on a shop and returns the ids of the workflows to record. */
export type Shape = (shop: VirtualShop) => Promise<string[]>;

export const SHAPES: Readonly<Record<string, Shape>> = {
  'whole-journey': async (shop) => {
    await shop.until(10);
    const { id, phone } = await shop.order();
    await shop.pass(DAY);
    await shop.event(id, 'parcel_shipped', box);
    await shop.pass(DAY);
    await shop.event(id, 'parcel_out_for_delivery', box);
    await shop.pass(2 * HOUR);
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(16 * DAY);
    await shop.says(phone, '5');
    await shop.pass(120 * DAY);
    return [workflow(id)];
  },

  /** The gate and the text of a message are one local activity. Those of the other shapes were recorded when they were two. */
  'gate-with-the-text': async (shop) => {
    await shop.until(10);
    const { id } = await shop.order();
    await shop.event(id, 'parcel_shipped', box);
    await shop.pass(DAY);
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(40 * DAY);
    return [workflow(id)];
  },

  /** Gate, text and send are one local activity, and one that is refused for now is asked for again. In the other shapes all sends took the queue. */
  'sent-in-place': async (shop) => {
    await shop.until(10);
    const { id, phone } = await shop.order();
    await shop.event(id, 'parcel_shipped', box);
    shop.vonage.setFault({ kind: 'status', status: 429, retryAfterSeconds: 60, to: phone, times: 1 });
    await shop.event(id, 'parcel_out_for_delivery', box);
    await shop.pass(DAY);
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(40 * DAY);
    return [workflow(id)];
  },

  /** The order that the figures are about: ten messages, four events of the carrier. bench/order.ts plays the same. */
  'ten-messages': async (shop) => {
    await shop.until(10, 0, TUESDAY);
    const { id, phone } = await shop.order({ items: [{ title: 'Tazza', quantity: 1, price: '12.00' }] });
    await shop.pass(DAY);
    await shop.event(id, 'parcel_shipped', box);
    await shop.until(8, 30);
    await shop.event(id, 'parcel_out_for_delivery', box);
    await shop.pass(HOUR);
    await shop.event(id, 'parcel_out_for_delivery', box);
    await shop.pass(HOUR);
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(14 * DAY + HOUR);
    await shop.says(phone, '5');
    await shop.pass(130 * DAY);
    return [workflow(id)];
  },

  'low-rating-two-parcels': async (shop) => {
    await shop.until(21, 30);
    const { id, phone } = await shop.order({ items: [{ sku: 'COFFEE-250', title: 'Caffè', quantity: 2, price: '9.50' }] });
    await shop.event(id, 'delivery_promised', { promisedAt: new Date((await shop.time.now()) + 2 * DAY).toISOString() });
    await shop.event(id, 'parcel_shipped', { parcel: { id: 'a' }, parcelCount: 2 });
    await shop.event(id, 'parcel_shipped', { parcel: { id: 'b' } });
    await shop.pass(3 * DAY);
    await shop.event(id, 'parcel_delivered', { parcel: { id: 'a' } });
    await shop.event(id, 'parcel_delivered', { parcel: { id: 'b' } });
    await shop.pass(8 * DAY);
    await shop.says(phone, '2, un sacchetto era aperto');
    await shop.pass(2 * DAY);
    const opened = (await shop.entries(id)).find(({ what }) => what === 'case_opened');
    if (opened?.what === 'case_opened') await shop.shop.closeCase(opened.case);
    await shop.pass(100 * DAY);
    return [workflow(id)];
  },

  'stopped-in-the-middle': async (shop) => {
    await shop.until(10);
    const { id, phone } = await shop.order();
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(2 * DAY);
    await shop.says(phone, 'STOP');
    await shop.pass(100 * DAY);
    const { rows } = await shop.db.raw<{ rows: { id: string }[] }>("select id from inbound_messages where meaning = 'stop'");
    return [workflow(id), ...rows.map((row) => `reply:bottega-sole:${row.id}`)];
  },

  'cancelled-and-refunded': async (shop) => {
    await shop.until(10);
    const { id } = await shop.order();
    await shop.pass(HOUR);
    await shop.event(id, 'order_updated');
    await shop.event(id, 'order_cancelled');
    await shop.pass(DAY);
    await shop.event(id, 'refund_issued', { amount: '39.90' });
    await shop.pass(40 * DAY);
    return [workflow(id)];
  },

  'digital-with-a-question': async (shop) => {
    await shop.until(10);
    const { id, phone } = await shop.order({
      fulfilment: 'digital',
      items: [{ sku: 'RECIPES-PDF', title: 'Ricette', quantity: 1, price: '4.90' }],
    });
    await shop.pass(4 * DAY);
    await shop.says(phone, 'Che farina serve?');
    await shop.pass(100 * DAY);
    return [workflow(id)];
  },

  'events-before-the-order': async (shop) => {
    await shop.until(10);
    await shop.event('early-bird', 'parcel_shipped', box);
    await shop.pass(HOUR);
    const { id } = await shop.order({ id: 'early-bird' });
    await shop.event(id, 'return_received');
    await shop.pass(40 * DAY);
    return [workflow(id)];
  },

  'number-corrected': async (shop) => {
    await shop.until(10);
    const { id, phone } = await shop.order();
    await shop.pass(HOUR);
    await shop.event(id, 'order_corrected', { customer: { phone: `${phone.slice(0, -1)}${(Number(phone.at(-1)) + 1) % 10}` } });
    await shop.event(id, 'parcel_shipped', box);
    await shop.pass(DAY);
    await shop.event(id, 'order_corrected', { customer: { firstName: 'Ada' } });
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(120 * DAY);
    return [workflow(id)];
  },

  'commands-of-operators': async (shop) => {
    await shop.until(10);
    const { id } = await shop.order();
    await shop.pass(MINUTE);
    await shop.shop.command(id, 'pause', { until: new Date((await shop.time.now()) + DAY).toISOString() });
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(2 * DAY);
    await shop.shop.command(id, 'pause');
    await shop.pass(HOUR);
    await shop.shop.command(id, 'resume');
    await shop.shop.command(id, 'skip', { step: 'check_in' });
    await shop.pass(8 * DAY);
    await shop.shop.command(id, 'cancel-messages');
    await shop.pass(130 * DAY);
    return [workflow(id)];
  },

  'unknown-outcomes': async (shop) => {
    await shop.until(10);
    shop.vonage.setFault({ kind: 'reset_before_accept', times: 1 });
    const { id } = await shop.order();
    await shop.pass(3 * HOUR);
    shop.vonage.setFault({ kind: 'status', status: 429, times: 2 });
    await shop.event(id, 'parcel_shipped', box);
    await shop.pass(3 * HOUR);
    await shop.event(id, 'order_cancelled');
    await shop.pass(40 * DAY);
    return [workflow(id)];
  },

  /** Recorded before an erasure ended runs by itself: a run that was under way when the worker changed goes on as it began. */
  'erased-customer': async (shop) => {
    await shop.until(10);
    const { id, phone } = await shop.order();
    await shop.event(id, 'parcel_shipped', box);
    await shop.says(phone, 'Quando arriva?');
    await shop.pass(30 * MINUTE);
    return [workflow(id), erasureWorkflowId('bottega-sole', await shop.erase(id))];
  },

  'erased-customer-runs-ended': async (shop) => {
    await shop.until(10);
    const { id, phone } = await shop.order();
    const second = await shop.order({ customer: { phone } });
    await shop.event(id, 'parcel_shipped', box);
    return [workflow(id), workflow(second.id), erasureWorkflowId('bottega-sole', await shop.erase(id))];
  },

  /** Ten facts that are at hand together travel in one signal. */
  'facts-together': async (shop) => {
    await shop.until(10);
    const { id } = await shop.order();
    await shop.pass(HOUR);
    await floodInbox(shop.db, { brand: shop.brand.id, order: id, count: 10, at: await shop.time.now() });
    await shop.time.settled();
    await shop.pass(HOUR);
    await shop.event(id, 'order_cancelled');
    await shop.pass(40 * DAY);
    return [workflow(id)];
  },

  /** Three changes are one text, an earlier one that is heard of late is none, and a later one is another. */
  'updates-gathered': async (shop) => {
    await shop.until(10);
    const { id } = await shop.order();
    await shop.pass(HOUR);
    const before = new Date((await shop.time.now()) - 20 * MINUTE).toISOString();
    for (let change = 0; change < 3; change += 1) {
      await shop.event(id, 'order_updated');
      await shop.pass(4 * MINUTE);
    }
    await shop.pass(HOUR);
    await shop.event(id, 'order_updated', { occurredAt: before });
    await shop.pass(HOUR);
    await shop.event(id, 'order_updated');
    await shop.pass(HOUR);
    await shop.event(id, 'order_cancelled');
    await shop.pass(40 * DAY);
    return [workflow(id)];
  },

  /** By the provider's error, which is waited for first, and by an operator, at once. */
  'sent-again': async (shop) => {
    await shop.until(10);
    shop.vonage.setFault({ kind: 'status', status: 422, code: '1450', times: 1 });
    const refused = await shop.order();
    await shop.pass(MINUTE);
    shop.vonage.setFault({ kind: 'error_receipt', code: '1180', times: 2 });
    const { id } = await shop.order();
    for (let minute = 0; minute < 20; minute += 1) await shop.pass(MINUTE);
    const ids: string[] = await shop.db('messages').whereIn('order_id', [refused.id, id]).orderBy('created_at').pluck('id');
    await fetch(`${shop.apiUrl}/v1/messages/${ids[0] ?? ''}/redrive`, {
      method: 'POST',
      headers: { authorization: `Bearer ${shop.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ actor: 'ada', reason: 'recorded' }),
    });
    await shop.time.settled();
    for (const order of [refused.id, id]) await shop.event(order, 'order_cancelled');
    await shop.pass(40 * DAY);
    const again: number[] = await shop.db('redeliveries').whereIn('message_id', ids).orderBy('id').pluck('id');
    return again.map((one) => redeliveryWorkflowId(shop.brand.id, one));
  },

  /** A refund of a part, the return of the main product, and a count of parcels that is corrected downwards. */
  'parts-refunded': async (shop) => {
    await shop.until(10);
    const coffee = { sku: 'COFFEE-250', title: 'Caffè', quantity: 2, price: '9.50' };
    const { id } = await shop.order({ total: '31.00', items: [coffee, { title: 'Tazza', quantity: 1, price: '12.00' }] });
    await shop.event(id, 'parcel_shipped', { ...box, parcelCount: 2 });
    await shop.pass(DAY);
    await shop.event(id, 'refund_issued', { amount: '1.00' });
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(HOUR);
    await shop.event(id, 'order_updated', { parcelCount: 1 });
    await shop.pass(6 * DAY);
    await shop.event(id, 'return_received', { items: [{ sku: 'COFFEE-250', quantity: 2 }] });
    await shop.pass(20 * DAY);
    await shop.event(id, 'refund_issued', { amount: '30.00' });
    await shop.pass(100 * DAY);
    return [workflow(id)];
  },

  /** Version 3 of the rules: a gesture that names the only item, then all the rest before it is shipped; and a parcel that nobody collects. */
  'paid-back-or-not-collected': async (shop) => {
    await shop.until(10);
    const paidBack = await shop.order({ total: '50.00', items: [{ sku: 'COFFEE-250', title: 'Caffè', quantity: 1, price: '50.00' }] });
    const waiting = await shop.order();
    await shop.event(paidBack.id, 'refund_issued', { amount: '1.00', items: [{ sku: 'COFFEE-250', quantity: 1 }] });
    await shop.event(waiting.id, 'parcel_shipped', box);
    await shop.pass(5 * DAY);
    await shop.event(paidBack.id, 'refund_issued', { amount: '49.00' });
    await shop.event(waiting.id, 'parcel_ready_for_pickup', box);
    await shop.pass(120 * DAY);
    return [workflow(paidBack.id), workflow(waiting.id)];
  },

  /** The promise moves back and forth and passes, and nothing comes. One of two orders arrives after all. */
  'never-arrived': async (shop) => {
    await shop.until(10);
    const promisedAt = new Date((await shop.time.now()) + 3 * DAY).toISOString();
    const lost = await shop.order({ promisedAt });
    const late = await shop.order({ promisedAt });
    for (const { id } of [lost, late]) {
      await shop.event(id, 'parcel_shipped', box);
      for (const days of [3, 2, 3, 4]) {
        await shop.pass(MINUTE);
        await shop.event(id, 'delivery_promised', { promisedAt: new Date((await shop.time.now()) + days * DAY).toISOString() });
      }
    }
    await shop.pass(40 * DAY);
    await shop.event(late.id, 'parcel_delivered', box);
    await shop.pass(120 * DAY);
    return [workflow(lost.id), workflow(late.id)];
  },

  /** A redelivery of unknown outcome is settled in a pause, and waits for its end. */
  'redelivery-in-a-pause': async (shop) => {
    await shop.until(10);
    shop.vonage.setFault({ kind: 'error_receipt', code: '1180', times: 1 });
    const { id, phone } = await shop.order();
    await shop.pass(MINUTE);
    shop.vonage.setFault({ kind: 'reset_before_accept', to: phone, times: 1 });
    await shop.pass(5 * MINUTE);
    await shop.shop.command(id, 'pause', { until: new Date((await shop.time.now()) + 6 * HOUR).toISOString() });
    await shop.pass(8 * HOUR);
    await shop.event(id, 'order_cancelled');
    await shop.pass(40 * DAY);
    const again: number[] = await shop
      .db('redeliveries')
      .join('messages', 'messages.id', 'redeliveries.message_id')
      .where({ order_id: id })
      .orderBy('redeliveries.id')
      .pluck('redeliveries.id');
    return again.map((one) => redeliveryWorkflowId(shop.brand.id, one));
  },

  /** The provider's records are asked in a pause. They do not have the message, so it is sent when the order is resumed. */
  'settled-in-a-pause': async (shop) => {
    await shop.until(10);
    shop.vonage.setFault({ kind: 'reset_before_accept', times: 1 });
    const { id } = await shop.order();
    await shop.pass(MINUTE);
    await shop.shop.command(id, 'pause');
    await shop.pass(3 * HOUR);
    await shop.shop.command(id, 'resume');
    await shop.pass(HOUR);
    await shop.event(id, 'order_cancelled');
    await shop.pass(40 * DAY);
    return [workflow(id)];
  },

  /** The confirmation of a STOP is looked up twice: the records have it after half an hour. */
  'opt-out-settled': async (shop) => {
    await shop.until(10);
    const { id, phone } = await shop.order();
    await shop.pass(MINUTE);
    shop.vonage.setFault({ kind: 'reset_after_accept', to: phone, times: 1 });
    shop.vonage.setFault({ kind: 'no_receipts', to: phone, times: 1 });
    shop.vonage.setFault({ kind: 'record_lag', ms: 30 * MINUTE, to: phone, times: 1 });
    await shop.says(phone, 'STOP');
    await shop.pass(2 * HOUR);
    await shop.event(id, 'order_cancelled');
    await shop.pass(40 * DAY);
    const { contact } = await shop.shop.view(id);
    const replies: string[] = await shop.db('messages').where({ contact_id: contact, kind: 'opt_out_confirmed' }).pluck('occurrence');
    return [workflow(id), ...replies.map((inbound) => `reply:${shop.brand.id}:${inbound}`)];
  },

  /** A question holds care tips, a rating request and an invitation; the answer lets them go, one a day. */
  'held-by-a-case': async (shop) => {
    await shop.until(10, 0, TUESDAY);
    const { id, phone } = await shop.order({
      items: [{ sku: 'COFFEE-250', title: 'Caffè', quantity: 1, price: '9.50' }],
    });
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(2 * DAY);
    await shop.says(phone, 'Quando arriva il resto?');
    await shop.pass(4 * DAY);
    const opened = (await shop.entries(id)).find(({ what }) => what === 'case_opened');
    if (opened?.what === 'case_opened') await shop.shop.closeCase(opened.case);
    await shop.pass(2 * DAY);
    await shop.says(phone, 'Grazie mille!');
    await shop.pass(2 * DAY);
    // One that is never answered: what it holds ends.
    await shop.says(phone, 'E la fattura?');
    await shop.pass(130 * DAY);
    return [workflow(id)];
  },

  'consent-confirmed': async (shop) => {
    await shop.until(23);
    const { contact, phone } = await consenting(shop, 'DE', '+49 1512 3456789');
    await shop.until(12);
    await shop.says(phone, 'Yes!');
    await shop.pass(40 * DAY);
    return [consentWorkflowId(shop.brand.id, contact)];
  },

  'consent-not-renewed': async (shop) => {
    await shop.until(10);
    const since = await shop.time.now();
    const { contact } = await consenting(shop, 'KR', '+82 10 2345 6789');
    await shop.time.advanceTo(addPeriod(since, 'P2Y') + DAY);
    return [consentWorkflowId(shop.brand.id, contact)];
  },

  'kept-long-enough': async (shop) => {
    await shop.until(10);
    const { phone } = await shop.order();
    await shop.says(phone, 'Quando arriva?');
    await shop.pass(95 * DAY);
    const daily = { taskQueue: ORDERS_QUEUE, workflowId: RETENTION, args: [] };
    await shop.environment.client.workflow.execute(RETENTION, daily);
    return [RETENTION];
  },
};

/** Shapes of a brand that sends on RCS first and turns to SMS. */
export const FAILOVER_SHAPES: Readonly<Record<string, Shape>> = {
  'second-channel': async (shop) => {
    // News of a message reaches its workflow before time moves on.
    const heard = async (): Promise<void> => {
      await shop.pass(1000);
      await shop.time.settled();
    };
    await shop.until(10);
    shop.vonage.setFault({ kind: 'held_receipts', times: 1 });
    const late = await shop.order();
    await shop.pass(HOUR);
    await shop.event(late.id, 'parcel_shipped', box);
    await heard();
    shop.vonage.setFault({ kind: 'reset_before_accept', times: 1 });
    await shop.event(late.id, 'parcel_delivered', box);
    await shop.pass(9 * DAY - HOUR);
    shop.vonage.setFault({ kind: 'held_receipts', times: 1 });
    await shop.pass(60 * DAY);
    shop.vonage.clearFaults();
    await shop.until(10);
    shop.vonage.setFault({ kind: 'error_receipt', code: '1300', times: 1 });
    const without = await shop.order();
    await heard();
    await shop.event(without.id, 'parcel_shipped', box);
    await shop.pass(HOUR);
    await shop.event(without.id, 'order_cancelled');
    await shop.pass(40 * DAY);
    return [workflow(late.id), workflow(without.id)];
  },
};

function workflow(order: string): string {
  return `order:bottega-sole:${order}`;
}

/** Orders with a ticked box, where the law wants more than that. */
async function consenting(
  shop: VirtualShop,
  country: string,
  phone: string,
): Promise<{ readonly contact: string; readonly phone: string }> {
  const ticked = consent({ basis: 'express_written', at: new Date(await shop.time.now()).toISOString() });
  const customer = { phone, locale: country === 'KR' ? 'ko' : 'en', consents: [ticked] };
  const placed = await shop.order({ customer, shippingAddress: { country } });
  return { contact: (await shop.shop.view(placed.id)).contact ?? '', phone: placed.phone };
}
