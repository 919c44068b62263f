import { afterEach, describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../domain/time/duration.ts';
import { virtualShop } from '../helpers/virtual-shop.ts';

const shop = virtualShop();
const box = { parcel: { id: 'box' } };
const accepted = (phone: string): number => shop.vonage.messages().filter(({ to }) => to === phone).length;

afterEach(() => shop.vonage.clearFaults());

describe('an unclear provider', () => {
  it('an unknown outcome that a status webhook settles is one message', async () => {
    await shop.until(10);
    shop.faultOfNextOrder({ kind: 'reset_after_accept', times: 1 });
    const { id, phone } = await shop.order();
    await shop.pass(2 * HOUR);
    expect(accepted(phone)).toBe(1);
    expect(await shop.story(id)).toEqual(['sent order_confirmation']);
  });

  it('a text that the phone does not get within its time to live ends as expired, and is not sent again', async () => {
    await shop.until(10);
    const { id, phone } = await shop.order();
    await shop.pass(HOUR);
    shop.vonage.setFault({ kind: 'held_receipts', to: phone, times: 1 });
    await shop.event(id, 'parcel_out_for_delivery', box);
    await shop.pass(DAY);
    await shop.vonage.deliverReceipts();
    await shop.pass(DAY);
    expect(accepted(phone)).toBe(2);
    expect(
      await shop.db('messages').where({ order_id: id, kind: 'out_for_delivery' }).select('state', 'reason'),
    ).toEqual([{ state: 'expired', reason: 'too_late' }]);
    const decisions = await shop
      .db('decisions')
      .where({ order_id: id, kind: 'out_for_delivery' })
      .orderBy('id')
      .pluck('rule');
    expect(decisions.at(-1)).toBe('provider.1360');
  });

  it('a transactional message without any sign from the provider is sent once more after the settling time, and not before', async () => {
    await shop.until(10);
    shop.faultOfNextOrder({ kind: 'reset_before_accept', times: 1 });
    const { id, phone } = await shop.order();
    await shop.pass(50 * MINUTE);
    expect(accepted(phone)).toBe(0);
    await shop.pass(HOUR);
    expect(accepted(phone)).toBe(1);
    expect(await shop.story(id)).toEqual(['sent order_confirmation']);
  });

  it('a message without any sign from the provider is not sent once more when the order was cancelled meanwhile', async () => {
    await shop.until(10);
    shop.faultOfNextOrder({ kind: 'reset_before_accept', times: 1 });
    const { id, phone } = await shop.order();
    await shop.pass(10 * MINUTE);
    await shop.event(id, 'order_cancelled');
    await shop.pass(DAY);
    expect((await shop.story(id)).filter((line) => !line.startsWith('skipped'))).toEqual([
      'failed order_confirmation outcome_unknown_given_up',
      'sent order_cancelled',
    ]);
    expect(accepted(phone)).toBe(1);
  });

  it('a message without any sign from the provider waits while the order is paused, and is not sent once more when messages are cancelled', async () => {
    await shop.until(10);
    shop.faultOfNextOrder({ kind: 'reset_before_accept', times: 1 });
    const { id, phone } = await shop.order();
    await shop.pass(10 * MINUTE);
    await shop.shop.command(id, 'pause');
    await shop.pass(5 * HOUR);
    expect(accepted(phone)).toBe(0);
    await shop.shop.command(id, 'cancel-messages');
    await shop.shop.command(id, 'resume');
    await shop.pass(DAY);
    expect(accepted(phone)).toBe(0);
  });

  it('a promotion without any sign from the provider is given up with its reason, never sent again', async () => {
    await shop.until(10);
    const { id, phone } = await shop.order();
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(6 * DAY + 20 * HOUR);
    shop.vonage.setFault({ kind: 'reset_before_accept' });
    await shop.pass(3 * DAY);
    shop.vonage.clearFaults();
    const before = accepted(phone);
    await shop.pass(2 * DAY);
    expect(await shop.story(id)).toContain('failed loyalty_invitation outcome_unknown_given_up');
    expect(accepted(phone)).toBe(before);
  });

  it('a provider that is down for six hours delays messages and loses none that is still useful', async () => {
    await shop.until(9);
    const { id, phone } = await shop.order();
    await shop.event(id, 'parcel_shipped', box);
    await shop.pass(HOUR);
    shop.vonage.setFault({ kind: 'status', status: 429 });
    await shop.event(id, 'parcel_out_for_delivery', box);
    await shop.event(id, 'parcel_delivered', box);
    await shop.pass(6 * HOUR);
    expect(accepted(phone)).toBe(2);
    shop.vonage.clearFaults();
    await shop.pass(2 * HOUR);
    const told = await shop.story(id);
    expect(told).toContain('sent delivered');
    expect(told).toContain('skipped out_for_delivery superseded');
    expect(accepted(phone)).toBe(3);
  });

  it('a message the provider refuses for good ends with its reason and the journey goes on', async () => {
    await shop.until(10);
    shop.faultOfNextOrder({ kind: 'status', status: 422, times: 1 });
    const { id } = await shop.order();
    await shop.event(id, 'parcel_shipped', box);
    await shop.pass(HOUR);
    expect((await shop.story(id)).toSorted()).toEqual(['failed order_confirmation provider_refused', 'sent shipped']);
  });

  it('a receipt that says opted out stops every later message', async () => {
    await shop.until(10);
    shop.faultOfNextOrder({ kind: 'error_receipt', code: '1240', times: 1 });
    const { id } = await shop.order();
    await shop.pass(MINUTE);
    await shop.event(id, 'parcel_shipped', box);
    await shop.pass(HOUR);
    expect(await shop.story(id)).toContain('skipped shipped opted_out');
  });
});
