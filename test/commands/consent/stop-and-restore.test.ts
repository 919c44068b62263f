/** A number is stopped in six ways and opened again in three. They differ in who acts, and in nothing else that is not written here. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stop } from '../../../commands/consent/stop.ts';
import { requestErasure } from '../../../commands/privacy/request-erasure.ts';
import { receiveText } from '../../../commands/conversation/receive-reply.ts';
import { applyConsequence } from '../../../commands/sending/apply-consequence.ts';
import { findSuppression } from '../../../db/consent/suppressions.ts';
import { changeSuppression } from '../../../db/consent/change-suppression.ts';
import { recordAccepted } from '../../../db/sending/ledger/attempts.ts';
import { maskPhone } from '../../../domain/contacts/phone.ts';
import { DAY, HOUR, MINUTE } from '../../../domain/time/duration.ts';
import type { Shop } from '../../api/shop.ts';
import { openShop, validBrand } from '../../api/shop.ts';
import { storeOf, tokenOf } from '../../helpers/keys.ts';
import type { PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, placedOrder, planned, submitted, untilWaiting } from '../../helpers/ledger.ts';
import { mayGet } from '../../helpers/may-get.ts';
import { rules } from '../../helpers/rules.ts';
import type { Visitor } from '../../pages/preferences/visitor.ts';
import { visitorOf } from '../../pages/preferences/visitor.ts';

let shop: Shop;
let order: PlacedOrder;
let opened: Visitor;
let openedPage: string;
const brand = validBrand();
beforeAll(async () => {
  shop = await openShop();
});
beforeEach(async () => {
  shop.clock.at = NOON;
  order = await placedOrder(shop.db, {}, brand);
});
afterAll(() => shop.close());

async function text(words: string, at = shop.clock.at): Promise<void> {
  const to = '+393399957001';
  const said = { brand, channel: 'sms', from: order.phone, to, text: words, providerId: randomUUID(), at } as const;
  await receiveText(storeOf(shop.db), rules.keywords, said, shop.clock.at);
}

async function refused(): Promise<void> {
  const [clientRef, providerId] = [await submitted(shop.db, await planned(shop.db, order), NOON), randomUUID()];
  await recordAccepted(shop.db, clientRef, providerId, 'answer', NOON);
  const error = { clientRef, providerId, code: '1240', action: 'suppress', at: NOON } as const;
  await shop.db.transaction((trx) => applyConsequence(storeOf(trx), error, NOON));
}

const optOut = (body: object = {}) => shop.post('/v1/opt-outs', { address: order.phone, source: 'agent', ...body });
const lift = () => optOut({ state: 'lifted', reason: 'the wrong customer' });
const press = async (button: string) => (await visitorOf(shop, order.contact)).send(button);

const STOPS: Readonly<Record<string, () => Promise<unknown>>> = {
  text: () => text('STOP'),
  page: () => press('stop'),
  shop: optOut,
  'list of the shop': () =>
    shop.post('/v1/opt-outs/import', { lines: [{ address: order.phone, source: 'list of 2025' }] }),
  provider: refused,
  erasure: () => {
    const { brand: of, contact } = order;
    return requestErasure(storeOf(shop.db), { brand: of, contact, actor: 'test', source: 'api' }, NOON);
  },
};
const ACTORS: Readonly<Record<string, readonly [actor: string, by: string]>> = {
  text: ['customer', 'text'],
  page: ['customer', 'page'],
  shop: ['test', 'shop'],
  'list of the shop': ['test', 'shop'],
  provider: ['provider', 'provider'],
  erasure: ['test', 'erasure'],
};

const entries = (action: string) => shop.db('audit_log').where({ action, subject_id: order.contact }).orderBy('id');
const consents = () => shop.db('consents').where({ contact_id: order.contact }).orderBy('id');
const stands = () => findSuppression(storeOf(shop.db), order.brand, order.phone);
const suppressionAndConsents = async () => ({
  ...(await shop.db('contacts').where({ id: order.contact }).first('gate_version')),
  ...(await shop.db('addresses').where({ contact_id: order.contact, channel: 'sms' }).first('link_epoch')),
});

describe.each(Object.keys(STOPS))('a stop by %s', (way) => {
  it('holds at once, moves the version of the gate, ends the links, and leaves the consents as they are', async () => {
    const [before, given] = [await suppressionAndConsents(), await consents()];
    await STOPS[way]?.();
    expect(await stands()).toBeDefined();
    const after = await suppressionAndConsents();
    expect(after.gate_version).toBeGreaterThan(before.gate_version);
    expect(after.link_epoch).toBe(before.link_epoch + 1);
    expect(await consents()).toEqual(given);
  });

  it('is on record once, with its actor, the way and the masked number', async () => {
    await STOPS[way]?.();
    const [actor, by] = ACTORS[way] ?? [];
    const number = maskPhone(order.phone);
    expect(await entries('stop_messages')).toMatchObject([
      { actor, brand_id: 'bottega', before: { state: 'lifted' }, after: { state: 'stopped', by, number } },
    ]);
  });

  it('leaves no entry when its transaction fails', async () => {
    await shop.owner.raw(`alter table audit_log add constraint refused check (action <> 'stop_messages') not valid`);
    try {
      await Promise.resolve(STOPS[way]?.()).catch(() => undefined);
    } finally {
      await shop.owner.raw('alter table audit_log drop constraint refused');
    }
    expect(await stands()).toBeUndefined();
  });
});

describe('a stop that is said over a stop', () => {
  it.each([
    ['a second text', () => text('STOP')],
    ['a press on a page that was open before', () => opened.send('stop', {}, { page: openedPage })],
  ] as const)('by %s outlives a START from between the two that arrives later', async (_name, repeated) => {
    opened = await visitorOf(shop, order.contact);
    openedPage = (await opened.open()).page;
    const given = await consents();
    await text('STOP');
    shop.clock.at = NOON + 10 * MINUTE;
    await repeated();
    shop.clock.at = NOON + 11 * MINUTE;
    await text('START', NOON + 5 * MINUTE);
    expect(await stands()).toBeDefined();
    expect(await consents()).toEqual(given);
    expect(await entries('lift_stop')).toMatchObject([
      { before: { state: 'stopped' }, after: { state: 'stopped', by: 'text' } },
    ]);
  });

  it('waits for a stop that is being stored, and has no entry of its own', async () => {
    const trx = await shop.db.transaction();
    const { brand: of, phone: address } = order;
    await changeSuppression(
      storeOf(trx),
      { brand: of, address, state: 'stopped', source: 'inbound:1', at: NOON },
      NOON,
    );
    const said = { brand: of, address, by: { kind: 'page' }, at: NOON } as const;
    const pressed = shop.db.transaction((own) => stop(storeOf(own), said, NOON));
    await untilWaiting(shop.db, 1);
    await trx.commit();
    expect(await pressed).toBe(false);
  });

  it('of a contact whose number stands at two channels is one row and one entry', async () => {
    const row = await shop.db('addresses').where({ contact_id: order.contact }).first();
    const { brand_id, contact_id, address, token, created_at } = row;
    await shop
      .db('addresses')
      .insert({ brand_id, contact_id, channel: 'rcs', address, token, usable: false, created_at });
    const { body } = await optOut({ address: undefined, contact: order.contact });
    expect(body.addresses).toEqual([order.phone]);
    expect(await entries('stop_messages')).toHaveLength(1);
    expect(await shop.db('suppressions').where({ token })).toHaveLength(1);
  });
});

describe('a stop is lifted', () => {
  it.each([
    ['START', 'customer', 'text', () => text('START')],
    ['the button of the page', 'customer', 'page', () => press('resume')],
    ['the shop', 'test', 'shop', lift],
  ] as const)('by %s with one entry on record', async (_name, actor, by, way) => {
    await optOut();
    shop.clock.at += HOUR;
    await way();
    expect(await stands()).toBeUndefined();
    const number = maskPhone(order.phone);
    expect(await entries('lift_stop')).toMatchObject([
      { actor, before: { state: 'stopped' }, after: { state: 'lifted', by, number } },
    ]);
  });

  it('by the customer with their consents renewed, and by the shop with none: it cannot say yes for a person', async () => {
    const given = await consents();
    await optOut();
    shop.clock.at += DAY;
    const { body } = await lift();
    expect(await consents()).toEqual(given);
    expect(body.notes).toEqual([{ pointer: '/state', detail: expect.stringContaining('renews none') }]);
    expect(await mayGet(shop.db, order, 'bundle_offer', shop.clock.at)).toBe('send');
    await optOut();
    shop.clock.at += HOUR;
    await text('START');
    const renewed = (await consents()).slice(given.length);
    expect(renewed.map(({ class: name, action }) => `${name} ${action}`).toSorted()).toEqual([
      'promotional reconfirmed',
      'service_feedback reconfirmed',
    ]);
    const [, start] = await entries('lift_stop');
    expect(start.after.renewed.toSorted()).toEqual(['promotional', 'service_feedback']);
  });

  it('by the shop never gives a consent back that was withdrawn while the stop stood', async () => {
    await optOut();
    shop.clock.at += HOUR;
    const withdrawn = { class: 'promotional', action: 'withdrawn', source: 'phone', wording: 'No offers.' };
    await shop.post(`/v1/contacts/${order.contact}/consents`, { ...withdrawn, at: new Date(NOON + 1).toISOString() });
    await lift();
    expect(await mayGet(shop.db, order, 'bundle_offer', shop.clock.at)).toBe('no_consent');
  });

  it('by nobody leaves no entry and no row: the shop lifts nothing where nothing stands', async () => {
    const { status, body } = await lift();
    expect([status, body.notes]).toEqual([201, undefined]);
    expect([
      await entries('lift_stop'),
      await shop.db('suppressions').where({ token: tokenOf(order.brand, order.phone) }),
    ]).toEqual([[], []]);
  });
});

it('a person who presses stop over a stop of the shop has said so: the shop cannot lift it any more', async () => {
  await optOut();
  shop.clock.at += HOUR;
  const said = { brand: order.brand, address: order.phone, by: { kind: 'page' }, at: shop.clock.at } as const;
  const pressed = () => shop.db.transaction((trx) => stop(storeOf(trx), said, shop.clock.at));
  expect([await pressed(), await pressed()]).toEqual([true, false]);
  expect(await entries('stop_messages')).toMatchObject([{ actor: 'test' }, { actor: 'customer' }]);
  expect((await lift()).body.type).toBe('urn:dopo:problem:stop_of_customer');
});

it('a START that waits for a STOP that is being stored renews what the STOP had ended', async () => {
  const trx = await shop.db.transaction();
  const { brand: of, phone: address } = order;
  const said = { brand: of, address, state: 'stopped', source: 'inbound:1', at: NOON } as const;
  await changeSuppression(storeOf(trx), said, NOON);
  shop.clock.at += HOUR;
  const start = text('START');
  await untilWaiting(shop.db, 1);
  await trx.commit();
  await start;
  expect(await stands()).toBeUndefined();
  expect((await consents()).map(({ action }) => action)).toContain('reconfirmed');
});
