import { expect, it } from 'vitest';
import { DAY, HOUR } from '../../domain/time/duration.ts';
import { OPEN_AFTER } from '../../domain/sending/lane.ts';
import { localTime } from '../../domain/time/local-time.ts';
import { orderWorkflowId } from '../../workflows/contract.ts';
import { virtualShop } from '../helpers/virtual-shop.ts';

const shop = virtualShop();
const textsTo = (phone: string) => shop.vonage.messages().filter(({ to }) => to === phone);
/** The outcomes of an order's messages, without the number of deferrals. */
const ends = async (id: string) => (await shop.story(id)).filter((line) => !line.startsWith('moved'));
const parcel = { parcel: { id: 'box' } };
/** A call for the order has failed, or its message waits: none is on its way when the next one begins. */
const tried = async (id: string): Promise<boolean> => {
  const failed = shop
    .db('attempts')
    .join('messages as m', 'm.id', 'message_id')
    .where('m.order_id', id)
    .whereNotNull('outcome');
  const waits = shop.db('decisions').where({ order_id: id, outcome: 'wait' });
  return (await failed.select('m.id')).length + (await waits.select('id')).length > 0;
};

/** Six hours of nothing but 503, over midnight: neither sends nor look-ups in the records get through. */
async function outage(during: () => Promise<void>): Promise<number> {
  await shop.until(18, 30, 2);
  shop.vonage.setFault({ kind: 'status', status: 503 });
  shop.vonage.setFault({ kind: 'records_status', status: 503 });
  await during();
  await shop.until(0, 30);
  shop.vonage.clearFaults();
  return shop.time.now();
}

it('six hours without a provider delay what stays useful, end what does not, and no journey ends early', async () => {
  // Their offers are due within the six hours, on the evening of day 7.
  await shop.until(18, 45, 2);
  const waiting = await Promise.all([1, 2, 3].map(() => shop.order()));
  for (const { id } of waiting) await shop.event(id, 'parcel_delivered', parcel);
  await shop.pass(6 * DAY);

  const placed: { id: string; phone: string }[] = [];
  const arriving = await shop.order();
  const callsBefore = shop.vonage.refused().length;
  const over = await outage(async () => {
    for (let count = 0; count < 8; count += 1) {
      const order = await shop.order();
      placed.push(order);
      await expect.poll(() => tried(order.id)).toBe(true);
    }
    await shop.event(arriving.id, 'parcel_out_for_delivery', parcel);
  });
  const callsDuring = shop.vonage.refused().length - callsBefore;

  // Every order that was placed in between is confirmed once, when it is over.
  await shop.pass(12 * HOUR);
  for (const { id, phone } of placed) {
    expect(await ends(id)).toEqual(['sent order_confirmation']);
    expect(textsTo(phone)).toHaveLength(1);
    expect(textsTo(phone)[0]?.acceptedAt).toBeGreaterThanOrEqual(over);
  }

  // "Out today" is nothing to read the day after.
  expect(await ends(arriving.id)).toEqual(['sent order_confirmation', 'skipped out_for_delivery too_late']);

  // An offer of that evening is made in the next window.
  await shop.pass(2 * DAY);
  for (const { id, phone } of waiting) {
    expect(await ends(id)).toContain('sent loyalty_invitation');
    const { weekday, hour } = localTime(textsTo(phone).at(-1)?.acceptedAt ?? 0, 'Europe/Rome');
    expect([weekday, hour >= 8 && hour < 20]).toEqual([3, true]);
  }

  // No order has left its journey, and no activity has given up: every wait was in the workflow.
  for (const { id } of [...placed, ...waiting, arriving]) {
    const handle = shop.environment.client.workflow.getHandle(orderWorkflowId(shop.brand.id, id));
    expect((await handle.describe()).status.name).toBe('RUNNING');
    const { events = [] } = await handle.fetchHistory();
    expect(events?.filter(({ activityTaskFailedEventAttributes: failed }) => failed)).toEqual([]);
  }

  // The circuit has kept the provider from being asked by every order again and again, and messages from being risked on it.
  expect(callsDuring).toBeLessThan(60);
  const unclear = await shop.db('attempts').where({ outcome: 'not_sent' }).pluck<string[]>('code');
  expect(new Set(unclear)).toEqual(new Set(['http_503']));
  // An offer may be on its way at the moment at which an order's confirmation opens the circuit.
  expect(unclear.length).toBeGreaterThanOrEqual(OPEN_AFTER);
  expect(unclear.length).toBeLessThanOrEqual(OPEN_AFTER + waiting.length);
});
