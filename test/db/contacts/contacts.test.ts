import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordConsents } from '../../../db/consent/consents.ts';
import { changeSuppression } from '../../../db/consent/change-suppression.ts';
import { contactView } from '../../../db/contacts/contacts.ts';
import { contactFor } from '../../../db/contacts/identity.ts';
import { DAY } from '../../../domain/time/duration.ts';
import type { Customer, Place } from '../../../domain/orders/order.ts';
import { parsePhone } from '../../../domain/contacts/phone.ts';
import { storeOf } from '../../helpers/keys.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import {
  NOON,
  brand,
  consentTo,
  openLedger,
  orderOf,
  place as placeOf,
  placedOrder,
  untilWaiting,
} from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

const MILANO: Place = { country: 'IT', region: 'MI', city: 'Milano', postcode: '20121' };

async function row(contact: string): Promise<Record<string, unknown>> {
  return ledger.db('contacts').where({ id: contact }).first();
}

async function gateVersion(contact: string): Promise<unknown> {
  return (await row(contact))['gate_version'];
}

/** Another customer with every call. */
function customer(overrides: Parameters<typeof orderOf>[0] = {}): Customer {
  return orderOf(overrides).customer;
}

function phone(written: string): { phone: { e164: string; country?: string } } {
  const parsed = parsePhone(written, 'IT');
  if (parsed.kind !== 'ok') throw new Error(parsed.kind);
  const { e164, country } = parsed;
  return { phone: { e164, ...(country !== undefined && { country }) } };
}

/** The contact of an order placed by such a customer. */
async function save(customer: Customer, place: Place = MILANO, placedAt = NOON): Promise<string> {
  const result = await placeOf(ledger.db, { ...orderOf(), customer, place, placedAt }, NOON);
  if (result.kind !== 'placed') throw new Error(result.kind);
  return result.contact;
}

describe('the contact of an order', () => {
  it('a second order with the same number is the same contact, with one address', async () => {
    const first = await placedOrder(ledger.db);
    const second = await placedOrder(ledger.db, {
      customer: { id: undefined, phone: { e164: first.phone, country: 'IT' } },
    });
    expect(second.contact).toBe(first.contact);
    expect(await ledger.db('addresses').where({ contact_id: first.contact })).toHaveLength(1);
  });

  it('a number is the same however it is written', async () => {
    const ways = ['333 765 4321', '+39 333 765 4321', '0039-333-7654321', '(333) 7654321'];
    const contacts = new Set<string>();
    for (const written of ways) contacts.add(await save({ ...phone(written), consents: [] }));
    expect(contacts.size).toBe(1);
  });

  it('the number alone decides: known under another id, it is the same contact', async () => {
    const known = customer();
    const contact = await save(known);
    expect(await save({ ...known, id: 'another-id' })).toBe(contact);
  });

  it('a customer of the shop with another number is another contact: no contact gets a second number', async () => {
    const known = customer();
    const contact = await save(known);
    const other = customer({ customer: { id: known.id } });
    expect(await save(other)).not.toBe(contact);
    expect(await ledger.db('addresses').where({ contact_id: contact })).toHaveLength(1);
    expect(await save(known)).toBe(contact);
  });

  it('without a number the shop id decides among those that have none', async () => {
    const { phone: _phone, ...unreachable } = customer();
    const contact = await save(unreachable);
    expect(await save(unreachable)).toBe(contact);
  });

  it('an order without a number never joins a contact that has one, nor the other way round', async () => {
    const known = customer();
    const { phone: _phone, ...unreachable } = known;
    const without = await save(unreachable);
    const reachable = await save(known);
    expect(reachable).not.toBe(without);
    expect(await save(unreachable)).toBe(without);
    const first = customer();
    const { phone: _number, ...second } = first;
    expect(await save(first)).not.toBe(await save(second));
  });

  it('with neither number nor id every order has a contact of its own', async () => {
    const nobody: Customer = { firstName: 'Giulia', consents: [] };
    expect(await save(nobody)).not.toBe(await save(nobody));
  });

  it('the same number at another brand is another contact', async () => {
    const known = customer();
    await ledger.db('brands').insert({ id: 'altrove', settings: '{}', updated_at: new Date(NOON) });
    const elsewhere = await ledger.db.transaction((trx) => contactFor(storeOf(trx), 'altrove', known, NOON, NOON));
    expect(elsewhere).not.toBe(await save(known));
  });

  it('first orders of one new number at the same time give one contact', async () => {
    for (let round = 0; round < 20; round += 1) {
      const orders = Array.from({ length: 3 }, () => customer());
      const shared = orders[0]?.phone;
      if (!shared) throw new Error('no phone');
      const contacts = await Promise.all(orders.map((one) => save({ ...one, phone: shared })));
      expect(new Set(contacts).size).toBe(1);
    }
  });

  it('first orders of one new shop id without a number at the same time give one contact', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { phone: _phone, ...unreachable } = customer();
      const contacts = await Promise.all([save(unreachable), save(unreachable), save(unreachable)]);
      expect(new Set(contacts).size).toBe(1);
    }
  });

  it('a shop id is kept digit for digit', async () => {
    const contact = await save(customer({ customer: { id: '820982911946154508' } }));
    expect(await row(contact)).toMatchObject({ external_id: '820982911946154508' });
  });

  it('two orders whose number and shop id cross each other do not wait in a circle', async () => {
    for (let round = 0; round < 20; round += 1) {
      const [one, other] = [customer(), customer()];
      const crossed = { ...one, ...(other.id !== undefined && { id: other.id }) };
      const back = { ...other, ...(one.id !== undefined && { id: one.id }) };
      const contacts = await Promise.all([one, other, crossed, back].map((each) => save(each)));
      expect(contacts).toHaveLength(4);
    }
  });

  it('two new owners of a number at the same time are one contact, and the old one has none', async () => {
    for (let round = 0; round < 10; round += 1) {
      const known = customer();
      const before = await save(known);
      const next = { ...known, id: `next-${round}`, firstName: 'Dora', lastName: 'Dopo' };
      const [one, other] = await Promise.all([1, 2].map((ms) => save(next, MILANO, NOON + 91 * DAY + ms)));
      expect(one).toBe(other);
      expect(one).not.toBe(before);
      expect((await contactView(ledger.db, brand.id, before))?.addresses).toEqual([]);
    }
  });

  it('an old order of somebody else between two orders of the holder takes no number away', async () => {
    const holder = customer();
    const contact = await save(holder, MILANO, NOON - 500 * DAY);
    expect(await save(holder, MILANO, NOON)).toBe(contact);
    const other = { ...holder, id: 'in between', firstName: 'Dora', lastName: 'Dopo' };
    expect(await save(other, MILANO, NOON - 250 * DAY)).not.toBe(contact);
    expect((await contactView(ledger.db, brand.id, contact))?.addresses).toHaveLength(1);
  });

  it('an order of the former holder that arrives late never lets them have the number beside the next one', async () => {
    const former = customer();
    const contact = await save(former, MILANO, NOON - 400 * DAY);
    const next = NOON - 250 * DAY;
    await save({ ...former, id: 'the next', firstName: 'Dora', lastName: 'Dopo' }, MILANO, next);
    expect(await save(former, MILANO, NOON - 320 * DAY)).toBe(contact);
    const retired = await ledger.db('addresses').where({ contact_id: contact }).pluck('retired_at');
    expect(retired).toEqual([new Date(next)]);
  });

  it('an order of the former holder that arrives late never takes the number from them earlier than was known', async () => {
    const former = customer();
    const next = { ...former, id: 'the next', firstName: 'Dora', lastName: 'Dopo' };
    const contact = await save(former, MILANO, NOON - 400 * DAY);
    const retired = () => ledger.db('addresses').where({ contact_id: contact }).pluck('retired_at');
    const taken = await save(next, MILANO, NOON - 250 * DAY);
    // The next one has an order within the 90 days of the former's.
    expect(await save(next, MILANO, NOON - 320 * DAY)).toBe(taken);
    expect(await retired()).toEqual([new Date(NOON - 310 * DAY)]);
    expect(await save(former, MILANO, NOON - 360 * DAY)).toBe(contact);
    expect(await retired()).toEqual([new Date(NOON - 310 * DAY)]);
  });

  it('a text or a word about consents in the 90 days keeps a number with its person', async () => {
    const late = NOON + 120 * DAY;
    for (const sign of ['text', 'consent', 'choice', 'asked']) {
      const known = customer();
      const contact = await save(known);
      const at = NOON + 60 * DAY;
      const about = { brand_id: brand.id, contact_id: contact };
      if (sign === 'text') {
        const [conversation] = await ledger
          .db('conversations')
          .insert({ ...about, opened_at: new Date(at), last_at: new Date(at) })
          .returning('id');
        await ledger.db('inbound_messages').insert({
          brand_id: brand.id,
          conversation_id: conversation.id,
          provider_id: randomUUID(),
          channel: 'sms',
          address: known.phone?.e164,
          text: 'ciao',
          meaning: 'question',
          occurred_at: new Date(at),
          received_at: new Date(at),
        });
      }
      if (sign === 'choice') await ledger.db('preferences').insert({ ...about, updated_at: new Date(at) });
      if (sign === 'consent')
        await recordConsents(ledger.db, brand.id, contact, [consentTo('promotional', { at })], at, 'customer');
      if (sign === 'asked')
        await recordConsents(
          ledger.db,
          brand.id,
          contact,
          [{ ...consentTo('promotional', { at }), action: 'asked' }],
          at,
        );
      const next = await save({ ...known, id: `after ${sign}`, firstName: 'Dora', lastName: 'Dopo' }, MILANO, late);
      if (sign === 'asked') expect(next, sign).not.toBe(contact);
      else expect(next, sign).toBe(contact);
    }
  });
});

describe('what is known of a contact', () => {
  it('is updated by a later order and never emptied by one that says less', async () => {
    const known = customer({ customer: { loyalty: { member: true, tier: 'Oro', points: 120 }, zone: 'Europe/Rome' } });
    const contact = await save(known);
    const { id, phone: number } = known;
    await save(
      { ...(id !== undefined && { id }), ...(number && { phone: number }), firstName: 'Julia', consents: [] },
      {},
      NOON + 1,
    );
    expect(await row(contact)).toMatchObject({
      first_name: 'Julia',
      last_name: 'Rossi',
      locale: 'it',
      zone: 'Europe/Rome',
      loyalty: { member: true, tier: 'Oro', points: 120 },
      country: 'IT',
      region: 'MI',
      city: 'Milano',
      postcode: '20121',
    });
  });

  it('is the same in whatever order a person’s orders arrive', async () => {
    const orders: [Place, number, Partial<Customer>][] = [
      [MILANO, NOON - 3, { firstName: 'Ada', locale: 'it', loyalty: { member: false } }],
      [
        { country: 'GB', city: 'Leeds' },
        NOON - 2,
        { firstName: 'Augusta', locale: 'en', zone: 'Europe/London', loyalty: { member: true } },
      ],
      [{ country: 'GB' }, NOON - 1, { lastName: 'King', loyalty: { member: true, tier: 'Oro' } }],
      [{}, NOON, { locale: 'ko' }],
    ];
    const results: unknown[] = [];
    for (const turns of [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [2, 0, 3, 1],
      [1, 3, 0, 2],
    ]) {
      const { phone: number } = customer();
      let contact = '';
      for (const turn of turns) {
        const [place, at, said] = orders[turn] ?? [{}, NOON, {}];
        contact = await save({ ...(number && { phone: number }), consents: [], ...said }, place, at);
      }
      const { first_name, last_name, locale, zone, country, region, city, postcode, loyalty } = await row(contact);
      results.push({ first_name, last_name, locale, zone, country, region, city, postcode, loyalty });
    }
    expect(new Set(results.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(results[0]).toEqual({
      first_name: 'Augusta',
      last_name: 'King',
      locale: 'ko',
      zone: 'Europe/London',
      country: 'GB',
      region: null,
      city: 'Leeds',
      postcode: null,
      loyalty: { member: true, tier: 'Oro' },
    });
  });

  it('an address is replaced as a whole: a state of the former country is not taken for one of the new', async () => {
    const known = customer();
    const contact = await save(known);
    await save(known, { country: 'US', city: 'Detroit' }, NOON + 1);
    expect(await row(contact)).toMatchObject({ country: 'US', region: null, city: 'Detroit', postcode: null });
  });

  it('a country alone, as digital orders have it, keeps an address in that country and drops one elsewhere', async () => {
    const known = customer();
    const contact = await save(known);
    await save(known, { country: 'IT' }, NOON + 1);
    expect(await row(contact)).toMatchObject({ country: 'IT', region: 'MI', city: 'Milano' });
    await save(known, { country: 'US' }, NOON + 2);
    expect(await row(contact)).toMatchObject({ country: 'US', region: null, city: null, postcode: null });
  });

  it('is shown with addresses, consents and orders', async () => {
    const order = await placedOrder(ledger.db);
    const stop = { brand: brand.id, address: order.phone, state: 'stopped', source: 'test', at: NOON } as const;
    await changeSuppression(storeOf(ledger.db), stop, NOON);
    expect(await contactView(ledger.db, brand.id, order.contact)).toMatchObject({
      id: order.contact,
      addresses: [{ channel: 'sms', address: order.phone, usable: true, suppressed: true }],
      consents: [
        { class: 'promotional', action: 'granted', wording: 'Scrivetemi di novità e offerte.' },
        { class: 'service_feedback', action: 'granted' },
      ],
      orders: [order.order],
    });
  });

  it('is invisible to another brand', async () => {
    const order = await placedOrder(ledger.db);
    expect(await contactView(ledger.db, 'altrove', order.contact)).toBeUndefined();
  });
});

describe('consents and suppressions are only ever added to', () => {
  it.each(['consents', 'suppressions'])('%s refuse UPDATE and DELETE', async (table) => {
    const { phone: address } = await placedOrder(ledger.db);
    await changeSuppression(
      storeOf(ledger.db),
      { brand: brand.id, address, state: 'stopped', source: 'test', at: NOON },
      NOON,
    );
    const before: object[] = await ledger.db(table).select();
    expect(before.length).toBeGreaterThan(0);
    await expect(ledger.owner(table).update({ source: 'forged' })).rejects.toThrow('append-only');
    await expect(ledger.owner(table).delete()).rejects.toThrow('append-only');
    expect(await ledger.db(table).select()).toEqual(before);
  });

  it('a consent without its wording or source is no consent', async () => {
    const { contact } = await placedOrder(ledger.db);
    for (const flaw of [{ wording: '' }, { source: '' }])
      await expect(
        recordConsents(ledger.db, brand.id, contact, [consentTo('promotional', flaw)], NOON),
      ).rejects.toThrow('check');
  });
});

describe('the gate version moves with all that guards a send', () => {
  it('a consent, a suppression and a change of the address each move it', async () => {
    const { contact, phone: address } = await placedOrder(ledger.db);
    const changes = [
      () => recordConsents(ledger.db, brand.id, contact, [consentTo('promotional', { action: 'withdrawn' })], NOON),
      () =>
        changeSuppression(
          storeOf(ledger.db),
          { brand: brand.id, address, state: 'stopped', source: 'test', at: NOON },
          NOON,
        ),
      () =>
        changeSuppression(
          storeOf(ledger.db),
          { brand: brand.id, address, state: 'lifted', source: 'test', at: NOON },
          NOON,
        ),
      () => ledger.db('addresses').where({ address }).update({ usable: false }),
    ];
    for (const change of changes) {
      const before = Number(await gateVersion(contact));
      await change();
      expect(Number(await gateVersion(contact))).toBeGreaterThan(before);
    }
  });

  it('the STOP of another person does not', async () => {
    const { contact } = await placedOrder(ledger.db);
    const other = await placedOrder(ledger.db);
    const before = await gateVersion(contact);
    await changeSuppression(
      storeOf(ledger.db),
      { brand: brand.id, address: other.phone, state: 'stopped', source: 'test', at: NOON },
      NOON,
    );
    expect(await gateVersion(contact)).toBe(before);
  });

  it('a STOP of a number whose contact is being created at that moment moves it too', async () => {
    const newcomer = customer();
    const address = newcomer.phone?.e164 ?? '';
    const trx = await ledger.db.transaction();
    const contact = await contactFor(storeOf(trx), brand.id, newcomer, NOON, NOON);
    const stop = { brand: brand.id, address, state: 'stopped', source: 'test', at: NOON } as const;
    const stopping = changeSuppression(storeOf(ledger.db), stop, NOON);
    await untilWaiting(ledger.db, 1);
    const { gate_version: before }: { gate_version: number } = await trx('contacts')
      .where({ id: contact })
      .first('gate_version');
    await trx.commit();
    await stopping;
    expect(await gateVersion(contact)).toBeGreaterThan(before);
  });
});
