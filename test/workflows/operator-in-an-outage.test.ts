import { afterEach, describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../domain/time/duration.ts';
import { virtualShop } from '../helpers/virtual-shop.ts';

const shop = virtualShop();
const accepted = (phone: string): number => shop.vonage.messages().filter(({ to }) => to === phone).length;

afterEach(() => shop.vonage.clearFaults());

async function confirmationOf(order: string): Promise<{ state: string; outcomes: (string | null)[] }> {
  const message = { order_id: order, step: 'order_confirmation' };
  const { id, state } = await shop.db('messages').where(message).first('id', 'state');
  return { state, outcomes: await shop.db('attempts').where({ message_id: id }).orderBy('number').pluck('outcome') };
}

describe('while the provider is away', () => {
  it.each([
    ['refuses everything for now', { kind: 'status', status: 429 }],
    ['answers with errors', { kind: 'status', status: 503 }],
    ['resets connections', { kind: 'reset_before_accept' }],
  ] as const)(
    'and %s, an operator who cancels the messages of an order keeps all of them from going out when it is back',
    async (_, fault) => {
      await shop.until(10);
      shop.vonage.setFault(fault);
      const { id, phone } = await shop.order();
      await shop.pass(20 * MINUTE);
      await shop.event(id, 'parcel_shipped', { parcel: { id: 'box' } });
      await shop.pass(20 * MINUTE);
      await shop.shop.command(id, 'cancel-messages');
      shop.vonage.clearFaults();
      await shop.pass(3 * DAY);
      expect(accepted(phone)).toBe(0);
      expect((await shop.story(id)).filter((line) => line.startsWith('sent'))).toEqual([]);
      const open = ['planned', 'submitted', 'unknown'];
      expect(await shop.db('messages').where({ order_id: id }).whereIn('state', open)).toEqual([]);
    },
  );

  it('the shop that cancels the order has only that told when it is back', async () => {
    await shop.until(10);
    shop.vonage.setFault({ kind: 'status', status: 429 });
    const { id, phone } = await shop.order();
    await shop.pass(20 * MINUTE);
    await shop.event(id, 'order_cancelled');
    await shop.pass(20 * MINUTE);
    shop.vonage.clearFaults();
    await shop.pass(DAY);
    expect((await shop.story(id)).filter((line) => line.startsWith('sent'))).toEqual(['sent order_cancelled']);
    expect(accepted(phone)).toBe(1);
  });
});

describe('an unknown outcome in a pause', () => {
  it('is settled: what the provider has taken is known long before the order is resumed', async () => {
    await shop.until(10);
    shop.faultOfNextOrder({ kind: 'reset_after_accept', times: 1 });
    shop.faultOfNextOrder({ kind: 'no_receipts', times: 1 });
    const { id, phone } = await shop.order();
    await shop.pass(MINUTE);
    await shop.shop.command(id, 'pause');
    expect(await confirmationOf(id)).toEqual({ state: 'unknown', outcomes: ['unknown'] });
    await shop.pass(10 * MINUTE);
    expect(await confirmationOf(id)).toEqual({ state: 'accepted', outcomes: ['accepted'] });
    await shop.shop.command(id, 'resume');
    await shop.pass(DAY);
    expect(accepted(phone)).toBe(1);
  });

  it('that turns out not to have been taken is sent once, when the order is resumed and not before', async () => {
    await shop.until(10);
    shop.faultOfNextOrder({ kind: 'reset_before_accept', times: 1 });
    const { id, phone } = await shop.order();
    await shop.pass(MINUTE);
    await shop.shop.command(id, 'pause');
    await shop.pass(3 * HOUR);
    expect(await confirmationOf(id)).toEqual({ state: 'planned', outcomes: ['not_sent'] });
    expect(accepted(phone)).toBe(0);
    expect((await shop.shop.view(id)).plan).toEqual(
      await shop.environment.client.workflow.getHandle(`order:bottega-sole:${id}`).query('plan'),
    );
    await shop.shop.command(id, 'resume');
    await shop.pass(MINUTE);
    expect(await confirmationOf(id)).toMatchObject({ outcomes: ['not_sent', 'accepted'] });
    await shop.pass(DAY);
    expect(accepted(phone)).toBe(1);
  });
});

describe('the confirmation of a STOP', () => {
  it('whose outcome is unknown is looked up in the records, after its five minutes too, and never sent twice', async () => {
    await shop.until(10);
    const { id, phone } = await shop.order();
    await shop.pass(MINUTE);
    shop.vonage.setFault({ kind: 'reset_after_accept', to: phone, times: 1 });
    shop.vonage.setFault({ kind: 'no_receipts', to: phone, times: 1 });
    shop.vonage.setFault({ kind: 'record_lag', ms: 30 * MINUTE, to: phone, times: 1 });
    await shop.says(phone, 'STOP');
    await shop.pass(10 * MINUTE);
    const { contact } = await shop.shop.view(id);
    const confirmation = { contact_id: contact, kind: 'opt_out_confirmed' };
    expect(await shop.db('messages').where(confirmation)).toMatchObject([{ state: 'unknown' }]);
    await shop.pass(2 * HOUR);
    // The provider had taken it, and the phone had not got it within its time to live of five minutes.
    expect(await shop.db('messages').where(confirmation)).toMatchObject([{ state: 'expired' }]);
    expect(accepted(phone)).toBe(2);
  });

  it('that the records do not have an hour later is given up, with that reason', async () => {
    await shop.until(10);
    const { id, phone } = await shop.order();
    await shop.pass(MINUTE);
    shop.vonage.setFault({ kind: 'reset_before_accept', to: phone, times: 1 });
    await shop.says(phone, 'STOP');
    await shop.pass(2 * HOUR);
    const { contact } = await shop.shop.view(id);
    expect(await shop.db('messages').where({ contact_id: contact, kind: 'opt_out_confirmed' })).toMatchObject([
      { state: 'given_up', reason: 'outcome_unknown_given_up' },
    ]);
    expect(accepted(phone)).toBe(1);
  });
});
