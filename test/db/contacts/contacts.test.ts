import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordConsents } from '../../../db/consents/consents.ts';
import { changeSuppression } from '../../../db/consents/suppressions.ts';
import { contactView, saveContact } from '../../../db/contacts/contacts.ts';
import { readGate } from '../../../db/gate/gate.ts';
import type { Customer, Place } from '../../../domain/order.ts';
import { parsePhone } from '../../../domain/phone.ts';
import { tokenOf } from '../../helpers/keys.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { NOON, brand, consentTo, openLedger, orderOf, placed, untilWaiting } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

const MILANO: Place = { country: 'IT', region: 'MI', city: 'Milano', postcode: '20121' };

function save(customer: Customer, place: Place = MILANO): Promise<string> {
  return ledger.db.transaction((trx) => saveContact(trx, tokenOf, brand.id, customer, place, NOON));
}

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

describe('who an order belongs to', () => {
  it('a second order with the same number is the same contact, with one address', async () => {
    const first = await placed(ledger.db);
    const second = await placed(ledger.db, {
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

  it('a number decides before the shop id: known under another id, it is the same contact', async () => {
    const known = customer();
    const contact = await save(known);
    expect(await save({ ...known, id: 'another-id' })).toBe(contact);
  });

  it('without a number the shop id decides', async () => {
    const { phone: _phone, ...unreachable } = customer();
    const contact = await save(unreachable);
    expect(await save(unreachable)).toBe(contact);
  });

  it('a number that comes later belongs to the customer the shop id names', async () => {
    const known = customer();
    const { phone: _phone, ...unreachable } = known;
    const contact = await save(unreachable);
    expect(await save(known)).toBe(contact);
  });

  it('with neither number nor id every order is somebody else', async () => {
    const nobody: Customer = { firstName: 'Giulia', consents: [] };
    expect(await save(nobody)).not.toBe(await save(nobody));
  });

  it('the same number at another brand is another contact', async () => {
    const known = customer();
    await ledger.db('brands').insert({ id: 'altrove', settings: '{}', updated_at: new Date(NOON) });
    const elsewhere = await ledger.db.transaction((trx) => saveContact(trx, tokenOf, 'altrove', known, MILANO, NOON));
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

  it('first orders of one new shop id at the same time give one contact, with or without a number', async () => {
    for (let round = 0; round < 20; round += 1) {
      const known = customer();
      const { phone: _phone, ...unreachable } = known;
      const contacts = await Promise.all([save(known), save(unreachable), save(known)]);
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
});

describe('what is known of a contact', () => {
  it('is updated by a later order and never emptied by one that says less', async () => {
    const known = customer({ customer: { loyalty: { member: true, tier: 'Oro', points: 120 }, zone: 'Europe/Rome' } });
    const contact = await save(known);
    const { id, phone: number } = known;
    await save(
      { ...(id !== undefined && { id }), ...(number && { phone: number }), firstName: 'Julia', consents: [] },
      {},
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

  it('an address is replaced as a whole: a state of the former country is not taken for one of the new', async () => {
    const known = customer();
    const contact = await save(known);
    await save(known, { country: 'US', city: 'Detroit' });
    expect(await row(contact)).toMatchObject({ country: 'US', region: null, city: 'Detroit', postcode: null });
  });

  it('a country alone, as digital orders have it, keeps an address in that country and drops one elsewhere', async () => {
    const known = customer();
    const contact = await save(known);
    await save(known, { country: 'IT' });
    expect(await row(contact)).toMatchObject({ country: 'IT', region: 'MI', city: 'Milano' });
    await save(known, { country: 'US' });
    expect(await row(contact)).toMatchObject({ country: 'US', region: null, city: null, postcode: null });
  });

  it('is the number an order last came with: that one is texted', async () => {
    const [numberA, numberB] = [orderOf(), orderOf()].map(({ customer: { phone: number } }) => number);
    const { id = '' } = customer();
    const texted: (string | undefined)[] = [];
    for (const [index, number] of [numberA, numberB, numberA].entries()) {
      const now = NOON + index;
      const order = orderOf({ customer: { id, phone: number } });
      const contact = await ledger.db.transaction((trx) =>
        saveContact(trx, tokenOf, brand.id, order.customer, MILANO, now),
      );
      const about = {
        brand: brand.id,
        contact,
        order: null,
        step: 'shipped',
        occurrence: '',
        kind: 'shipped',
        channel: 'sms',
      } as const;
      const gate = await readGate(ledger.db, about, now);
      texted.push(gate.address?.e164);
    }
    expect(texted).toEqual([numberA?.e164, numberB?.e164, numberA?.e164]);
  });

  it('is shown with addresses, consents and orders', async () => {
    const order = await placed(ledger.db);
    const stop = { brand: brand.id, address: order.phone, state: 'stopped', source: 'test', at: NOON } as const;
    await changeSuppression(ledger.db, tokenOf, stop, NOON);
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
    const order = await placed(ledger.db);
    expect(await contactView(ledger.db, 'altrove', order.contact)).toBeUndefined();
  });
});

describe('consents and suppressions are only ever added to', () => {
  it.each(['consents', 'suppressions'])('%s refuse UPDATE and DELETE', async (table) => {
    const { phone: address } = await placed(ledger.db);
    await changeSuppression(
      ledger.db,
      tokenOf,
      { brand: brand.id, address, state: 'stopped', source: 'test', at: NOON },
      NOON,
    );
    const before: object[] = await ledger.db(table).select();
    expect(before.length).toBeGreaterThan(0);
    await expect(ledger.db(table).update({ source: 'forged' })).rejects.toThrow('append-only');
    await expect(ledger.db(table).delete()).rejects.toThrow('append-only');
    expect(await ledger.db(table).select()).toEqual(before);
  });

  it('a consent without its wording or source is no consent', async () => {
    const { contact } = await placed(ledger.db);
    for (const flaw of [{ wording: '' }, { source: '' }])
      await expect(
        recordConsents(ledger.db, brand.id, contact, [consentTo('promotional', flaw)], NOON),
      ).rejects.toThrow('check');
  });
});

describe('the gate version moves with all that guards a send', () => {
  it('a consent, a suppression and a change of the address each move it', async () => {
    const { contact, phone: address } = await placed(ledger.db);
    const changes = [
      () => recordConsents(ledger.db, brand.id, contact, [consentTo('promotional', { action: 'withdrawn' })], NOON),
      () =>
        changeSuppression(
          ledger.db,
          tokenOf,
          { brand: brand.id, address, state: 'stopped', source: 'test', at: NOON },
          NOON,
        ),
      () =>
        changeSuppression(
          ledger.db,
          tokenOf,
          { brand: brand.id, address, state: 'lifted', source: 'test', at: NOON },
          NOON,
        ),
      () => ledger.db('addresses').where({ address }).update({ usable: false }),
    ];
    for (const change of changes) {
      const before = Number(await gateVersion(contact));
      await change();
      expect(await gateVersion(contact)).toBe(before + 1);
    }
  });

  it("somebody else's STOP does not", async () => {
    const { contact } = await placed(ledger.db);
    const other = await placed(ledger.db);
    const before = await gateVersion(contact);
    await changeSuppression(
      ledger.db,
      tokenOf,
      { brand: brand.id, address: other.phone, state: 'stopped', source: 'test', at: NOON },
      NOON,
    );
    expect(await gateVersion(contact)).toBe(before);
  });

  it('a STOP of somebody who is becoming a contact at that moment moves it too', async () => {
    const newcomer = customer();
    const address = newcomer.phone?.e164 ?? '';
    const trx = await ledger.db.transaction();
    const contact = await saveContact(trx, tokenOf, brand.id, newcomer, MILANO, NOON);
    const stop = { brand: brand.id, address, state: 'stopped', source: 'test', at: NOON } as const;
    const stopping = changeSuppression(ledger.db, tokenOf, stop, NOON);
    await untilWaiting(ledger.db, 1);
    const { gate_version: before }: { gate_version: number } = await trx('contacts')
      .where({ id: contact })
      .first('gate_version');
    await trx.commit();
    await stopping;
    expect(await gateVersion(contact)).toBe(before + 1);
  });
});
