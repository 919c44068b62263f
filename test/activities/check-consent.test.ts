import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCheckConsent } from '../../activities/check-consent.ts';
import type { CheckConsentResult } from '../../activities/check-consent.ts';
import { saveBrand } from '../../db/brands.ts';
import { changeSuppression, recordConsents } from '../../db/contacts.ts';
import type { Intended } from '../../db/messages.ts';
import type { PlacedOrder } from '../helpers/ledger.ts';
import { NOON, brand, consentTo, intended, placed, planned, rowOf } from '../helpers/ledger.ts';
import { ORDER_TIME } from '../helpers/orders.ts';
import type { Sending } from './sending.ts';
import { receipt, rules, startSending } from './sending.ts';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
});
afterAll(() => stage.close());

/** Asked when the message is due, unless told otherwise. */
function check(order: PlacedOrder, overrides: Partial<Intended> = {}, asOf?: number): Promise<CheckConsentResult> {
  const message = intended(order, overrides);
  return createCheckConsent({ db: stage.db, rules })({ ...message, asOf: asOf ?? message.dueAt });
}

async function messagesOf({
  order,
}: PlacedOrder): Promise<{ step: string; occurrence: string; state: string; reason: string | null }[]> {
  return stage
    .db('messages')
    .where({ order_id: order })
    .orderBy(['step', 'occurrence'])
    .select('step', 'occurrence', 'state', 'reason');
}

async function decisionsOf({ contact }: PlacedOrder): Promise<object[]> {
  return stage
    .db('decisions')
    .where({ contact_id: contact })
    .orderBy('id')
    .select('outcome', 'reason', 'rule', 'zones', 'zone_source', 'wait_until');
}

/** Sent and accepted at that moment. */
async function sent(order: PlacedOrder, overrides: Partial<Intended> & { readonly dueAt: number }): Promise<string> {
  const message = await planned(stage.db, order, overrides);
  expect(await stage.send(message, { asOf: overrides.dueAt })).toEqual({ kind: 'accepted' });
  return message;
}

describe('every outcome is written down with its rule, zones and where they come from', () => {
  it('a message that may go is planned', async () => {
    const order = await placed(stage.db);
    const result = await check(order);
    expect(result).toMatchObject({ kind: 'send', zones: ['Europe/Rome'] });
    expect(await messagesOf(order)).toEqual([
      { step: 'shipped', occurrence: 'parcel-1', state: 'planned', reason: null },
    ]);
    expect(await decisionsOf(order)).toEqual([
      {
        outcome: 'send',
        reason: null,
        rule: 'all_clear',
        zones: ['Europe/Rome'],
        zone_source: 'address',
        wait_until: null,
      },
    ]);
  });

  it('a message that waits is in no ledger yet', async () => {
    const order = await placed(stage.db);
    const night = NOON + 12 * HOUR;
    const result = await check(order, { kind: 'delivered', dueAt: night });
    if (result.kind !== 'wait') throw new Error(result.kind);
    expect(result.reason).toBe('quiet_hours');
    expect(await messagesOf(order)).toEqual([]);
    expect(await decisionsOf(order)).toMatchObject([
      { outcome: 'wait', reason: 'quiet_hours', rule: 'default.daytime', wait_until: new Date(result.until) },
    ]);
  });

  it.each([
    { name: 'too late', reason: 'too_late', state: 'expired', rule: 'useful', about: { usefulUntil: NOON - 1 } },
    {
      name: 'no consent',
      reason: 'no_consent',
      state: 'suppressed',
      rule: 'consent.promotional',
      about: { kind: 'bundle_offer' },
      customer: { consents: [] },
    },
    {
      name: 'consent to another class',
      reason: 'no_consent',
      state: 'suppressed',
      rule: 'consent.service_feedback',
      about: { kind: 'nps_request' },
      customer: { consents: [consentTo('promotional')] },
    },
    {
      name: 'a member already',
      reason: 'already_member',
      state: 'skipped',
      rule: 'guard.member',
      about: { kind: 'loyalty_invitation', guards: ['member'] },
      customer: { loyalty: { member: true } },
    },
    {
      name: 'nobody knows the zone',
      reason: 'unknown_zone',
      state: 'skipped',
      rule: 'zone',
      about: { kind: 'bundle_offer' },
      customer: { phone: { e164: '+883510000001' } },
      place: {},
    },
  ] as const)('$name: $state, by $rule', async ({ reason, state, rule, about, ...overrides }) => {
    const order = await placed(stage.db, overrides);
    expect(await check(order, about)).toEqual({ kind: 'skip', reason });
    expect(await messagesOf(order)).toMatchObject([{ state, reason }]);
    expect(await decisionsOf(order)).toMatchObject([{ outcome: 'skip', reason, rule }]);
  });

  it('a customer without a number: suppressed, by address', async () => {
    const order = await placed(stage.db, { customer: { phone: undefined } });
    expect(await check(order)).toEqual({ kind: 'skip', reason: 'no_address' });
    expect(await messagesOf(order)).toMatchObject([{ state: 'suppressed', reason: 'no_address' }]);
  });

  it('a cap that outlasts the message: capped', async () => {
    const order = await placed(stage.db);
    for (const days of [5, 4, 1])
      await sent(order, { kind: 'loyalty_invitation', occurrence: String(days), dueAt: NOON - days * DAY });
    expect(await check(order, { kind: 'bundle_offer', usefulUntil: NOON + DAY })).toEqual({
      kind: 'skip',
      reason: 'cap_reached',
    });
    expect((await messagesOf(order)).find(({ step }) => step === 'bundle_offer')).toMatchObject({
      state: 'capped',
      reason: 'cap_reached',
    });
  });
});

describe('one row, however often it runs', () => {
  it('a check that runs twice for one task leaves one decision and one message', async () => {
    const order = await placed(stage.db);
    const first = await check(order);
    expect(await check(order)).toEqual(first);
    expect(await messagesOf(order)).toHaveLength(1);
    expect(await decisionsOf(order)).toHaveLength(1);
  });

  it('ten checks at once leave one message', async () => {
    const order = await placed(stage.db);
    const results = await Promise.all(Array.from({ length: 10 }, () => check(order)));
    expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
    expect(await messagesOf(order)).toHaveLength(1);
    expect(await decisionsOf(order)).toHaveLength(1);
  });

  it('a message is unique per order, step and occurrence: a second parcel is a second message', async () => {
    const order = await placed(stage.db);
    for (const occurrence of ['parcel-1', 'parcel-2', 'parcel-1']) await check(order, { occurrence });
    expect(await messagesOf(order)).toMatchObject([{ occurrence: 'parcel-1' }, { occurrence: 'parcel-2' }]);
  });

  it('a reply about no order is unique too', async () => {
    const order = await placed(stage.db);
    const reply = { kind: 'help', order: null, occurrence: 'inbound-1', inReply: true } as const;
    const first = await check(order, reply);
    expect(await check(order, reply)).toEqual(first);
    expect(await stage.db('messages').where({ contact_id: order.contact })).toHaveLength(1);
    const again = { ...intended(order, reply), brand_id: brand.id, contact_id: order.contact, order_id: null };
    const { brand_id, contact_id, order_id, step, occurrence, kind } = again;
    const at = new Date(NOON);
    const row = {
      brand_id,
      contact_id,
      order_id,
      step,
      occurrence,
      kind,
      class: 'compliance',
      channel: 'sms',
      state: 'planned',
    };
    const times = { triggered_at: at, due_at: at, useful_until: at, created_at: at };
    await expect(stage.db('messages').insert({ ...row, ...times })).rejects.toThrow('unique');
  });

  it('a message that has gone out is not touched by a later decision', async () => {
    const order = await placed(stage.db);
    const message = await sent(order, { dueAt: NOON });
    expect(await check(order, {}, NOON + 30 * DAY)).toEqual({ kind: 'skip', reason: 'too_late' });
    expect(await rowOf(stage.db, message)).toMatchObject({ state: 'accepted', reason: null });
  });
});

describe('one person, several orders', () => {
  /** A second order of the same customer, placed the day after. */
  async function twoOrders(): Promise<[PlacedOrder, PlacedOrder]> {
    const first = await placed(stage.db);
    const second = await placed(stage.db, {
      placedAt: ORDER_TIME + DAY,
      customer: { phone: { e164: first.phone, country: 'IT' } },
    });
    expect(second.contact).toBe(first.contact);
    return [first, second];
  }

  it('the cap counts over all orders', async () => {
    const [first, second] = await twoOrders();
    for (const days of [5, 4, 1])
      await sent(first, { kind: 'loyalty_invitation', occurrence: String(days), dueAt: NOON - days * DAY });
    expect(await check(second, { kind: 'bundle_offer' })).toEqual({
      kind: 'wait',
      until: NOON + 2 * DAY,
      reason: 'cap_reached',
    });
  });

  it('feedback requests and promotions share the cap; order news has none', async () => {
    const [first, second] = await twoOrders();
    await sent(first, { kind: 'rating_request', dueAt: NOON - 5 * DAY });
    await sent(first, { kind: 'bundle_offer', dueAt: NOON - 4 * DAY });
    await sent(first, { kind: 'nps_request', dueAt: NOON - DAY });
    expect(await check(second, { kind: 'reactivation' })).toMatchObject({ kind: 'wait', reason: 'cap_reached' });
    expect(await check(second)).toMatchObject({ kind: 'send' });
  });

  it.each([
    { name: 'refused by the provider', fault: { kind: 'status', status: 422, times: 1 } },
    { name: 'turned down by the carrier', fault: undefined },
  ] as const)('a message $name does not count', async ({ fault }) => {
    const [first, second] = await twoOrders();
    for (const days of [5, 4])
      await sent(first, { kind: 'loyalty_invitation', occurrence: String(days), dueAt: NOON - days * DAY });
    const dueAt = NOON - DAY;
    const message = await planned(stage.db, first, { kind: 'bundle_offer', dueAt });
    if (fault) stage.fake.setFault(fault);
    await stage.send(message, { asOf: dueAt });
    if (!fault) await receipt(stage.db, message, 'rejected', { at: dueAt });
    expect(await check(second, { kind: 'reactivation' })).toMatchObject({ kind: 'send' });
  });

  it('a message that was given up counts: it may have arrived', async () => {
    const [first, second] = await twoOrders();
    for (const days of [5, 4])
      await sent(first, { kind: 'loyalty_invitation', occurrence: String(days), dueAt: NOON - days * DAY });
    const dueAt = NOON - DAY;
    const message = await planned(stage.db, first, { kind: 'bundle_offer', dueAt });
    stage.fake.setFault({ kind: 'reset_after_accept', times: 1 });
    await stage.send(message, { asOf: dueAt });
    await stage.send(message, { asOf: dueAt + 2 * HOUR });
    expect(await rowOf(stage.db, message)).toMatchObject({ state: 'given_up' });
    expect(await check(second, { kind: 'reactivation' })).toMatchObject({ kind: 'wait', reason: 'cap_reached' });
  });

  it('messages keep their distance over all orders, urgent ones apart', async () => {
    const [first, second] = await twoOrders();
    await sent(first, { dueAt: NOON - HOUR });
    expect(await check(second, { kind: 'care_tips' })).toEqual({
      kind: 'wait',
      until: NOON + HOUR,
      reason: 'too_close',
    });
    expect(await check(second)).toMatchObject({ kind: 'send' });
  });

  it('a compliance reply does not push anything away', async () => {
    const [first, second] = await twoOrders();
    await sent(first, { kind: 'help', order: null, occurrence: 'inbound-1', inReply: true, dueAt: NOON - 1000 });
    expect(await check(second, { kind: 'care_tips' })).toMatchObject({ kind: 'send' });
  });

  it('somebody who has ordered since is not asked to reorder, but the newer order is not held up by the older', async () => {
    const [first, second] = await twoOrders();
    const about = { kind: 'replenishment', guards: ['reordered'] } as const;
    expect(await check(first, about)).toEqual({ kind: 'skip', reason: 'reordered' });
    expect(await check(second, about)).toMatchObject({ kind: 'send' });
  });

  it('nobody is asked for a recommendation twice within 180 days', async () => {
    const [first, second] = await twoOrders();
    const about = { kind: 'nps_request', guards: ['asked_recently'] } as const;
    await sent(first, { ...about, dueAt: NOON });
    expect(await check(second, { ...about, dueAt: NOON + 179 * DAY })).toEqual({
      kind: 'skip',
      reason: 'asked_recently',
    });
    expect(await check(second, { ...about, occurrence: 'later', dueAt: NOON + 182 * DAY })).toMatchObject({
      kind: 'send',
    });
  });

  it('a question that never arrived has not been asked', async () => {
    const [first, second] = await twoOrders();
    const about = { kind: 'nps_request', guards: ['asked_recently'] } as const;
    const message = await sent(first, { ...about, dueAt: NOON });
    await receipt(stage.db, message, 'rejected');
    expect(await check(second, { ...about, dueAt: NOON + 7 * DAY })).toMatchObject({ kind: 'send' });
  });
});

describe('STOP and consent', () => {
  function suppress(address: string, state: 'stopped' | 'lifted', at: number, of = brand.id): Promise<void> {
    return changeSuppression(stage.db, { brand: of, address, state, source: 'test', at }, at);
  }

  it('a STOP counts for every class but the reply to it', async () => {
    const order = await placed(stage.db);
    await suppress(order.phone, 'stopped', NOON - 1);
    for (const kind of ['shipped', 'rating_request', 'bundle_offer'] as const)
      expect(await check(order, { kind })).toEqual({ kind: 'skip', reason: 'opted_out' });
    const reply = { kind: 'opt_out_confirmed', order: null, occurrence: 'inbound-1', inReply: true } as const;
    expect(await check(order, reply)).toMatchObject({ kind: 'send' });
  });

  it('a STOP from an unknown number counts for whoever orders with it later', async () => {
    await suppress('+393338880001', 'stopped', ORDER_TIME - DAY);
    const order = await placed(stage.db, { customer: { phone: { e164: '+393338880001', country: 'IT' } } });
    expect(await check(order)).toEqual({ kind: 'skip', reason: 'opted_out' });
  });

  it("another brand's STOP does not count", async () => {
    await saveBrand(stage.db, { ...brand, id: 'altrove' }, ORDER_TIME);
    const order = await placed(stage.db);
    await suppress(order.phone, 'stopped', NOON - 1, 'altrove');
    expect(await check(order)).toMatchObject({ kind: 'send' });
  });

  it.each([
    { arriving: ['stopped', 'lifted'], kind: 'send' },
    { arriving: ['lifted', 'stopped'], kind: 'send' },
  ] as const)('START after STOP lifts it, also when $arriving.1 arrives last', async ({ arriving, kind }) => {
    const order = await placed(stage.db);
    for (const state of arriving) await suppress(order.phone, state, state === 'stopped' ? NOON - 2000 : NOON - 1000);
    expect(await check(order)).toMatchObject({ kind });
  });

  it('a START that arrives late does not lift a newer STOP', async () => {
    const order = await placed(stage.db);
    await suppress(order.phone, 'stopped', NOON - 1000);
    await suppress(order.phone, 'lifted', NOON - 2000);
    expect(await check(order)).toEqual({ kind: 'skip', reason: 'opted_out' });
  });

  it('the last word on a class counts, not the last to be stored', async () => {
    const order = await placed(stage.db);
    const given = [
      consentTo('promotional', { state: 'withdrawn', at: NOON - 1000 }),
      consentTo('promotional', { state: 'granted', at: NOON - 2000 }),
    ];
    await recordConsents(stage.db, order.brand, order.contact, given, NOON);
    expect(await check(order, { kind: 'bundle_offer' })).toEqual({ kind: 'skip', reason: 'no_consent' });
  });
});
