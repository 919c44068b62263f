/** Rows as they were when a contact could have several numbers, taken apart by the migrations. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyLedger } from '../../../db/consent/consent-ledger.ts';
import { findSuppression } from '../../../db/consent/suppressions.ts';
import { identityReport } from '../../../queries/contacts/identity-report.ts';
import { factsOf } from '../../../db/orders/inbox.ts';
import { DAY } from '../../../domain/time/duration.ts';
import { tokenOf } from '../../helpers/keys.ts';
import { migrationsFrom } from '../../helpers/migrations.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger } from '../../helpers/ledger.ts';

const FIRST = '+393331000001';
const SECOND = '+393331000002';
const THIRD = '+393331000003';
const ALONE = '+393331000009';

let ledger: Ledger;
let contact: string;
let alone: string;
const ids = { first: '', second: '', third: '', unknown: '' };

/** Moments in days: the first number from 0 to 40, the second from 10 to 30, the third at 35 only. */
const at = (day: number): Date => new Date(NOON + day * DAY);
const row = <T>(table: string, where: object): Promise<T> => ledger.owner(table).where(where).first() as Promise<T>;

async function order(id: string, day: number, of = contact): Promise<void> {
  const { owner: db } = ledger;
  const journey = JSON.stringify({ name: 'standard', version: 1, steps: [] });
  await db('orders').insert({
    brand_id: brand.id,
    id,
    contact_id: of,
    name: `#${id}`,
    placed_at: at(day),
    journey,
    request_hash: Buffer.from(id),
    created_at: at(day),
  });
  await db('inbox').insert({
    brand_id: brand.id,
    order_id: id,
    source: 'dopo',
    event_id: 'order_placed',
    type: 'order_placed',
    occurred_at: at(day),
    request_hash: Buffer.alloc(0),
    received_at: at(day),
    applied_at: at(day),
  });
}

async function message(order_id: string | null, occurrence: string, state: string, address?: string): Promise<string> {
  const { owner: db } = ledger;
  const sent = state === 'planned' ? {} : { submitted_at: at(1), body: 'testo' };
  const [one] = await db('messages')
    .insert({
      brand_id: brand.id,
      order_id,
      contact_id: contact,
      step: 'shipped',
      occurrence,
      kind: 'shipped',
      class: 'transactional',
      channel: 'sms',
      state,
      triggered_at: at(1),
      due_at: at(1),
      useful_until: at(9),
      created_at: at(1),
      ...sent,
    })
    .returning<{ id: string }[]>('id');
  const id = one?.id ?? '';
  if (address !== undefined)
    await db('attempts').insert({ message_id: id, number: 1, client_ref: randomUUID(), submitted_at: at(1), address });
  return id;
}

async function consent(name: string, action: string, day: number, more: object = {}): Promise<void> {
  await ledger.owner('consents').insert({
    brand_id: brand.id,
    contact_id: contact,
    channel: 'sms',
    class: name,
    action,
    basis: 'express',
    wording: 'Sì.',
    source: 'checkout',
    occurred_at: at(day),
    recorded_at: at(day),
    actor: 'shop',
    ...more,
  });
}

async function inbound(address: string, text: string, order_id: string): Promise<string> {
  const { id: conversation_id } = await row<{ id: string }>('conversations', { contact_id: contact });
  const [one] = await ledger
    .owner('inbound_messages')
    .insert({
      brand_id: brand.id,
      conversation_id,
      order_id,
      provider_id: randomUUID(),
      address,
      text,
      meaning: 'question',
      occurred_at: at(20),
      received_at: at(20),
    })
    .returning<{ id: string }[]>('id');
  return one?.id ?? '';
}

beforeAll(async () => {
  ledger = await openLedger();
  const { owner: db } = ledger;
  const { down, up } = await migrationsFrom('20261130');
  await down(db);
  [contact, alone] = [randomUUID(), randomUUID()];
  const known = { external_id: 'mallory', first_name: 'Mallory', locale: 'it', country: 'IT', region: 'MI' };
  for (const id of [contact, alone])
    await db('contacts').insert({ id, brand_id: brand.id, created_at: at(0), ...known });
  const number = (address: string, from: number, to: number, of = contact) => ({
    brand_id: brand.id,
    contact_id: of,
    channel: 'sms',
    address,
    token: tokenOf(brand.id, address),
    created_at: at(from),
    last_used_at: at(to),
  });
  await db('addresses').insert([
    number(FIRST, 0, 40),
    number(SECOND, 10, 30),
    number(THIRD, 35, 35),
    number(ALONE, 0, 5, alone),
  ]);
  await db('conversations').insert({ brand_id: brand.id, contact_id: contact, opened_at: at(20), last_at: at(20) });
  await order('first-0', 0);
  await order('first-5', 5);
  await order('second-10', 10);
  await order('either-20', 20);
  await order('third-35', 35);
  await order('first-40', 40);
  await order('never-50', 50);
  await order('alone', 2, alone);
  ids.first = await message('first-0', 'a', 'accepted', FIRST);
  ids.second = await message('second-10', 'b', 'planned');
  ids.unknown = await message('either-20', 'c', 'accepted', SECOND);
  const asked = await inbound(SECOND, 'dal secondo', 'second-10');
  await inbound(FIRST, 'dal primo', 'second-10');
  ids.third = await message(null, asked, 'accepted', SECOND);
  await db('cases').insert({
    brand_id: brand.id,
    contact_id: contact,
    order_id: 'second-10',
    kind: 'low_rating',
    cause: 'x',
    opened_at: at(20),
  });
  await consent('promotional', 'granted', 0);
  await consent('service_feedback', 'granted', 10);
  await consent('service_feedback', 'confirmed', 20, { actor: 'customer', source: `inbound:${asked}` });
  await consent('promotional', 'confirmed', 21, { actor: 'customer', source: 'preference_page' });
  await consent('transactional', 'withdrawn', 22, { actor: 'customer', source: 'preference_page' });
  await db('preferences').insert({ brand_id: brand.id, contact_id: contact, topics_off: ['tips'], updated_at: at(22) });
  await db('suppressions').insert({
    brand_id: brand.id,
    channel: 'sms',
    token: tokenOf(brand.id, THIRD),
    state: 'stopped',
    source: 'test',
    occurred_at: at(36),
    recorded_at: at(36),
  });
  await db('suppressions').insert({
    brand_id: brand.id,
    channel: 'sms',
    token: tokenOf(brand.id, FIRST),
    state: 'lifted',
    source: 'test',
    occurred_at: at(37),
    recorded_at: at(37),
  });
  expect((await identityReport(db, brand.id)).several).toEqual([{ contact, numbers: ['+39…01', '+39…02', '+39…03'] }]);
  await up(db);
});
afterAll(() => ledger.close());

async function ownerOf(address: string): Promise<string> {
  const { contact_id } = await row<{ contact_id: string }>('addresses', { address });
  return contact_id;
}
async function ordersOf(of: string): Promise<string[]> {
  return ledger.owner('orders').where({ contact_id: of }).orderBy('id').pluck<string[]>('id');
}

describe('a contact with several numbers', () => {
  it('is one per number: the first keeps the contact, and one with a single number is left alone', async () => {
    const owners = await Promise.all([FIRST, SECOND, THIRD].map(ownerOf));
    expect([owners[0], new Set(owners).size]).toEqual([contact, 3]);
    expect(await ownerOf(ALONE)).toBe(alone);
    expect(await ordersOf(alone)).toEqual(['alone']);
  });

  it('has its orders with the number they came with; where that number is unknown, they belong to a contact without a number', async () => {
    expect(await ordersOf(contact)).toEqual(['first-0', 'first-40', 'first-5']);
    expect(await ordersOf(await ownerOf(SECOND))).toEqual(['second-10']);
    expect(await ordersOf(await ownerOf(THIRD))).toEqual(['third-35']);
    const { contact_id: nobody } = await row<{ contact_id: string }>('orders', { id: 'either-20' });
    expect(await ordersOf(nobody)).toEqual(['either-20', 'never-50']);
    expect(await ledger.owner('addresses').where({ contact_id: nobody })).toEqual([]);
  });

  it('tells the runs of orders that moved, and no others', async () => {
    const second = await ownerOf(SECOND);
    expect(await factsOf(ledger.owner, brand.id, 'second-10')).toContainEqual(
      expect.objectContaining({ type: 'order_corrected', contact: second }),
    );
    expect(
      await ledger
        .owner('inbox')
        .where({ event_id: 'contact_split', applied_at: null })
        .orderBy('order_id')
        .pluck('order_id'),
    ).toEqual(['either-20', 'never-50', 'second-10', 'third-35']);
  });

  it('has messages, texts and cases with the number they were of; what is planned is planned anew', async () => {
    const second = await ownerOf(SECOND);
    expect(await row('messages', { id: ids.first })).toMatchObject({ contact_id: contact, state: 'accepted' });
    expect(await row('messages', { id: ids.second })).toMatchObject({
      contact_id: second,
      state: 'skipped',
      reason: 'number_corrected',
    });
    expect(await row('messages', { id: ids.third })).toMatchObject({ contact_id: second });
    expect((await row<{ contact_id: string }>('messages', { id: ids.unknown })).contact_id).not.toBe(contact);
    expect(await row('cases', { cause: 'x' })).toMatchObject({ contact_id: second });
    const texts = (of: string) =>
      ledger
        .owner('inbound_messages as i')
        .join('conversations as v', 'v.id', 'i.conversation_id')
        .where({ contact_id: of })
        .select('i.text', 'i.order_id');
    expect(await texts(contact)).toEqual([{ text: 'dal primo', order_id: null }]);
    expect(await texts(second)).toEqual([{ text: 'dal secondo', order_id: 'second-10' }]);
  });

  it('has each yes with the number that gave it, or with none, and each no with all', async () => {
    const said = (of: string) =>
      ledger.owner('consents').where({ contact_id: of }).orderBy('seq').select('class', 'action', 'source');
    const no = { class: 'transactional', action: 'withdrawn', source: 'preference_page' };
    expect((await said(contact)).slice(5)).toEqual([
      { class: 'promotional', action: 'withdrawn', source: 'split_contact' },
      { class: 'service_feedback', action: 'withdrawn', source: 'split_contact' },
    ]);
    expect(await said(await ownerOf(SECOND))).toEqual([
      { class: 'service_feedback', action: 'granted', source: 'checkout' },
      { class: 'service_feedback', action: 'confirmed', source: expect.stringMatching(/^inbound:/) },
      no,
    ]);
    expect(await said(await ownerOf(THIRD))).toEqual([no]);
    expect(await verifyLedger(ledger.owner)).toMatchObject({ broken: [] });
    for (const number of [FIRST, SECOND, THIRD])
      expect(await row('preferences', { contact_id: await ownerOf(number) })).toMatchObject({ topics_off: ['tips'] });
  });

  it('is held back on every number that was held back before, and on no other', async () => {
    const stopped = await Promise.all(
      [FIRST, SECOND, THIRD, ALONE].map(
        async (number) => (await findSuppression(ledger.owner, tokenOf, brand.id, number)) !== undefined,
      ),
    );
    expect(stopped).toEqual([false, true, true, false]);
    // It is the customer's own word: no shop lifts it.
    expect(await ledger.owner('suppressions').where({ source: 'split_contact' }).pluck('by_shop')).toEqual([false]);
  });

  it('has its name and place with the order that came last, where its number is known, and else with no contact', async () => {
    for (const number of [FIRST, SECOND, THIRD])
      expect(await row('contacts', { id: await ownerOf(number) })).toMatchObject({
        first_name: null,
        external_id: null,
        country: null,
      });
    expect(await row('orders', { id: 'first-0' })).toMatchObject({ first_name: null, customer_id: null });
    expect(await row('orders', { id: 'alone' })).toMatchObject({
      first_name: 'Mallory',
      customer_id: 'mallory',
      country: 'IT',
    });
  });

  it('is in the report, by ids and masked numbers', async () => {
    const { several, split, shared } = await identityReport(ledger.owner, brand.id);
    expect([several, shared]).toEqual([[], []]);
    expect(split.map(({ from, number, orders }) => [from, number, orders])).toEqual(
      expect.arrayContaining([
        [contact, '+39…02', 1],
        [contact, '+39…03', 1],
        [contact, undefined, 2],
      ]),
    );
    expect((await identityReport(ledger.owner, 'another')).split).toEqual([]);
  });
});
