/** A number was wrong and is put right: of the order, nothing more goes to it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sending } from '../activities/send/sending.ts';
import { rules, runSend, startSending } from '../activities/send/sending.ts';
import { consentLedger } from '../../db/consent/consent-ledger.ts';
import { recordConsents } from '../../db/consent/consents.ts';
import { openCase } from '../../commands/conversation/open-case.ts';
import { storeEvent } from '../../commands/orders/report-event.ts';
import type { Correction } from '../../domain/orders/correction.ts';
import { DAY, HOUR } from '../../domain/time/duration.ts';
import { parsePhone } from '../../domain/contacts/phone.ts';
import { storeOf } from '../helpers/keys.ts';
import type { PlacedOrder } from '../helpers/ledger.ts';
import {
  NOON,
  brand,
  consentTo,
  orderOf,
  place,
  placedOrder,
  planned,
  ledgerRowOf,
  shipped,
  submitted,
} from '../helpers/ledger.ts';

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
});
afterAll(() => stage.close());

let count = 0;

function phone(): { e164: string; country: string } {
  count += 1;
  return { e164: `+39345${1_000_000 + count}`, country: 'IT' };
}

/** Reports a correction. Every call is another event, unless it says which one. */
async function correct(order: string, correction: Correction, { at = NOON, id = `c-${(count += 1)}` } = {}) {
  return storeEvent(storeOf(stage.db), {
    brand: brand.id,
    order,
    source: 'api',
    id,
    type: 'order_corrected',
    at,
    payload: {},
    requestHash: Buffer.from(JSON.stringify(correction)),
    now: NOON,
    corrected: { correction, actor: 'test' },
  });
}

async function contactOf(order: string): Promise<string> {
  const { contact_id } = await stage.db('orders').where({ brand_id: brand.id, id: order }).first('contact_id');
  return contact_id;
}

async function numberOf(order: string): Promise<string | undefined> {
  const row = await stage
    .db('addresses')
    .where({ contact_id: await contactOf(order) })
    .first('address');
  return row?.address;
}

const to = (number: string) => stage.fake.messages().filter((message) => message.to === number).length;

describe('the old number', () => {
  it('is never sent what was planned for it; the step stays open, and goes to the new one', async () => {
    const order = await placedOrder(stage.db);
    await shipped(stage.db, order);
    const right = phone();
    const message = await planned(stage.db, order);
    await correct(order.order, { phone: right });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'skipped', reason: 'number_corrected' });
    expect(await stage.send(message)).toEqual({ kind: 'wait', until: NOON, reason: 'number_corrected' });
    // The run asks with the contact it knows of: whom it is to is the order's.
    const again = await stage.check(order);
    if (again.kind !== 'send') throw new Error(again.kind);
    expect(again.message).not.toBe(message);
    expect(await stage.db('messages').where({ id: again.message }).first('contact_id')).toEqual({
      contact_id: await contactOf(order.order),
    });
    const text = await stage.db('messages').where({ id: message }).first('body', 'locale', 'encoding', 'segments');
    await stage.db('messages').where({ id: again.message }).update(text);
    expect(await stage.send(again.message)).toEqual({ kind: 'accepted' });
    expect([to(order.phone), to(right.e164)]).toEqual([0, 1]);
  });

  it('never loses the messages of its other orders, which are its owner’s', async () => {
    const [wrong, own] = [await placedOrder(stage.db), orderOf({})];
    const theirs = { ...own, customer: { ...own.customer, phone: { e164: wrong.phone, country: 'IT' } } };
    const result = await place(stage.db, theirs);
    if (result.kind !== 'placed') throw new Error(result.kind);
    expect(result.contact).toBe(wrong.contact);
    const message = await planned(stage.db, { ...wrong, order: own.id });
    await correct(wrong.order, { phone: phone() });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'planned' });
    expect(await stage.send(message)).toEqual({ kind: 'accepted' });
  });

  it('is never sent what a decision made a moment before has planned', async () => {
    const order = await placedOrder(stage.db);
    await correct(order.order, { phone: phone() });
    const late = await planned(stage.db, order);
    expect(await stage.send(late)).toEqual({ kind: 'wait', until: NOON, reason: 'number_corrected' });
    expect(await ledgerRowOf(stage.db, late)).toMatchObject({ state: 'skipped', reason: 'number_corrected' });
    expect(to(order.phone)).toBe(0);
  });

  it('is never sent a message whose gate was read before the correction', async () => {
    const order = await placedOrder(stage.db);
    const right = phone();
    const message = await planned(stage.db, order);
    const { db, sender } = stage;
    const faultPoint = async (point: string): Promise<void> => {
      if (point === 'gate_read') await correct(order.order, { phone: right }, { id: 'in-between' });
    };
    const result = await runSend({ db, rules, sender, faultPoint }, message);
    expect(result).toEqual({ kind: 'wait', until: NOON, reason: 'number_corrected' });
    expect(to(order.phone)).toBe(0);
  });

  it('never keeps the consent that came with the order, nor does the new one get it', async () => {
    const order = await placedOrder(stage.db);
    await correct(order.order, { phone: phone() });
    const last = async (contact: string) =>
      stage.db('consents').where({ contact_id: contact }).orderBy('seq').select('class', 'action', 'source');
    expect((await last(order.contact)).slice(-2)).toEqual([
      { class: 'promotional', action: 'withdrawn', source: `order_corrected:${order.order}` },
      { class: 'service_feedback', action: 'withdrawn', source: `order_corrected:${order.order}` },
    ]);
    expect(await last(await contactOf(order.order))).toEqual([]);
  });

  it('never loses a consent that its owner has given with an order of their own', async () => {
    const own = await placedOrder(stage.db);
    const wrong = await place(stage.db, orderOf({ customer: { phone: { e164: own.phone, country: 'IT' } } }), NOON);
    if (wrong.kind !== 'placed') throw new Error(wrong.kind);
    const { id } = await stage.db('orders').where({ contact_id: own.contact }).whereNot({ id: own.order }).first('id');
    await correct(id, { phone: phone() });
    expect(await stage.db('consents').where({ contact_id: own.contact, action: 'withdrawn' })).toEqual([]);
  });

  it('never has a no of its owner overcome by a yes that came with the wrong order', async () => {
    const own = await placedOrder(stage.db, {
      customer: { consents: [consentTo('promotional', { at: NOON - 3 * HOUR })] },
    });
    const refusal = { ...consentTo('promotional', { at: NOON - 2 * HOUR }), action: 'withdrawn' as const };
    await recordConsents(stage.db, brand.id, own.contact, [refusal], NOON - 2 * HOUR, 'customer');
    const given = consentTo('promotional', { at: NOON - HOUR });
    const order = orderOf({ customer: { phone: { e164: own.phone, country: 'IT' }, consents: [given] } });
    await place(stage.db, order, NOON - HOUR);
    expect(await contactOf(order.id)).toBe(own.contact);
    await correct(order.id, { phone: phone() });
    const ledger = await consentLedger(stage.db, brand.id, own.contact);
    expect(ledger?.inForce.day.promotional?.state).toBe('withdrawn');
  });

  it('takes no case along that an agent had closed, and has the open one with the order', async () => {
    const order = await placedOrder(stage.db);
    const about = { brand_id: brand.id, contact_id: order.contact, order_id: order.order, kind: 'question' };
    const at = new Date(NOON);
    const [closed, open] = await stage
      .db('cases')
      .insert([
        { ...about, cause: 'closed', opened_at: at, closed_at: at },
        { ...about, cause: 'open', opened_at: at },
      ])
      .returning<{ id: number }[]>('id');
    await correct(order.order, { phone: phone() });
    const holder = async (one: { id: number } | undefined) =>
      (await stage.db('cases').where({ id: one?.id }).first('contact_id')).contact_id;
    expect([await holder(closed), await holder(open)]).toEqual([order.contact, await contactOf(order.order)]);
  });

  it('never loses what was sent to it: a message under way or delivered keeps its state, and the planned one ends', async () => {
    const order = await placedOrder(stage.db);
    const sent = await planned(stage.db, order, { step: 'sent' });
    await submitted(stage.db, sent);
    const waiting = await planned(stage.db, order, { step: 'waiting' });
    await correct(order.order, { phone: phone() });
    expect((await ledgerRowOf(stage.db, sent)).state).toBe('submitted');
    expect(await ledgerRowOf(stage.db, waiting)).toMatchObject({ state: 'skipped', reason: 'number_corrected' });
  });

  it('never has a gate that was read before: both contacts have a new version', async () => {
    const [wrong, right] = [await placedOrder(stage.db), await placedOrder(stage.db)];
    const versions = () =>
      stage.db('contacts').whereIn('id', [wrong.contact, right.contact]).orderBy('id').pluck<number[]>('gate_version');
    const before = await versions();
    await correct(wrong.order, { phone: { e164: right.phone, country: 'IT' }, name: { firstName: 'Giulia' } });
    expect(await contactOf(wrong.order)).toBe(right.contact);
    const after = await versions();
    expect(after.every((version, index) => version > Number(before[index]))).toBe(true);
  });

  it('never speaks for the order afterwards, and its export has nothing of it', async () => {
    const order = await placedOrder(stage.db, { customer: { firstName: 'Ada' } });
    await correct(order.order, { phone: phone() });
    const row = await stage.db('contacts').where({ id: order.contact }).first('first_name', 'external_id', 'city');
    expect(row).toEqual({ first_name: null, external_id: null, city: null });
  });
});

describe('a corrected number', () => {
  const versionOf = async (contact: string): Promise<number> =>
    (await stage.db('contacts').where({ id: contact }).first('gate_version')).gate_version;

  it('never leaves what was decided before in force, for either person', async () => {
    const [order, own] = [await placedOrder(stage.db, { customer: { consents: [] } }), await placedOrder(stage.db)];
    const before = [await versionOf(order.contact), await versionOf(own.contact)];
    await correct(order.order, { phone: toPhone(own) });
    expect(await contactOf(order.order)).toBe(own.contact);
    const after = [await versionOf(order.contact), await versionOf(own.contact)];
    expect(after.map((version, index) => version > (before[index] ?? 0))).toEqual([true, true]);
  });

  it('never takes a case along that was closed with the former person; the open one goes with the order', async () => {
    const order = await placedOrder(stage.db);
    const opened = { brand: brand.id, contact: order.contact, order: order.order, holdsPromotions: false, at: NOON };
    for (const kind of ['question', 'low_rating'] as const)
      await openCase(stage.db, { ...opened, kind, cause: kind, byWorkflow: false });
    const cases = () => stage.db('cases').where({ order_id: order.order }).orderBy('kind').pluck('contact_id');
    await stage
      .db('cases')
      .where({ order_id: order.order, kind: 'question' })
      .update({ closed_at: new Date(NOON) });
    await correct(order.order, { phone: phone() });
    expect(await cases()).toEqual([await contactOf(order.order), order.contact]);
  });
});

describe('the contact of an order', () => {
  const permutations = <T>(list: readonly T[]): T[][] =>
    list.length < 2
      ? [[...list]]
      : list.flatMap((one) => permutations(list.filter((other) => other !== one)).map((rest) => [one, ...rest]));

  it('never depends on the order in which the corrections, or the order itself, arrive', async () => {
    const [first, second, third] = [phone(), phone(), phone()];
    const seen = new Set<string>();
    for (const turns of permutations(['order', 'a', 'b', 'c', 'b'])) {
      const order = orderOf();
      const steps: Record<string, () => Promise<unknown>> = {
        order: () => place(stage.db, order, NOON),
        a: () =>
          correct(order.id, { phone: first, name: { firstName: 'Ada', lastName: 'Byron' } }, { at: NOON + 1, id: 'a' }),
        b: () =>
          correct(order.id, { phone: second, place: { country: 'GB', city: 'Leeds' } }, { at: NOON + 2, id: 'b' }),
        c: () => correct(order.id, { phone: third, name: { firstName: 'Grace' } }, { at: NOON + 2, id: 'c' }),
      };
      for (const turn of turns) await steps[turn]?.();
      const row = await stage
        .db('orders')
        .where({ id: order.id })
        .first('first_name', 'last_name', 'country', 'region', 'city', 'postcode');
      seen.add(JSON.stringify({ number: await numberOf(order.id), ...row }));
      expect(await stage.db('addresses').where({ address: order.customer.phone?.e164 }).select('id')).toHaveLength(
        turns[0] === 'order' ? 1 : 0,
      );
    }
    const name = { first_name: 'Grace', last_name: null };
    expect([...seen]).toEqual([
      JSON.stringify({ number: third.e164, ...name, country: 'GB', region: null, city: 'Leeds', postcode: null }),
    ]);
  });

  it('is never changed by a correction to the number it has', async () => {
    const order = await placedOrder(stage.db);
    await shipped(stage.db, order);
    const message = await planned(stage.db, order);
    await correct(order.order, { phone: toPhone(order) });
    expect(await contactOf(order.order)).toBe(order.contact);
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'planned' });
    expect(await stage.send(message)).toEqual({ kind: 'accepted' });
  });

  it('never leaves a message between two numbers: after a correction back it goes to the first one', async () => {
    const order = await placedOrder(stage.db);
    await shipped(stage.db, order);
    const message = await planned(stage.db, order);
    await correct(order.order, { phone: phone() }, { at: NOON });
    await correct(order.order, { phone: toPhone(order) }, { at: NOON + 1 });
    const again = await stage.check(order);
    expect(again).toMatchObject({ kind: 'send', message });
    expect(await stage.send(message)).toEqual({ kind: 'accepted' });
    expect(to(order.phone)).toBe(1);
  });

  it('is on record without a number, and in the fact for its run by the contact’s id alone', async () => {
    const order = await placedOrder(stage.db);
    const right = phone();
    await correct(order.order, { phone: right, name: { firstName: 'Ada' } }, { id: 'the-event' });
    const { before, after } = await stage
      .db('audit_log')
      .where({ action: 'correct_order', subject_id: order.order })
      .first();
    const contact = await contactOf(order.order);
    expect(before).toEqual({ contact: order.contact, number: `+39…${order.phone.slice(-2)}` });
    expect(after).toEqual({ contact, number: `+39…${right.e164.slice(-2)}`, parts: ['phone', 'name'] });
    expect(await stage.db('inbox').where({ order_id: order.order, event_id: 'the-event' }).first('payload')).toEqual({
      payload: { contact },
    });
  });
});

function toPhone({ phone: e164 }: PlacedOrder): { e164: string; country: string } {
  const parsed = parsePhone(e164);
  if (parsed.kind !== 'ok') throw new Error(parsed.why);
  return { e164, country: 'IT' };
}

it('the consent that comes with an order never counts for a number that an earlier correction gave it', async () => {
  const order = orderOf({ customer: { consents: [consentTo('promotional')] } });
  await correct(order.id, { phone: phone() });
  await place(stage.db, order, NOON);
  expect(await stage.db('consents').where({ contact_id: await contactOf(order.id) })).toEqual([]);
});

it('a correction before its order never goes to who has the number now, if another had it when it was made', async () => {
  const shared = phone();
  const bruna = { firstName: 'Bruna', lastName: 'Verdi' };
  const customer = { phone: shared, consents: [] };
  const old = await placedOrder(stage.db, { placedAt: NOON - 700 * DAY, customer: { ...customer, ...bruna } });
  const present = await placedOrder(stage.db, { placedAt: NOON, customer: { ...customer, firstName: 'Dora' } });
  expect(present.contact).not.toBe(old.contact);
  const { id } = orderOf();
  await correct(id, { phone: shared, name: bruna }, { at: NOON - 699 * DAY });
  expect(await stage.db('inbox').where({ order_id: id }).first('payload')).toEqual({
    payload: { contact: old.contact },
  });
});

describe('where a person stands in the shop’s programme', () => {
  const loyaltyOf = async (contact: string): Promise<unknown> =>
    (await stage.db('contacts').where({ id: contact }).first('loyalty')).loyalty;
  const reaches = (order: string, tier: string, at: number) =>
    storeEvent(storeOf(stage.db), {
      brand: brand.id,
      order,
      source: 'api',
      id: tier,
      type: 'tier_reached',
      at,
      payload: { tier },
      requestHash: Buffer.from(tier),
      now: NOON + HOUR,
    });

  it('never stays with the wrong number: its owner has their own again, the right one what came with the order', async () => {
    const wrong = phone();
    const customer = { phone: wrong, consents: [] };
    const own = await placedOrder(stage.db, { customer: { ...customer, loyalty: { member: true, tier: 'Bronzo' } } });
    const loyalty = { member: true, tier: 'Argento', points: 900 };
    const order = await placedOrder(stage.db, { placedAt: NOON - 1, customer: { ...customer, loyalty } });
    await reaches(order.order, 'Oro', NOON);
    expect(await loyaltyOf(own.contact)).toEqual({ ...loyalty, tier: 'Oro' });
    await correct(order.order, { phone: phone() }, { at: NOON + 1 });
    expect(await loyaltyOf(own.contact)).toEqual({ member: true, tier: 'Bronzo' });
    expect(await loyaltyOf(await contactOf(order.order))).toEqual({ ...loyalty, tier: 'Oro' });
  });

  it('never goes back to a tier that was reached before and is reported after', async () => {
    const order = await placedOrder(stage.db);
    await reaches(order.order, 'Oro', NOON);
    await reaches(order.order, 'Argento', NOON - HOUR);
    expect(await loyaltyOf(order.contact)).toEqual({ tier: 'Oro' });
  });
});
