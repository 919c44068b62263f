import { expect, it } from 'vitest';
import { DAY, HOUR } from '../../domain/duration.ts';
import { localTime } from '../../domain/local-time.ts';
import { orderWorkflowId } from '../../workflows/contract.ts';
import { virtualShop } from '../helpers/virtual-shop.ts';

const shop = virtualShop();
const textsTo = (phone: string) => shop.vonage.messages().filter(({ to }) => to === phone);
/** What became of an order's messages, without how often they were put off. */
const ends = async (id: string) => (await shop.story(id)).filter((line) => !line.startsWith('moved'));
const parcel = { parcel: { id: 'box' } };

/** Six hours of nothing but 503, from five in the afternoon on: neither sends nor look-ups in the records get through. */
async function outage(during: () => Promise<void>): Promise<number> {
  await shop.until(17, 0, 2);
  shop.vonage.setFault({ kind: 'status', status: 503 });
  shop.vonage.setFault({ kind: 'records_status', status: 503 });
  await during();
  await shop.until(23);
  shop.vonage.clearFaults();
  return shop.time.now();
}

it('six hours without a provider delay what stays useful, end what does not, and no journey ends early', async () => {
  // Their offers are due within the six hours, on the evening of day 7.
  await shop.until(17, 30, 2);
  const waiting = await Promise.all([1, 2, 3].map(() => shop.order()));
  for (const { id } of waiting) await shop.event(id, 'parcel_delivered', parcel);
  await shop.pass(6 * DAY);

  const placed: { id: string; phone: string }[] = [];
  const arriving = await shop.order();
  const callsBefore = shop.vonage.refused().length;
  const over = await outage(async () => {
    for (let count = 0; count < 8; count += 1) placed.push(await shop.order());
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

  // What was to be offered that evening is offered in the next window; a call that may have been taken is not repeated.
  await shop.pass(2 * DAY);
  let offered = 0;
  for (const { id, phone } of waiting) {
    const offer = textsTo(phone).at(-1);
    const outcome = (await ends(id)).filter((line) => line.includes('loyalty_invitation'));
    expect(['sent loyalty_invitation', 'failed loyalty_invitation outcome_unknown_given_up']).toContain(outcome[0]);
    expect(outcome).toHaveLength(1);
    if (outcome[0] !== 'sent loyalty_invitation') continue;
    const { weekday, hour } = localTime(offer?.acceptedAt ?? 0, 'Europe/Rome');
    expect([weekday, hour >= 8 && hour < 20]).toEqual([3, true]);
    offered += 1;
  }
  // One of them may have been the probe of a circuit.
  expect(offered).toBeGreaterThanOrEqual(2);

  // Nobody has left the journey, and no activity has given up: whoever waited has waited in the workflow.
  for (const { id } of [...placed, ...waiting, arriving]) {
    const handle = shop.environment.client.workflow.getHandle(orderWorkflowId(shop.brand.id, id));
    expect((await handle.describe()).status.name).toBe('RUNNING');
    const { events = [] } = await handle.fetchHistory();
    expect(events?.filter(({ activityTaskFailedEventAttributes: failed }) => failed)).toEqual([]);
  }

  // The circuit has kept the provider from being asked by every order again and again.
  expect(callsDuring).toBeLessThan(60);
});
