/** A person who has said no gets nothing of that kind, by any number, channel or sender. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordConsents } from '../../../db/consent/consents.ts';
import { changeSuppression } from '../../../db/consent/change-suppression.ts';
import { storeOf } from '../../helpers/keys.ts';
import { NOON, brand, consentTo, placedOrder, planned } from '../../helpers/ledger.ts';
import { ORDER_TIME } from '../../helpers/orders.ts';
import type { Sending } from './sending.ts';
import { startSending } from './sending.ts';

const HOUR = 60 * 60_000;

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
});
afterAll(() => stage.close());

function says(address: string, state: 'stopped' | 'lifted', at: number): Promise<void> {
  return changeSuppression(storeOf(stage.db), { brand: brand.id, address, state, source: 'test', at }, at);
}

const OPTED_OUT = { kind: 'skip', reason: 'opted_out' };

describe('a STOP from a number', () => {
  it('counts for this number and every customer who orders with it, until a later START from it, and for no other number', async () => {
    const id = 'two-numbers';
    const first = await placedOrder(stage.db, { customer: { id } });
    const second = await placedOrder(stage.db, { customer: { id }, placedAt: ORDER_TIME + HOUR });
    await says(first.phone, 'lifted', NOON - 2 * HOUR);
    await says(first.phone, 'stopped', NOON - HOUR);
    await says(second.phone, 'lifted', NOON - 1);
    expect(await stage.check(first)).toEqual(OPTED_OUT);
    expect(await stage.check(second)).toMatchObject({ kind: 'send' });
    const phone = { e164: first.phone, country: 'IT' };
    expect(await stage.check(await placedOrder(stage.db, { customer: { id: 'another', phone } }))).toEqual(OPTED_OUT);
    await says(first.phone, 'lifted', NOON - 1);
    expect(await stage.check(first)).toMatchObject({ kind: 'send' });
  });
});

it('a consent that a shop’s customer takes back ends on every number of theirs, also where they are two contacts', async () => {
  const id = 'two-contacts';
  const first = await placedOrder(stage.db, { customer: { id } });
  const guest = await placedOrder(stage.db);
  const phone = { e164: guest.phone, country: 'IT' };
  // The shop knows the number under this customer from now on; it stays the contact it was.
  const second = await placedOrder(stage.db, { customer: { id, phone }, placedAt: ORDER_TIME + HOUR });
  expect([second.contact === guest.contact, second.contact === first.contact]).toEqual([true, false]);
  const consents = [consentTo('promotional', { action: 'withdrawn', at: ORDER_TIME + 2 * HOUR })];
  await placedOrder(stage.db, { customer: { id, phone: undefined, consents }, placedAt: ORDER_TIME + 2 * HOUR });
  for (const order of [first, second])
    expect(await stage.check(order, { kind: 'bundle_offer' })).toEqual({ kind: 'skip', reason: 'no_consent' });
});

describe('a STOP that follows a START', () => {
  it('keeps the confirmation of the START from going out: a stopped number is never told that messages are back', async () => {
    const order = await placedOrder(stage.db);
    await says(order.phone, 'lifted', NOON - 2000);
    await says(order.phone, 'stopped', NOON - 1000);
    const answer = { kind: 'opt_in_confirmed', order: null, occurrence: 'start', inReply: true } as const;
    expect(await stage.check(order, answer)).toEqual(OPTED_OUT);
  });
});

describe('a question about a consent', () => {
  const question = { kind: 'consent_request', order: null, occurrence: '1' } as const;

  it('does not go out on a channel that the person has turned off, nor while they want a pause', async () => {
    const at = new Date(NOON);
    const order = await placedOrder(stage.db);
    const row = { contact_id: order.contact, brand_id: order.brand, updated_at: at };
    await stage.db('preferences').insert({ ...row, channels_off: ['sms'] });
    expect(await stage.check(order, question)).toEqual({ kind: 'skip', reason: 'channel_off' });
    const paused = { channels_off: [], paused_until: new Date(NOON + HOUR) };
    await stage.db('preferences').where({ contact_id: order.contact }).update(paused);
    expect(await stage.check(order, question)).toEqual({
      kind: 'wait',
      until: NOON + HOUR,
      reason: 'paused_by_customer',
    });
  });

  it('waits while an agent looks at a reply that may be an opt-out', async () => {
    const { brand: brand_id, contact: contact_id, ...order } = await placedOrder(stage.db);
    const held = { kind: 'unclear_opt_out', cause: 'inbound-1', opened_at: new Date(NOON), holds_promotions: true };
    await stage.db('cases').insert({ brand_id, contact_id, ...held });
    expect(await stage.check({ brand: brand_id, contact: contact_id, ...order }, question)).toMatchObject({
      kind: 'wait',
      reason: 'held_for_agent',
    });
  });
});

it('the confirmation of one number never counts for the next one: in Germany the next one is asked for its own', async () => {
  const place = { country: 'DE', postcode: '10115' };
  const [id, consents] = ['german', [consentTo('promotional', { basis: 'express_written' })]];
  const phone = (last: number) => ({ e164: `+49151234567${last}`, country: 'DE' });
  const first = await placedOrder(stage.db, { place, customer: { id, consents, phone: phone(81) } });
  const yes = { action: 'confirmed', basis: 'express_written' } as const;
  const said = { ...consentTo('promotional', { at: ORDER_TIME + 1000 }), ...yes };
  await recordConsents(stage.db, brand.id, first.contact, [said], ORDER_TIME + 1000);
  expect(await stage.check(first, { kind: 'bundle_offer' })).toMatchObject({ kind: 'send' });
  const next = { place, placedAt: ORDER_TIME + HOUR, customer: { id, consents, phone: phone(82) } };
  expect(await stage.check(await placedOrder(stage.db, next), { kind: 'bundle_offer' })).toEqual({
    kind: 'skip',
    reason: 'not_confirmed',
  });
});

it('a message whose template the provider has stopped keeps no room under the cap: a less valuable one goes out', async () => {
  const order = await placedOrder(stage.db);
  const week = { perPersonPerWeek: 1 };
  await stage
    .db('brands')
    .where({ id: brand.id })
    .update({
      settings: stage.db.raw("settings || jsonb_build_object('limits', cast(? as jsonb))", [JSON.stringify(week)]),
    });
  const stop = {
    brand_id: brand.id,
    scope: 'template',
    kind: 'rating_request',
    locale: 'it',
    channel: 'sms',
    code: '1040',
    message_id: await planned(stage.db, order),
    opened_at: new Date(NOON),
  };
  await stage.db('blocks').insert(stop);
  expect(await stage.check(order, { kind: 'rating_request' })).toMatchObject({ kind: 'wait', reason: 'stopped' });
  expect(await stage.check(order, { kind: 'reactivation', dueAt: NOON + 1000 })).toMatchObject({ kind: 'send' });
});
