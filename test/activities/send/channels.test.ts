import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { submit } from '../../../db/sending/ledger/attempts.ts';
import { saveBrand } from '../../../commands/orders/save-brand.ts';
import { recordConsents } from '../../../db/consent/consents.ts';
import { changeSuppression } from '../../../db/consent/change-suppression.ts';
import { readMessageAndGate } from '../../../db/sending/ledger/ledger-message.ts';
import { DAY, HOUR } from '../../../domain/time/duration.ts';
import { RCS_AGENT, rcsBrand } from '../../helpers/failover.ts';
import type { PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, consentTo, placedOrder, planned, ledgerRowOf } from '../../helpers/ledger.ts';
import type { Sending } from './sending.ts';
import { receipt, startSending } from './sending.ts';
import { storeOf, tokenOf } from '../../helpers/keys.ts';

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
  await saveBrand(stage.db, rcsBrand, NOON);
});
afterAll(() => stage.close());

const onRcs = { channel: 'rcs', channelIndex: 0, awaited: true } as const;
const onSms = { channel: 'sms', channelIndex: 1, awaited: false } as const;

/** The provider's knowledge of a number on RCS. */
async function unusableOnRcs({ brand, contact, phone }: PlacedOrder): Promise<void> {
  const at = new Date(NOON);
  const about = { brand_id: brand, contact_id: contact, channel: 'rcs', usable: false };
  const row = { ...about, address: phone, token: tokenOf(brand, phone) };
  await stage.db('addresses').insert({ ...row, created_at: at });
}

describe('on RCS', () => {
  it('a message goes from the agent to the same number as a text, with its class', async () => {
    const order = await placedOrder(stage.db);
    await stage.sent(order, { ...onRcs, dueAt: NOON });
    await stage.sent(order, { ...onRcs, kind: 'bundle_offer', dueAt: NOON + DAY });
    const common = { channel: 'rcs', to: order.phone, from: RCS_AGENT };
    expect(stage.fake.messages().slice(-2)).toMatchObject([
      { ...common, category: 'transaction' },
      { ...common, category: 'promotion' },
    ]);
  });

  it('a kind that the operator has declared a promotion since the decision is decided again when it is sent', async () => {
    const order = await placedOrder(stage.db, { customer: { consents: [] } });
    const message = await planned(stage.db, order, onRcs);
    await saveBrand(
      stage.db,
      { ...rcsBrand, channels: { rcs: { sender: RCS_AGENT, promotional: ['shipped'] } } },
      NOON,
    );
    stage.requests();
    expect(await stage.send(message)).toEqual({ kind: 'skip', reason: 'category' });
    expect(await stage.check(order, onSms)).toMatchObject({ kind: 'send' });
    expect(stage.requests()).toBe(0);
    const agreed = await placedOrder(stage.db);
    await stage.sent(agreed, { ...onRcs, dueAt: NOON });
    expect(stage.fake.messages().at(-1)).toMatchObject({ to: agreed.phone, category: 'promotion' });
    await saveBrand(stage.db, rcsBrand, NOON);
  });

  it('a number that is unusable there is still good for texts', async () => {
    const order = await placedOrder(stage.db);
    await unusableOnRcs(order);
    expect(await stage.check(order, onRcs)).toEqual({ kind: 'skip', reason: 'no_address' });
    expect(await stage.check(order, onSms)).toMatchObject({ kind: 'send' });
  });

  it('a number that can be reached nowhere any more is not tried', async () => {
    const order = await placedOrder(stage.db);
    await stage.db('addresses').where({ address: order.phone }).update({ usable: false });
    expect(await stage.check(order, onRcs)).toEqual({ kind: 'skip', reason: 'no_address' });
  });

  it('STOP and a withdrawn consent count as they do for texts, wherever they were said', async () => {
    const [stopped, withdrawn] = [await placedOrder(stage.db), await placedOrder(stage.db)];
    const change = {
      brand: stopped.brand,
      address: stopped.phone,
      state: 'stopped',
      source: 'test',
      at: NOON,
    } as const;
    await changeSuppression(storeOf(stage.db), change, NOON);
    const no = consentTo('promotional', { action: 'withdrawn', at: NOON });
    await recordConsents(stage.db, withdrawn.brand, withdrawn.contact, [no], NOON);
    for (const via of [onRcs, onSms]) {
      expect(await stage.check(stopped, via)).toEqual({ kind: 'skip', reason: 'opted_out' });
      const offer = { ...via, kind: 'bundle_offer' } as const;
      expect(await stage.check(withdrawn, offer)).toEqual({ kind: 'skip', reason: 'no_consent' });
    }
  });

  it('a suppression that the provider reports there moves the gate of the contact as one of a text does', async () => {
    const order = await placedOrder(stage.db);
    const message = await planned(stage.db, order, onSms);
    const read = await readMessageAndGate(stage.db, message, NOON);
    const at = new Date(NOON);
    const token = tokenOf(order.brand, order.phone);
    const row = { brand_id: order.brand, token, state: 'stopped', source: 'test' };
    await stage.db('suppressions').insert({ ...row, occurred_at: at, recorded_at: at });
    const call = { clientRef: 'a-reference-of-its-own', to: order.phone, from: rcsBrand.sender };
    expect(read && (await submit(stage.db, read.message, read.gate, call, NOON))).toBe(false);
    expect(await stage.send(message)).toEqual({ kind: 'skip', reason: 'opted_out' });
  });
});

describe('one message on two channels', () => {
  it('is not sent on the second once the first has delivered', async () => {
    const order = await placedOrder(stage.db);
    const first = await stage.sent(order, { ...onRcs, dueAt: NOON });
    const second = await planned(stage.db, order, { ...onSms, dueAt: NOON + 1000 });
    await receipt(stage.db, first, 'delivered', { at: NOON + 2000 });
    expect(await stage.send(second, { asOf: NOON + 3000 })).toEqual({ kind: 'skip', reason: 'delivered_elsewhere' });
    expect(await ledgerRowOf(stage.db, second)).toMatchObject({ state: 'skipped', reason: 'delivered_elsewhere' });
  });

  it('is either submitted on the second before the receipt of the first, or not at all', async () => {
    const order = await placedOrder(stage.db);
    const first = await stage.sent(order, { ...onRcs, dueAt: NOON });
    const second = await planned(stage.db, order, { ...onSms, dueAt: NOON + 1000 });
    const read = await readMessageAndGate(stage.db, second, NOON + 1000);
    await receipt(stage.db, first, 'read', { at: NOON + 2000 });
    const call = { clientRef: 'another-reference-of-its-own', to: order.phone, from: rcsBrand.sender };
    expect(read && (await submit(stage.db, read.message, read.gate, call, NOON + 2000))).toBe(false);
  });

  it('counts once against the cap and the distance, and not against itself', async () => {
    const order = await placedOrder(stage.db);
    const sent = (occurrence: string, days: number, via: object) =>
      stage.sent(order, { ...via, kind: 'loyalty_tier', occurrence, dueAt: NOON + days * DAY });
    await sent('a', 0, onRcs);
    await sent('a', 0, { ...onSms, dueAt: NOON + HOUR });
    await sent('b', 1, onRcs);
    const next = { kind: 'bundle_offer', dueAt: NOON + 2 * DAY } as const;
    expect(await stage.check(order, next)).toMatchObject({ kind: 'send' });
    await sent('c', 2, onRcs);
    const after = { ...next, dueAt: NOON + 3 * DAY };
    expect(await stage.check(order, after)).toMatchObject({ kind: 'wait', reason: 'cap_reached' });
  });

  it('ends on the first channel, where it is only planned, when the step turns to the second', async () => {
    const order = await placedOrder(stage.db);
    const first = await planned(stage.db, order, onRcs);
    expect(await stage.check(order, onSms)).toMatchObject({ kind: 'send' });
    expect(await ledgerRowOf(stage.db, first)).toMatchObject({ state: 'skipped', reason: 'next_channel' });
  });
});
