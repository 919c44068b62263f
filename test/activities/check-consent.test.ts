import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlacedOrder } from '../helpers/ledger.ts';
import { NOON, brand, consentTo, intended, placedOrder, ledgerRowOf } from '../helpers/ledger.ts';
import type { Sending } from './send/sending.ts';
import { startSending } from './send/sending.ts';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
});
afterAll(() => stage.close());

type Row = {
  readonly step: string;
  readonly occurrence: string;
  readonly state: string;
  readonly reason: string | null;
};

async function messagesOf({ order }: PlacedOrder): Promise<Row[]> {
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

describe('every outcome is written down with its rule, zones and where they come from', () => {
  it('a message that may go is planned', async () => {
    const order = await placedOrder(stage.db);
    const result = await stage.check(order);
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
    const order = await placedOrder(stage.db);
    const night = NOON + 12 * HOUR;
    const result = await stage.check(order, { kind: 'delivered', dueAt: night });
    if (result.kind !== 'wait') throw new Error(result.kind);
    expect(result.reason).toBe('quiet_hours');
    expect(await messagesOf(order)).toEqual([]);
    expect(await decisionsOf(order)).toMatchObject([
      { outcome: 'wait', reason: 'quiet_hours', rule: 'default.hours.orders', wait_until: new Date(result.until) },
    ]);
  });

  it.each([
    { name: 'too late', reason: 'too_late', state: 'expired', rule: 'useful', about: { usefulUntil: NOON - 1 } },
    {
      name: 'no consent',
      reason: 'no_consent',
      state: 'suppressed',
      rule: 'it.consent.promo',
      about: { kind: 'bundle_offer' },
      customer: { consents: [] },
    },
    {
      name: 'consent to another class',
      reason: 'no_consent',
      state: 'suppressed',
      rule: 'it.consent.promo',
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
      name: 'the zone is unknown',
      reason: 'unknown_zone',
      state: 'skipped',
      rule: 'zone',
      about: { kind: 'bundle_offer' },
      // Military mail: the number is from home, and its owner is not.
      customer: {
        phone: { e164: '+12125550123', country: 'US' },
        consents: [consentTo('promotional', { basis: 'express_written' })],
      },
      place: { country: 'US', region: 'AE', postcode: '09012' },
    },
  ] as const)('$name: $state, by $rule', async ({ reason, state, rule, about, ...overrides }) => {
    const order = await placedOrder(stage.db, overrides);
    expect(await stage.check(order, about)).toEqual({ kind: 'skip', reason });
    expect(await messagesOf(order)).toMatchObject([{ state, reason }]);
    expect(await decisionsOf(order)).toMatchObject([{ outcome: 'skip', reason, rule }]);
  });

  it('a customer without a number: suppressed, by address', async () => {
    const order = await placedOrder(stage.db, { customer: { phone: undefined } });
    expect(await stage.check(order)).toEqual({ kind: 'skip', reason: 'no_address' });
    expect(await messagesOf(order)).toMatchObject([{ state: 'suppressed', reason: 'no_address' }]);
  });

  it('a cap that outlasts the message: capped', async () => {
    const order = await placedOrder(stage.db);
    for (const days of [5, 4, 1])
      await stage.sent(order, { kind: 'loyalty_invitation', occurrence: String(days), dueAt: NOON - days * DAY });
    expect(await stage.check(order, { kind: 'bundle_offer', usefulUntil: NOON + DAY })).toEqual({
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
    const order = await placedOrder(stage.db);
    const first = await stage.check(order);
    expect(await stage.check(order)).toEqual(first);
    expect(await messagesOf(order)).toHaveLength(1);
    expect(await decisionsOf(order)).toHaveLength(1);
  });

  it('ten checks at once leave one message', async () => {
    const order = await placedOrder(stage.db);
    const results = await Promise.all(Array.from({ length: 10 }, () => stage.check(order)));
    expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
    expect(await messagesOf(order)).toHaveLength(1);
    expect(await decisionsOf(order)).toHaveLength(1);
  });

  it('a message is unique per order, step and occurrence: a second parcel is a second message', async () => {
    const order = await placedOrder(stage.db);
    for (const occurrence of ['parcel-1', 'parcel-2', 'parcel-1']) await stage.check(order, { occurrence });
    expect(await messagesOf(order)).toMatchObject([{ occurrence: 'parcel-1' }, { occurrence: 'parcel-2' }]);
  });

  it('a reply about no order is unique too', async () => {
    const order = await placedOrder(stage.db);
    const reply = { kind: 'help', order: null, occurrence: 'inbound-1', inReply: true } as const;
    const first = await stage.check(order, reply);
    expect(await stage.check(order, reply)).toEqual(first);
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
    const order = await placedOrder(stage.db);
    const message = await stage.sent(order, { dueAt: NOON });
    expect(await stage.check(order, {}, NOON + 30 * DAY)).toEqual({ kind: 'skip', reason: 'too_late' });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'accepted', reason: null });
  });
});
