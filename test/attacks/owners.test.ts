/** The owner of a number, an order and a text, when the number has had two owners or the shop has typed a wrong one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { consentLedger } from '../../db/consent/consent-ledger.ts';
import { recordConsents } from '../../db/consent/consents.ts';
import { importConsents } from '../../commands/consent/import-consents.ts';
import { contactFor } from '../../db/contacts/identity.ts';
import { readPerson } from '../../db/consent/person.ts';
import { savePreferences } from '../../db/consent/save-preferences.ts';
import { contactsOfShopCustomer } from '../../db/contacts/shop-customers.ts';
import { findCorrespondent, storeInbound } from '../../db/conversation/conversations.ts';
import { recordAccepted } from '../../db/sending/ledger/attempts.ts';
import { readMessageAndGate } from '../../db/sending/ledger/ledger-message.ts';
import { storeEvent } from '../../commands/orders/report-event.ts';
import { closeOrders } from '../../commands/privacy/erase-person.ts';
import { removeData } from '../../db/privacy/erase-person.ts';
import { requestErasure } from '../../commands/privacy/request-erasure.ts';
import { dueRedactions, listRedactions } from '../../db/privacy/redactions.ts';
import { DAY } from '../../domain/time/duration.ts';
import type { Customer } from '../../domain/orders/order.ts';
import { parsePhone } from '../../domain/contacts/phone.ts';
import { storeOf } from '../helpers/keys.ts';
import type { Ledger, PlacedOrder } from '../helpers/ledger.ts';
import { NOON, brand, consentTo, openLedger, orderOf, place, planned, submitted } from '../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

let count = 0;

function number(): string {
  count += 1;
  return `+39335${1_000_000 + count}`;
}

async function ordered(
  phone: string,
  { at = NOON, ...customer }: { readonly at?: number } & Partial<Customer> = {},
): Promise<PlacedOrder> {
  const order = orderOf({
    placedAt: at,
    customer: { phone: { e164: phone, country: 'IT' }, lastName: customer.firstName, consents: [], ...customer },
  });
  const result = await place(ledger.db, order, at);
  if (result.kind !== 'placed') throw new Error(result.kind);
  return { brand: brand.id, order: order.id, contact: result.contact, phone };
}

async function writes(address: string, providerId: string, at: number): Promise<void> {
  const writer = await findCorrespondent(ledger.db, brand.id, address, at, at);
  const about = { brand: brand.id, channel: 'sms', address } as const;
  const text = { ...about, text: 'Chi siete?', meaning: { kind: 'help' }, providerId, at } as const;
  await ledger.db.transaction((trx) => storeInbound(trx, { ...text, ...(writer && { writer }) }, at));
}

/** The shop corrects the number of an order to one without an owner. Returns the order's contact after that. */
async function putRight({ order }: PlacedOrder): Promise<string> {
  await storeEvent(storeOf(ledger.db), {
    brand: brand.id,
    order,
    source: 'api',
    id: 'put-right',
    type: 'order_corrected',
    at: NOON,
    payload: {},
    requestHash: Buffer.from('x'),
    now: NOON,
    corrected: { correction: { phone: { e164: number(), country: 'IT' } }, actor: 'test' },
  });
  const { contact_id: contact } = await ledger.db('orders').where({ id: order }).first('contact_id');
  return contact;
}

/** Returns what the provider is asked to forget. */
async function erase(person: { brand: string; contact: string }): Promise<readonly string[]> {
  const { db } = ledger;
  const id = (await requestErasure(storeOf(db), { ...person, actor: 'test', source: 'api' }, NOON)) ?? '';
  await closeOrders(db, person, NOON);
  await db.transaction(async (trx) => {
    await listRedactions(trx, id, NOON);
    await removeData(trx, person, Infinity, NOON);
  });
  return (await dueRedactions(db, id, 100, NOON)).map(({ providerId }) => providerId).toSorted();
}

async function choosesNoTips(contact: string, at: number): Promise<void> {
  const { link_id: link } = await ledger.db('addresses').where({ contact_id: contact }).first('link_id');
  const person = await readPerson(ledger.db, link);
  if (!person) throw new Error('nobody has the link');
  const chosen = { topicsOff: ['tips'], channelsOff: [] } as const;
  await ledger.db.transaction((trx) => savePreferences(trx, person, chosen, at));
}

it('a confirmation over another number, from before the contact had its own, never counts', async () => {
  const order = await ordered(number(), { consents: [consentTo('promotional')] });
  const confirmation = { ...consentTo('promotional', { at: NOON }), action: 'confirmed' as const };
  await recordConsents(ledger.db, brand.id, order.contact, [confirmation], NOON, 'customer');
  const message = await planned(ledger.db, order);
  const counts = async (numberSince: number): Promise<unknown> => {
    await ledger
      .db('addresses')
      .where({ contact_id: order.contact })
      .update({ created_at: new Date(numberSince) });
    return (await readMessageAndGate(ledger.db, message, NOON))?.gate.consents.day.promotional;
  };
  expect(await counts(NOON)).toMatchObject({ state: 'granted', confirmed: true });
  expect(await counts(NOON + 1)).toMatchObject({ state: 'granted', confirmed: false });
});

describe('a number that has gone to another person', () => {
  it('never stays the old owner’s because the new one has texted before ordering', async () => {
    const phone = number();
    const old = await ordered(phone, { id: 'old-1', firstName: 'Bruna', at: NOON - 700 * DAY });
    await writes(phone, 'texted-first', NOON - DAY);
    const now = await ordered(phone, { id: 'new-1', firstName: 'Dora' });
    expect(now.contact).not.toBe(old.contact);
  });

  it('never stays the old owner’s because the shop has recorded a no of theirs from their new number', async () => {
    const phone = number();
    const at = NOON - 20 * DAY;
    const old = await ordered(phone, { id: 'old-2', firstName: 'Bruna', at: NOON - 700 * DAY });
    const refusal = consentTo('promotional', { action: 'withdrawn', at });
    await ordered(number(), { id: 'old-2', firstName: 'Bruna', at, consents: [refusal] });
    expect(await ledger.db('consents').where({ contact_id: old.contact }).select('action')).toEqual([
      { action: 'withdrawn' },
    ]);
    const now = await ordered(phone, { id: 'new-2', firstName: 'Dora' });
    expect(now.contact).not.toBe(old.contact);
  });

  it('never is taken from an owner who goes on writing from it', async () => {
    const phone = number();
    const old = await ordered(phone, { id: 'old-3', firstName: 'Bruna', at: NOON - 150 * DAY });
    await writes(phone, 'wrote-on', NOON - 80 * DAY);
    const now = await ordered(phone, { id: 'new-3', firstName: 'Dora' });
    expect(now.contact).toBe(old.contact);
  });

  it('never has the new owner’s texts redacted when the old one is erased', async () => {
    const phone = number();
    const old = await ordered(phone, { id: 'old-4', firstName: 'Bruna', at: NOON - 300 * DAY });
    const now = await ordered(phone, { id: 'new-4', firstName: 'Dora', at: NOON - 10 * DAY });
    expect(now.contact).not.toBe(old.contact);
    await writes(phone, 'of-the-new-owner', NOON - DAY);
    expect(await erase(old)).toEqual([]);
  });
});

describe('what was refused over a number before the order of its new owner came', () => {
  it('is never lost to an older order of the former owner: a withdrawal of a list', async () => {
    const phone = number();
    const at = NOON - DAY;
    const line = { ...consentTo('promotional', { action: 'withdrawn', at }), phone: parsePhone(phone) };
    const importing = { brand: brand.id, actor: 'test', leeway: 0 };
    await importConsents(storeOf(ledger.db), importing, [line], NOON);
    const old = await ordered(phone, { id: 'old-5', firstName: 'Bruna', at: NOON - 700 * DAY });
    const consents = [consentTo('promotional', { at: NOON - 30 * DAY })];
    const now = await ordered(phone, { id: 'new-5', firstName: 'Dora', at: NOON - 30 * DAY, consents });
    expect(now.contact).not.toBe(old.contact);
    const { inForce, chain } = (await consentLedger(ledger.db, brand.id, now.contact)) ?? {};
    expect(inForce?.day.promotional).toMatchObject({ state: 'withdrawn', at });
    expect(chain).toMatchObject({ kind: 'intact' });
  });

  it('is never lost with the link it was said behind: choices on the page', async () => {
    const phone = number();
    const old = await ordered(phone, { id: 'old-6', firstName: 'Bruna', at: NOON - 700 * DAY });
    await choosesNoTips(old.contact, NOON - DAY);
    const now = await ordered(phone, { id: 'new-6', firstName: 'Dora' });
    expect(now.contact).not.toBe(old.contact);
    expect(await ledger.db('preferences').where({ contact_id: now.contact }).pluck('topics_off')).toEqual([['tips']]);
  });

  it('is never the former owner’s from when they had the number', async () => {
    const phone = number();
    const at = NOON - 690 * DAY;
    const consents = [consentTo('promotional', { action: 'withdrawn', at })];
    const old = await ordered(phone, { id: 'old-7', firstName: 'Bruna', at: NOON - 700 * DAY, consents });
    await choosesNoTips(old.contact, at);
    const now = await ordered(phone, { id: 'new-7', firstName: 'Dora' });
    expect(now.contact).not.toBe(old.contact);
    expect(await ledger.db('preferences').where({ contact_id: now.contact })).toEqual([]);
    expect(await ledger.db('consents').where({ contact_id: now.contact })).toEqual([]);
  });
});

describe('the erasure of a person whose number was put right', () => {
  it('never leaves what was told of them to the wrong number, nor takes what that number’s owner wrote', async () => {
    const { db } = ledger;
    const phone = number();
    const own = await ordered(phone, { id: 'sara', firstName: 'Sara', at: NOON - 50 * DAY });
    const wrong = await ordered(phone, { id: 'anna', firstName: 'Anna', at: NOON - DAY });
    const message = await planned(db, wrong);
    await recordAccepted(db, await submitted(db, message), 'told-the-wrong-number', 'answer', NOON);
    await writes(phone, 'of-the-stranger', NOON - 1000);
    const contact = await putRight(wrong);
    expect(contact).not.toBe(own.contact);
    expect(await erase({ brand: brand.id, contact })).toEqual(['told-the-wrong-number']);
    const text = await db('inbound_messages').where({ provider_id: 'of-the-stranger' }).first('text', 'address');
    const told = await db('messages').where({ id: message }).first('body');
    expect({ ...text, ...told }).toEqual({ text: 'Chi siete?', address: phone, body: null });
  });
});

describe('a text about an erased person’s order that went to a wrong number', () => {
  it('is never left at the provider because its id became known after the erasure', async () => {
    const { db } = ledger;
    const wrong = await ordered(number(), { id: 'ida', firstName: 'Ida', at: NOON - DAY });
    const inFlight = await submitted(db, await planned(db, wrong));
    const contact = await putRight(wrong);
    expect(await erase({ brand: brand.id, contact })).toEqual([]);
    await recordAccepted(db, inFlight, 'known-late', 'answer', NOON);
    expect(await db('erasure_redactions').where({ provider_id: 'known-late' })).toHaveLength(1);
  });
});

describe('a customer of the shop who has typed a number', () => {
  it('never is the contact of a number that has not ordered', async () => {
    const phone = number();
    await ledger.db.transaction((trx) =>
      contactFor(storeOf(trx), brand.id, { phone: { e164: phone, country: 'IT' } }, NOON, NOON),
    );
    expect(await contactsOfShopCustomer(ledger.db, brand.id, { id: 'mallory', phone, orders: [] })).toEqual([]);
  });
});
