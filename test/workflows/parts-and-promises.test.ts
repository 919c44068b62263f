import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../domain/time/duration.ts';
import { virtualShop } from '../helpers/virtual-shop.ts';

const shop = virtualShop();
const box = { parcel: { id: 'box', carrier: 'Poste', trackingUrl: 'https://poste.example/t/7Q2' } };
const coffee = { sku: 'COFFEE-250', title: 'Caffè', quantity: 2, price: '9.50' };
const cup = { sku: 'CUP', title: 'Tazza', quantity: 3, price: '4.00' };
const sentOf = async (id: string): Promise<string[]> =>
  (await shop.story(id)).filter((line) => line.startsWith('sent'));
const inDays = async (days: number): Promise<string> => new Date((await shop.time.now()) + days * DAY).toISOString();
const outcomeOf = (id: string): Promise<unknown> =>
  shop.environment.client.workflow.getHandle(`order:bottega-sole:${id}`).result();

describe('an order that is refunded or comes back in part', () => {
  it('of one euro and one of five items gets two notices, the news of its second parcel and all that follows', async () => {
    await shop.until(10);
    const { id } = await shop.order({ total: '31.00', items: [coffee, cup] });
    await shop.event(id, 'refund_issued', { amount: '1.00' });
    await shop.pass(HOUR);
    await shop.event(id, 'parcel_shipped', { parcel: { id: 'a' }, parcelCount: 2 });
    await shop.pass(HOUR);
    await shop.event(id, 'parcel_delivered', { parcel: { id: 'a' } });
    await shop.pass(HOUR);
    await shop.event(id, 'return_received', { items: [{ sku: 'CUP', quantity: 1 }] });
    await shop.pass(DAY);
    await shop.event(id, 'parcel_shipped', { parcel: { id: 'b' } });
    await shop.pass(DAY);
    await shop.event(id, 'parcel_delivered', { parcel: { id: 'b' } });
    await shop.pass(100 * DAY);
    expect(await sentOf(id)).toEqual(
      expect.arrayContaining(
        [
          'refund_issued',
          'return_received',
          'shipped',
          'delivered',
          'care_tips',
          'rating_request',
          'nps_request',
          'replenishment',
          'reactivation',
        ].map((kind) => `sent ${kind}`),
      ),
    );
    expect((await sentOf(id)).filter((line) => line === 'sent shipped')).toHaveLength(2);
  });

  it('until it is whole stays in conversation, and is silent from then on', async () => {
    await shop.until(10);
    // The refund comes first, and so does half of the return.
    await shop.event('in-parts', 'refund_issued', { amount: '11.00', currency: 'EUR' });
    await shop.event('in-parts', 'return_received', { items: [cup, coffee].map(({ sku }) => ({ sku, quantity: 1 })) });
    const { id } = await shop.order({ id: 'in-parts', total: '31.00', items: [coffee, cup] });
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(4 * DAY);
    expect(await sentOf(id)).toContain('sent care_tips');
    await shop.event(id, 'refund_issued', { amount: '20.00' });
    await shop.pass(100 * DAY);
    expect(await shop.story(id)).toEqual(
      expect.arrayContaining(['skipped rating_request order_refunded', 'skipped reactivation order_refunded']),
    );
  });

  it('of the main product gets nothing more about it, and what is about the shop all the same', async () => {
    await shop.until(10);
    const { id } = await shop.order({ total: '31.00', items: [coffee, cup] });
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(4 * DAY);
    await shop.event(id, 'return_received', { items: [{ sku: 'COFFEE-250', quantity: 2 }] });
    await shop.pass(100 * DAY);
    const told = await shop.story(id);
    for (const kind of ['rating_request', 'bundle_offer', 'replenishment'])
      expect(told).toContain(`skipped ${kind} item_returned`);
    expect(told).toEqual(expect.arrayContaining(['sent nps_request', 'sent reactivation']));
  });
});

describe('a promise', () => {
  it('that moves by a minute five times is not told, and one that flips back and forth is told once a day at most', async () => {
    await shop.until(10);
    const { id } = await shop.order({ promisedAt: await inDays(5) });
    for (let move = 1; move <= 5; move += 1) {
      await shop.pass(MINUTE);
      await shop.event(id, 'delivery_promised', { promisedAt: await inDays(5) });
    }
    await shop.pass(MINUTE);
    expect(await sentOf(id)).toEqual(['sent order_confirmation']);
    for (const days of [6, 5, 6, 7, 5, 7]) {
      await shop.pass(20 * MINUTE);
      await shop.event(id, 'delivery_promised', { promisedAt: await inDays(days) });
    }
    await shop.until(22);
    expect(await sentOf(id)).toEqual(['sent order_confirmation', 'sent delivery_delayed']);
    await shop.pass(DAY);
    expect(await sentOf(id)).toEqual(['sent order_confirmation', ...Array<string>(2).fill('sent delivery_delayed')]);
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(DAY);
    expect((await sentOf(id)).filter((line) => line === 'sent delivery_delayed')).toHaveLength(2);
  });

  it('that is a date is kept until the end of that day', async () => {
    await shop.until(10);
    const { id } = await shop.order({ promisedAt: (await inDays(1)).slice(0, 10) });
    await shop.until(22);
    await shop.until(22);
    expect(await shop.story(id)).not.toContain('sent delivery_delayed');
    await shop.until(12);
    expect(await shop.story(id)).toContain('sent delivery_delayed');
  });

  it('that passes while the parcel waits at the pick-up point is not told', async () => {
    await shop.until(10);
    const { id } = await shop.order({ promisedAt: await inDays(1) });
    await shop.event(id, 'parcel_shipped', box);
    await shop.event(id, 'parcel_ready_for_pickup', box);
    await shop.pass(3 * DAY);
    expect(await shop.story(id)).toContain('skipped delivery_delayed at_pickup');
  });
});

describe('an order that never arrives', () => {
  it('gets a case and is not invited back, and its run ends so', async () => {
    await shop.until(10);
    const { id } = await shop.order();
    await shop.event(id, 'parcel_shipped', box);
    await shop.pass(29 * DAY);
    expect(await shop.story(id)).not.toContain('case_opened never_arrived');
    await shop.pass(2 * DAY);
    expect(await shop.story(id)).toContain('case_opened never_arrived');
    expect((await shop.shop.view(id)).phase).toBe('never_arrived');
    await shop.pass(100 * DAY);
    const told = await shop.story(id);
    expect(told.filter((line) => line === 'case_opened never_arrived')).toHaveLength(1);
    expect(told).not.toContain('sent reactivation');
    expect(told.filter((line) => line.startsWith('sent'))).toEqual(['sent order_confirmation', 'sent shipped']);
    expect(await outcomeOf(id)).toMatchObject({ outcome: 'never_arrived' });
  });

  it('because nobody collects it gets a case 30 days after it was ready for pick-up', async () => {
    await shop.until(10);
    const { id } = await shop.order();
    await shop.event(id, 'parcel_shipped', box);
    await shop.pass(5 * DAY);
    await shop.event(id, 'parcel_ready_for_pickup', box);
    await shop.pass(29 * DAY);
    expect(await shop.story(id)).not.toContain('case_opened never_arrived');
    expect((await shop.shop.view(id)).phase).toBe('delivery');
    await shop.pass(2 * DAY);
    expect(await shop.story(id)).toContain('case_opened never_arrived');
    expect((await shop.shop.view(id)).phase).toBe('never_arrived');
  });

  it('because it was paid back before it was shipped is over, opens no case and is not lost', async () => {
    await shop.until(10);
    const { id } = await shop.order();
    await shop.event(id, 'refund_issued', {});
    await shop.pass(35 * DAY);
    expect(await shop.story(id)).not.toContain('case_opened never_arrived');
    expect((await shop.shop.view(id)).phase).toBe('ended');
  });

  it('and arrives after all is told so, and its conversation goes on', async () => {
    await shop.until(10);
    const { id } = await shop.order();
    await shop.pass(40 * DAY);
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(2 * HOUR);
    expect(await sentOf(id)).toContain('sent delivered');
    const opened = (await shop.entries(id)).find(({ what }) => what === 'case_opened');
    if (opened?.what === 'case_opened') await shop.shop.closeCase(opened.case);
    await shop.pass(100 * DAY);
    expect(await sentOf(id)).toEqual(expect.arrayContaining(['sent check_in', 'sent reactivation']));
    expect(await outcomeOf(id)).toMatchObject({ outcome: 'completed' });
  });
});
