import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveBrand } from '../../commands/orders/save-brand.ts';
import { recordConsents } from '../../db/consent/consents.ts';
import { changeSuppression } from '../../db/consent/change-suppression.ts';
import type { PlacedOrder } from '../helpers/ledger.ts';
import { NOON, brand, consentTo, placedOrder, planned, ledgerRowOf } from '../helpers/ledger.ts';
import { ORDER_TIME } from '../helpers/orders.ts';
import type { Sending } from './send/sending.ts';
import { receipt, startSending } from './send/sending.ts';
import { storeOf } from '../helpers/keys.ts';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
});
afterAll(() => stage.close());

describe('one person, several orders', () => {
  /** A second order of the same customer, placed the day after. */
  async function twoOrders(): Promise<[PlacedOrder, PlacedOrder]> {
    const first = await placedOrder(stage.db);
    const second = await placedOrder(stage.db, {
      placedAt: ORDER_TIME + DAY,
      customer: { phone: { e164: first.phone, country: 'IT' } },
    });
    expect(second.contact).toBe(first.contact);
    return [first, second];
  }

  it('the cap counts over all orders', async () => {
    const [first, second] = await twoOrders();
    for (const days of [5, 4, 1])
      await stage.sent(first, { kind: 'loyalty_invitation', occurrence: String(days), dueAt: NOON - days * DAY });
    expect(await stage.check(second, { kind: 'bundle_offer' })).toEqual({
      kind: 'wait',
      until: NOON + 2 * DAY,
      reason: 'cap_reached',
    });
  });

  it('feedback requests and promotions share the cap; order news has none', async () => {
    const [first, second] = await twoOrders();
    await stage.sent(first, { kind: 'rating_request', dueAt: NOON - 5 * DAY });
    await stage.sent(first, { kind: 'bundle_offer', dueAt: NOON - 4 * DAY });
    await stage.sent(first, { kind: 'nps_request', dueAt: NOON - DAY });
    expect(await stage.check(second, { kind: 'reactivation' })).toMatchObject({ kind: 'wait', reason: 'cap_reached' });
    expect(await stage.check(second)).toMatchObject({ kind: 'send' });
  });

  it.each([
    { name: 'refused by the provider', fault: { kind: 'status', status: 422, times: 1 } },
    { name: 'turned down by the carrier', fault: undefined },
  ] as const)('a message $name does not count', async ({ fault }) => {
    const [first, second] = await twoOrders();
    for (const days of [5, 4])
      await stage.sent(first, { kind: 'loyalty_invitation', occurrence: String(days), dueAt: NOON - days * DAY });
    const dueAt = NOON - DAY;
    const message = await planned(stage.db, first, { kind: 'bundle_offer', dueAt });
    if (fault) stage.fake.setFault(fault);
    await stage.send(message, { asOf: dueAt });
    if (!fault) await receipt(stage.db, message, 'rejected', { at: dueAt });
    expect(await stage.check(second, { kind: 'reactivation' })).toMatchObject({ kind: 'send' });
  });

  it('a message that was given up counts: it may have arrived', async () => {
    const [first, second] = await twoOrders();
    for (const days of [5, 4])
      await stage.sent(first, { kind: 'loyalty_invitation', occurrence: String(days), dueAt: NOON - days * DAY });
    const dueAt = NOON - DAY;
    const message = await planned(stage.db, first, { kind: 'bundle_offer', dueAt });
    stage.fake.setFault({ kind: 'reset_after_accept', times: 1 });
    await stage.send(message, { asOf: dueAt });
    await stage.send(message, { asOf: dueAt + 2 * HOUR });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'given_up' });
    expect(await stage.check(second, { kind: 'reactivation' })).toMatchObject({ kind: 'wait', reason: 'cap_reached' });
  });

  it('messages keep their distance over all orders, urgent ones apart', async () => {
    const [first, second] = await twoOrders();
    await stage.sent(first, { kind: 'check_in', dueAt: NOON - HOUR });
    expect(await stage.check(second, { kind: 'care_tips' })).toEqual({
      kind: 'wait',
      until: NOON + HOUR,
      reason: 'too_close',
    });
    expect(await stage.check(second)).toMatchObject({ kind: 'send' });
  });

  it('urgent news and compliance replies push nothing away', async () => {
    const [first, second] = await twoOrders();
    await stage.sent(first, { dueAt: NOON - 2000 });
    await stage.sent(first, { kind: 'help', order: null, occurrence: 'inbound-1', inReply: true, dueAt: NOON - 1000 });
    expect(await stage.check(second, { kind: 'care_tips' })).toMatchObject({ kind: 'send' });
  });

  it('a customer with a newer order is not asked to reorder for the older one, and the older order does not hold up the newer one', async () => {
    const [first, second] = await twoOrders();
    const about = { kind: 'replenishment', guards: ['reordered'] } as const;
    expect(await stage.check(first, about)).toEqual({ kind: 'skip', reason: 'reordered' });
    expect(await stage.check(second, about)).toMatchObject({ kind: 'send' });
  });

  it('a customer is asked for a recommendation at most once in 180 days', async () => {
    const [first, second] = await twoOrders();
    const about = { kind: 'nps_request', guards: ['asked_recently'] } as const;
    await stage.sent(first, { ...about, dueAt: NOON });
    expect(await stage.check(second, { ...about, dueAt: NOON + 179 * DAY })).toEqual({
      kind: 'skip',
      reason: 'asked_recently',
    });
    expect(await stage.check(second, { ...about, occurrence: 'later', dueAt: NOON + 182 * DAY })).toMatchObject({
      kind: 'send',
    });
  });

  it('a question that never arrived has not been asked', async () => {
    const [first, second] = await twoOrders();
    const about = { kind: 'nps_request', guards: ['asked_recently'] } as const;
    const message = await stage.sent(first, { ...about, dueAt: NOON });
    await receipt(stage.db, message, 'rejected');
    expect(await stage.check(second, { ...about, dueAt: NOON + 7 * DAY })).toMatchObject({ kind: 'send' });
  });
});

describe('STOP and consent', () => {
  function suppress(address: string, state: 'stopped' | 'lifted', at: number, of = brand.id): Promise<void> {
    return changeSuppression(storeOf(stage.db), { brand: of, address, state, source: 'test', at }, at);
  }

  it('a STOP counts for every class but the reply to it', async () => {
    const order = await placedOrder(stage.db);
    await suppress(order.phone, 'stopped', NOON - 1);
    for (const kind of ['shipped', 'rating_request', 'bundle_offer'] as const)
      expect(await stage.check(order, { kind })).toEqual({ kind: 'skip', reason: 'opted_out' });
    const reply = { kind: 'opt_out_confirmed', order: null, occurrence: 'inbound-1', inReply: true } as const;
    expect(await stage.check(order, reply)).toMatchObject({ kind: 'send' });
  });

  it('a STOP from an unknown number counts for the customer who orders with it later', async () => {
    await suppress('+393338880001', 'stopped', ORDER_TIME - DAY);
    const order = await placedOrder(stage.db, { customer: { phone: { e164: '+393338880001', country: 'IT' } } });
    expect(await stage.check(order)).toEqual({ kind: 'skip', reason: 'opted_out' });
  });

  it("another brand's STOP does not count", async () => {
    await saveBrand(stage.db, { ...brand, id: 'altrove', sender: '+393399957002' }, ORDER_TIME);
    const order = await placedOrder(stage.db);
    await suppress(order.phone, 'stopped', NOON - 1, 'altrove');
    expect(await stage.check(order)).toMatchObject({ kind: 'send' });
  });

  it.each([
    { arriving: ['stopped', 'lifted'], kind: 'send' },
    { arriving: ['lifted', 'stopped'], kind: 'send' },
  ] as const)('START after STOP lifts it, also when $arriving.1 arrives last', async ({ arriving, kind }) => {
    const order = await placedOrder(stage.db);
    for (const state of arriving) await suppress(order.phone, state, state === 'stopped' ? NOON - 2000 : NOON - 1000);
    expect(await stage.check(order)).toMatchObject({ kind });
  });

  it('a START that arrives late does not lift a newer STOP', async () => {
    const order = await placedOrder(stage.db);
    await suppress(order.phone, 'stopped', NOON - 1000);
    await suppress(order.phone, 'lifted', NOON - 2000);
    expect(await stage.check(order)).toEqual({ kind: 'skip', reason: 'opted_out' });
  });

  it('the latest statement about a class counts, not the one that was stored last', async () => {
    const order = await placedOrder(stage.db);
    const given = [
      consentTo('promotional', { action: 'withdrawn', at: NOON - 1000 }),
      consentTo('promotional', { action: 'granted', at: NOON - 2000 }),
    ];
    await recordConsents(stage.db, order.brand, order.contact, given, NOON);
    expect(await stage.check(order, { kind: 'bundle_offer' })).toEqual({ kind: 'skip', reason: 'no_consent' });
  });
});
