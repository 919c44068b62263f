import { afterEach, describe, expect, it } from 'vitest';
import { saveBrand } from '../../commands/orders/save-brand.ts';
import { DAY, HOUR, MINUTE } from '../../domain/time/duration.ts';
import { planQuery } from '../../workflows/contract.ts';
import { demoBrand } from '../helpers/shop-verbs.ts';
import { RCS_AGENT, failoverJourney, rcsBrand } from '../helpers/failover.ts';
import { virtualShop } from '../helpers/virtual-shop.ts';

const shop = virtualShop({ brand: rcsBrand, journey: failoverJourney });
const box = { parcel: { id: 'box' } };
const SECOND = 1000;

/** The channels on which the provider has accepted something for a number, in order. */
const took = (phone: string): string[] =>
  shop.vonage
    .messages()
    .filter(({ to }) => to === phone)
    .map(({ channel }) => channel);

/** The messages of an order, sent and not sent, each with its channel. */
async function told(order: string): Promise<string[]> {
  return (await shop.entries(order)).flatMap((entry) =>
    entry.what === 'sent' || entry.what === 'failed'
      ? [`${entry.what} ${entry.kind} ${entry.channel} ${entry.state}`]
      : entry.what === 'skipped' || entry.what === 'moved'
        ? [`${entry.what} ${entry.kind} ${entry.channel} ${entry.reason}`]
        : [],
  );
}

/** An order whose confirmation has gone out, and whose workflow knows what became of it: virtual time would run away from it. */
async function confirmed(): Promise<{ readonly id: string; readonly phone: string }> {
  const order = await shop.order();
  await shop.pass(SECOND);
  await shop.time.settled();
  return order;
}

/** An order whose confirmation the provider has on RCS, without a word about its delivery. */
async function confirmationUnheard(): Promise<{ readonly id: string; readonly phone: string }> {
  await shop.until(10);
  shop.faultOfNextOrder({ kind: 'held_receipts', times: 1 });
  const order = await confirmed();
  await shop.pass(5 * MINUTE);
  return order;
}

afterEach(() => shop.vonage.clearFaults());

describe('a step with two channels', () => {
  it('is one message when the first channel delivers in time', async () => {
    await shop.until(10);
    const { id, phone } = await confirmed();
    await shop.pass(DAY);
    expect(took(phone)).toEqual(['rcs']);
    expect(await told(id)).toEqual(['sent order_confirmation rcs delivered']);
  });

  it('turns to the second when nothing was delivered within ten minutes, and not before', async () => {
    const { id, phone } = await confirmationUnheard();
    await shop.pass(4 * MINUTE);
    expect(took(phone)).toEqual(['rcs']);
    await shop.pass(2 * MINUTE);
    expect(took(phone)).toEqual(['rcs', 'sms']);
    expect(await told(id)).toEqual(['sent order_confirmation rcs accepted', 'sent order_confirmation sms delivered']);
  });

  it('shows in the plan which channel comes next, and when', async () => {
    const { id } = await confirmationUnheard();
    const { plan } = await shop.shop.view(id);
    const sent = (await shop.entries(id)).find(({ what }) => what === 'sent');
    const dueAt = new Date(Date.parse(sent?.at ?? '') + 10 * MINUTE).toISOString();
    expect(plan[0]).toEqual({ key: 'order_confirmation', kind: 'order_confirmation', channel: 'sms', dueAt });
    const run = shop.environment.client.workflow.getHandle(`order:${rcsBrand.id}:${id}`);
    expect((await run.query(planQuery))[0]).toMatchObject({ key: 'order_confirmation', channel: 'sms' });
    await shop.pass(10 * MINUTE);
    expect((await shop.shop.view(id)).plan.map(({ key }) => key)).not.toContain('order_confirmation');
  });

  it('turns to the second at once when the number has no RCS, and goes there directly the next time', async () => {
    await shop.until(10);
    shop.faultOfNextOrder({ kind: 'error_receipt', code: '1300', times: 1 });
    const { id, phone } = await confirmed();
    await shop.pass(MINUTE);
    expect(took(phone)).toEqual(['rcs', 'sms']);
    await shop.event(id, 'parcel_shipped', box);
    await shop.pass(MINUTE);
    expect(took(phone)).toEqual(['rcs', 'sms', 'sms']);
    expect(await told(id)).toEqual([
      'failed order_confirmation rcs rejected',
      'sent order_confirmation sms delivered',
      'skipped shipped rcs no_address',
      'sent shipped sms delivered',
    ]);
  });

  it('turns to the second at once when the provider refuses the first', async () => {
    await shop.until(10);
    shop.faultOfNextOrder({ kind: 'status', status: 422, times: 1 });
    const { id, phone } = await confirmed();
    await shop.pass(MINUTE);
    expect(took(phone)).toEqual(['sms']);
    expect(await told(id)).toEqual(['failed order_confirmation rcs rejected', 'sent order_confirmation sms delivered']);
  });

  it('is read and counted as one message to the person', async () => {
    const { id } = await confirmationUnheard();
    await shop.pass(DAY);
    const { rows } = await shop.db.raw<{ rows: object[] }>(
      'select channel, channel_index, awaited, segments > 0 as segments, body is not null as text from messages where order_id = ? order by channel_index',
      [id],
    );
    expect(rows).toEqual([
      { channel: 'rcs', channel_index: 0, awaited: true, segments: true, text: true },
      { channel: 'sms', channel_index: 1, awaited: false, segments: true, text: true },
    ]);
  });

  it('goes out on the second at once for a brand without an agent', async () => {
    await shop.until(10);
    await saveBrand(shop.db, demoBrand, await shop.time.now());
    const { id, phone } = await confirmed();
    await saveBrand(shop.db, rcsBrand, await shop.time.now());
    await shop.pass(MINUTE);
    expect(took(phone)).toEqual(['sms']);
    expect(await told(id)).toEqual([
      'skipped order_confirmation rcs no_sender',
      'sent order_confirmation sms delivered',
    ]);
  });

  it("goes out on the second where the first one's operator counts it as a promotion and there is no consent to promotions", async () => {
    await shop.until(10);
    const recategorised = {
      ...rcsBrand,
      channels: { rcs: { sender: RCS_AGENT, promotional: ['order_confirmation'] } },
    } as const;
    await saveBrand(shop.db, recategorised, await shop.time.now());
    const { id, phone } = await shop.order({ customer: { consents: [] } });
    await shop.pass(MINUTE);
    await saveBrand(shop.db, rcsBrand, await shop.time.now());
    expect(took(phone)).toEqual(['sms']);
    expect(await told(id)).toEqual([
      'skipped order_confirmation rcs category',
      'sent order_confirmation sms delivered',
    ]);
  });
});

describe('between the channels', () => {
  it('a late receipt of the first stops the second, also one that waits for the morning', async () => {
    await shop.until(20);
    const { id, phone } = await confirmed();
    shop.vonage.setFault({ kind: 'held_receipts', to: phone, times: 1 });
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(3 * HOUR);
    expect(await told(id)).toContain('moved delivered sms quiet_hours');
    await shop.vonage.deliverReceipts();
    await shop.time.settled();
    await shop.pass(DAY);
    expect(took(phone)).toEqual(['rcs', 'rcs']);
    expect((await shop.story(id)).filter((line) => line.startsWith('sent'))).toEqual([
      'sent order_confirmation',
      'sent delivered',
    ]);
  });

  it('a late receipt of the first stops the second while the provider keeps it waiting', async () => {
    const { id, phone } = await confirmationUnheard();
    shop.vonage.setFault({ kind: 'status', status: 429, to: phone, times: 1 });
    await shop.pass(5 * MINUTE + 10_000);
    await shop.vonage.deliverReceipts();
    await shop.pass(HOUR);
    expect(took(phone)).toEqual(['rcs']);
    expect((await told(id))[0]).toBe('sent order_confirmation rcs delivered');
  });

  it('STOP leaves the second unsent', async () => {
    const { id, phone } = await confirmationUnheard();
    await shop.says(phone, 'STOP');
    await shop.pass(HOUR);
    expect(await told(id)).toEqual([
      'sent order_confirmation rcs accepted',
      'sent opt_out_confirmed sms delivered',
      'skipped order_confirmation sms opted_out',
    ]);
  });

  it('STOP to the agent counts like one to the number', async () => {
    const { id, phone } = await confirmationUnheard();
    await shop.vonage.reply(phone, RCS_AGENT, 'Stop');
    await shop.pass(HOUR);
    expect(took(phone)).toEqual(['rcs', 'sms']);
    expect(await told(id)).toContain('skipped order_confirmation sms opted_out');
    expect(await told(id)).toContain('sent opt_out_confirmed sms delivered');
  });

  it('a cancelled order, a skipped step and cancelled messages leave the second unsent', async () => {
    const stops = {
      order_cancelled: (id: string) => shop.event(id, 'order_cancelled'),
      skipped_by_operator: (id: string) => shop.shop.command(id, 'skip', { step: 'order_confirmation' }),
      messages_cancelled_by_operator: (id: string) => shop.shop.command(id, 'cancel-messages'),
    };
    for (const [reason, stop] of Object.entries(stops)) {
      const { id, phone } = await confirmationUnheard();
      await stop(id);
      await shop.pass(HOUR);
      expect(took(phone)).toEqual(['rcs']);
      expect(await told(id)).toContain(`skipped order_confirmation sms ${reason}`);
    }
  });

  it('a pause holds the second back until the order is resumed', async () => {
    const { id, phone } = await confirmationUnheard();
    await shop.shop.command(id, 'pause');
    await shop.pass(HOUR);
    expect(took(phone)).toEqual(['rcs']);
    await shop.shop.command(id, 'resume');
    await shop.pass(MINUTE);
    expect(took(phone)).toEqual(['rcs', 'sms']);
  });

  it('a run that is continued as a new one in between still turns to the second', async () => {
    await shop.until(10);
    const { id, phone } = await confirmed();
    const continuedFrom = async (): Promise<string> => {
      const history = await shop.environment.client.workflow.getHandle(`order:${rcsBrand.id}:${id}`).fetchHistory();
      return history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
    };
    for (const parcel of ['a', 'b', 'c'])
      await shop.event(id, 'parcel_shipped', { parcel: { id: parcel }, parcelCount: 3 });
    for (const parcel of ['a', 'b', 'c']) await shop.event(id, 'parcel_delivered', { parcel: { id: parcel } });
    await shop.pass(9 * DAY - HOUR);
    expect(await continuedFrom()).toBe('');
    shop.vonage.setFault({ kind: 'held_receipts', to: phone, times: 1 });
    await shop.pass(2 * DAY);
    expect(await continuedFrom()).not.toBe('');
    const before = took(phone);
    expect((await told(id)).at(-1)).toBe('sent reactivation rcs accepted');
    await shop.pass(12 * DAY);
    expect(took(phone)).toEqual([...before, 'sms']);
    expect((await told(id)).at(-1)).toBe('sent reactivation sms delivered');
  });
});

describe('a first channel that does not work', () => {
  it('is left for the second, whose messages nothing holds back, until it is released', async () => {
    await shop.until(10);
    shop.faultOfNextOrder({ kind: 'error_receipt', code: '1420', times: 1 });
    const refused = await confirmed();
    const next = await confirmed();
    await shop.pass(MINUTE);
    expect(took(refused.phone)).toEqual(['rcs', 'sms']);
    expect(took(next.phone)).toEqual(['sms']);
    expect(await told(next.id)).toEqual([
      'moved order_confirmation rcs stopped',
      'sent order_confirmation sms delivered',
    ]);
    await shop.db('blocks').update({ released_at: new Date(await shop.time.now()) });
    const { phone } = await confirmed();
    expect(took(phone)).toEqual(['rcs']);
  });
});

describe('an unclear first channel', () => {
  it('is one message when a receipt settles it in time', async () => {
    await shop.until(10);
    shop.faultOfNextOrder({ kind: 'reset_after_accept', times: 1 });
    const { id, phone } = await confirmed();
    await shop.pass(2 * HOUR);
    expect(took(phone)).toEqual(['rcs']);
    expect(await told(id)).toEqual(['sent order_confirmation rcs delivered']);
  });

  it('is left for the second after ten minutes, and never sent again itself', async () => {
    await shop.until(10);
    shop.faultOfNextOrder({ kind: 'reset_before_accept', times: 1 });
    const { id, phone } = await confirmed();
    await shop.pass(11 * MINUTE);
    expect(took(phone)).toEqual(['sms']);
    await shop.pass(DAY);
    expect(took(phone)).toEqual(['sms']);
    expect(await told(id)).toEqual(['failed order_confirmation rcs given_up', 'sent order_confirmation sms delivered']);
  });
});

describe('a late word of a message', () => {
  it('wakes no order that is over, and none is started by it', async () => {
    await shop.until(10);
    shop.faultOfNextOrder({ kind: 'held_receipts', times: 1 });
    const { id, phone } = await confirmed();
    await shop.pass(40 * DAY);
    const run = shop.environment.client.workflow.getHandle(`order:${rcsBrand.id}:${id}`);
    const { runId, status } = await run.describe();
    expect(status.name).toBe('COMPLETED');
    await shop.vonage.deliverReceipts(phone);
    await shop.time.settled();
    expect(await run.describe()).toMatchObject({ runId, status: { name: 'COMPLETED' } });
    expect((await shop.shop.view(id)).finished).toBe(true);
  });
});

describe('a double arrival', () => {
  it('is shown in the timeline and counted', async () => {
    const { id, phone } = await confirmationUnheard();
    await shop.pass(10 * MINUTE);
    expect(took(phone)).toEqual(['rcs', 'sms']);
    await shop.vonage.deliverReceipts();
    await shop.time.settled();
    const sent = (await shop.entries(id)).filter(({ what }) => what === 'sent');
    expect(sent).toMatchObject([
      { channel: 'rcs', state: 'delivered' },
      { channel: 'sms', state: 'delivered', alsoArrivedBy: 'rcs' },
    ]);
    const { rows } = await shop.db.raw<{ rows: { count: number }[] }>(
      "select count(*) as count from messages m join messages n using (order_id, step, occurrence) where m.channel_index < n.channel_index and m.state = 'delivered' and n.state = 'delivered'",
    );
    const metrics = await (await fetch(`${shop.opsUrl}/metrics`)).text();
    expect(metrics).toContain(`dopo_double_arrivals ${rows[0]?.count}`);
  });
});
