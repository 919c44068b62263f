import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../domain/time/duration.ts';
import { virtualShop } from '../helpers/virtual-shop.ts';

const shop = virtualShop();
const box = { parcel: { id: 'box', carrier: 'Poste', trackingUrl: 'https://poste.example/t/7Q2' } };

describe('an order from first to last message', () => {
  it('a delivered order gets every message of its journey once, in order, and its run completes', async () => {
    await shop.until(10);
    const { id, phone } = await shop.order({
      items: [{ sku: 'COFFEE-250', title: 'Caffè', quantity: 1, price: '9.50' }],
    });
    await shop.pass(DAY);
    await shop.event(id, 'parcel_shipped', box);
    await shop.pass(DAY);
    await shop.event(id, 'parcel_out_for_delivery', box);
    await shop.pass(2 * HOUR);
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(150 * DAY);
    const sent = (await shop.story(id)).filter((line) => line.startsWith('sent'));
    expect(sent.slice(0, 9)).toEqual([
      'sent order_confirmation',
      'sent shipped',
      'sent out_for_delivery',
      'sent delivered',
      'sent setup_guide',
      'sent care_tips',
      'sent rating_request',
      'sent loyalty_invitation',
      'sent replenishment',
    ]);
    // Both are due 30 days after delivery; which one the window lets through first depends on the weekday.
    expect(sent.slice(9, 11).toSorted()).toEqual(['sent bundle_offer', 'sent nps_request']);
    expect(sent.slice(11)).toEqual(['sent reactivation']);
    expect(shop.vonage.messages().filter(({ to }) => to === phone)).toHaveLength(12);
    const run = await shop.environment.client.workflow.getHandle(`order:bottega-sole:${id}`).describe();
    expect(run.status.name).toBe('COMPLETED');
  });

  it('two parcels are told of one by one, and delivery once when the last has come', async () => {
    await shop.until(10);
    const { id } = await shop.order();
    await shop.event(id, 'parcel_shipped', { parcel: { id: 'a' }, parcelCount: 2 });
    await shop.pass(HOUR);
    await shop.event(id, 'parcel_delivered', { parcel: { id: 'a' } });
    await shop.pass(HOUR);
    expect(await shop.story(id)).toEqual(['sent order_confirmation', 'sent shipped']);
    await shop.event(id, 'parcel_shipped', { parcel: { id: 'b' } });
    await shop.pass(HOUR);
    await shop.event(id, 'parcel_delivered', { parcel: { id: 'b' } });
    await shop.pass(HOUR);
    expect(await shop.story(id)).toEqual(['sent order_confirmation', 'sent shipped', 'sent shipped', 'sent delivered']);
  });

  it('events that come before their order wait for it, and late ones are recorded without a message', async () => {
    await shop.until(9);
    await shop.event('early-1', 'parcel_delivered', box);
    await shop.pass(HOUR);
    expect(await shop.story('early-1')).toEqual([]);
    const { id } = await shop.order({ id: 'early-1' });
    await shop.pass(HOUR);
    await shop.event(id, 'parcel_shipped', box);
    await shop.pass(HOUR);
    expect((await shop.story(id)).toSorted()).toEqual([
      'sent delivered',
      'sent order_confirmation',
      'skipped shipped superseded',
    ]);
  });

  it('the same event ten times over is one message', async () => {
    await shop.until(10);
    const { id } = await shop.order();
    const event = {
      id: 'shipped-1',
      type: 'parcel_shipped',
      occurredAt: new Date(await shop.time.now()).toISOString(),
      ...box,
    };
    await Promise.all(Array.from({ length: 10 }, () => shop.shop.report(id, event)));
    await shop.pass(HOUR);
    expect((await shop.story(id)).filter((line) => line === 'sent shipped')).toHaveLength(1);
  });

  it('an event of an order that never comes starts no run and sends nothing', async () => {
    await shop.event('ghost', 'parcel_shipped', box);
    await shop.pass(31 * DAY);
    const run = shop.environment.client.workflow.getHandle('order:bottega-sole:ghost');
    await expect(run.describe()).rejects.toThrow('not found');
    expect(await shop.story('ghost')).toEqual([]);
  });

  it('a run that an earlier version started with an event ends quietly after 30 days without its order', async () => {
    await shop.event('shadow', 'parcel_shipped', box);
    await shop.db('inbox').where({ order_id: 'shadow' }).update({ applied_at: null });
    await shop.event('shadow', 'parcel_delivered', box);
    await shop.pass(31 * DAY);
    const run = shop.environment.client.workflow.getHandle('order:bottega-sole:shadow');
    expect(await run.result()).toMatchObject({ outcome: 'order_never_came', sent: 0 });
    await shop.event('shadow', 'parcel_delivered', box);
    expect(await shop.story('shadow')).toEqual([]);
  });

  it('a backfilled order whose events are a year old is followed all the same, and what is too late says so', async () => {
    await shop.until(10);
    const old = new Date((await shop.time.now()) - 365 * DAY).toISOString();
    await shop.shop.report('backfill', { id: 'b1', type: 'parcel_delivered', occurredAt: old, ...box });
    await shop.time.settled();
    await shop.pass(MINUTE);
    await shop.order({ id: 'backfill' });
    await shop.pass(HOUR);
    expect((await shop.story('backfill')).filter((line) => line.startsWith('sent'))).toEqual([
      'sent order_confirmation',
    ]);
    expect(await shop.story('backfill')).toContain('skipped delivered too_late');
  });

  it('a failed delivery opens a case after a day without news, and none when the carrier tries again', async () => {
    await shop.until(10);
    const silent = await shop.order();
    const retried = await shop.order();
    for (const { id } of [silent, retried]) await shop.event(id, 'parcel_delivery_failed', box);
    await shop.pass(20 * HOUR);
    await shop.event(retried.id, 'parcel_out_for_delivery', box);
    await shop.pass(10 * HOUR);
    expect(await shop.story(silent.id)).toContain('case_opened delivery_failed');
    expect(await shop.story(retried.id)).not.toContain('case_opened delivery_failed');
  });

  it('a customer with an open case about one order is sold nothing about another', async () => {
    await shop.until(10);
    const customer = { id: 'unhappy', phone: '+39 320 777 8888' };
    const first = await shop.order({ customer });
    const second = await shop.order({ customer });
    await shop.pass(MINUTE);
    await shop.says(first.phone, 'Il tappo perde, che faccio?');
    await shop.event(second.id, 'parcel_delivered', box);
    await shop.event(first.id, 'parcel_delivered', box);
    await shop.pass(40 * DAY);
    for (const { id } of [first, second]) {
      expect(await shop.story(id)).toContain('skipped loyalty_invitation too_late');
      expect(await shop.story(id)).toContain('skipped bundle_offer too_late');
    }
  });

  it('an order that comes 31 days after its first event is told of all the same', async () => {
    await shop.event('late-1', 'parcel_shipped', box);
    await shop.pass(31 * DAY);
    await shop.until(10);
    const { id } = await shop.order({ id: 'late-1' });
    await shop.pass(HOUR);
    expect((await shop.story(id)).toSorted()).toEqual(['sent order_confirmation', 'skipped shipped too_late']);
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(HOUR);
    expect(await shop.story(id)).toContain('sent delivered');
  });

  it('the second order of a customer stops the replenishment and reactivation of the first', async () => {
    await shop.until(10);
    const coffee = { items: [{ sku: 'COFFEE-250', title: 'Caffè', quantity: 1, price: '9.50' }] };
    const customer = { id: 'twice', phone: '+39 320 111 2222' };
    const first = await shop.order({ ...coffee, customer });
    await shop.event(first.id, 'parcel_delivered', box);
    await shop.pass(20 * DAY);
    const second = await shop.order({ ...coffee, customer });
    await shop.event(second.id, 'parcel_delivered', box);
    await shop.pass(75 * DAY);
    const told = await shop.story(first.id);
    expect(told).toContain('skipped replenishment reordered');
    expect(told).toContain('skipped reactivation reordered');
    expect(await shop.story(second.id)).toContain('sent order_confirmation');
  });
});

describe('no', () => {
  it('STOP ends every message of every order at once, but for one confirmation', async () => {
    await shop.until(10);
    const customer = { id: 'stops', phone: '+39 320 333 4444' };
    const first = await shop.order({ customer });
    const second = await shop.order({ customer });
    await shop.event(first.id, 'parcel_shipped', box);
    await shop.says(first.phone, 'stop');
    await shop.pass(MINUTE);
    const before = shop.vonage.messages().filter(({ to }) => to === first.phone).length;
    await shop.event(first.id, 'parcel_delivered', box);
    await shop.event(second.id, 'parcel_shipped', box);
    await shop.pass(120 * DAY);
    expect(shop.vonage.messages().filter(({ to }) => to === first.phone)).toHaveLength(before);
    expect(await shop.story(first.id)).toContain('skipped delivered opted_out');
    expect(await shop.story(second.id)).toContain('skipped shipped opted_out');
    const confirmations = [...(await shop.story(first.id)), ...(await shop.story(second.id))].filter(
      (line) => line === 'sent opt_out_confirmed',
    );
    expect(confirmations).toHaveLength(1);
  });

  it('START lets messages through again, and HELP is answered even in between', async () => {
    await shop.until(10);
    const { id, phone } = await shop.order();
    await shop.pass(MINUTE);
    await shop.says(phone, 'STOP');
    await shop.pass(MINUTE);
    await shop.says(phone, 'aiuto');
    await shop.pass(MINUTE);
    await shop.says(phone, 'START');
    await shop.pass(MINUTE);
    await shop.event(id, 'parcel_shipped', box);
    await shop.pass(HOUR);
    expect(await shop.story(id)).toEqual([
      'sent order_confirmation',
      'customer stop',
      'sent opt_out_confirmed',
      'customer help',
      'sent help',
      'customer start',
      'sent opt_in_confirmed',
      'sent shipped',
    ]);
  });

  it('a cancelled order is told so, and nothing else is ever sent', async () => {
    await shop.until(10);
    const { id } = await shop.order();
    await shop.pass(HOUR);
    await shop.event(id, 'order_cancelled');
    await shop.event(id, 'parcel_shipped', box);
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(100 * DAY);
    expect((await shop.story(id)).filter((line) => line.startsWith('sent'))).toEqual([
      'sent order_confirmation',
      'sent order_cancelled',
    ]);
  });

  it('without consent no customer is asked or sold anything, and order news still comes', async () => {
    await shop.until(10);
    const { id } = await shop.order({ customer: { consents: [] } });
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(100 * DAY);
    const told = await shop.story(id);
    expect(told).toContain('sent delivered');
    for (const kind of ['rating_request', 'loyalty_invitation', 'bundle_offer', 'nps_request', 'reactivation'])
      expect(told).toContain(`skipped ${kind} no_consent`);
  });

  it('a promotion is never sent inside quiet hours or on an Italian Sunday', async () => {
    const { rows } = await shop.db.raw<{ rows: { submitted_at: Date }[] }>(
      "select submitted_at from messages where class = 'promotional' and submitted_at is not null and not in_reply",
    );
    expect(rows.length).toBeGreaterThan(5);
    for (const { submitted_at } of rows) {
      const local = new Date(submitted_at.toLocaleString('en-US', { timeZone: 'Europe/Rome' }));
      expect(local.getDay()).not.toBe(0);
      expect(local.getHours()).toBeGreaterThanOrEqual(9);
      expect(local.getHours()).toBeLessThan(20);
    }
  });
});
