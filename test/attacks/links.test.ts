import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY } from '../../domain/duration.ts';
import type { Shop } from '../api/shop.ts';
import { openShop, validBrand } from '../api/shop.ts';
import type { PlacedOrder } from '../helpers/ledger.ts';
import { NOON, placed } from '../helpers/ledger.ts';
import { mayGet } from '../helpers/may-get.ts';
import type { Visitor } from '../pages/visitor.ts';
import { visitorOf } from '../pages/visitor.ts';

let shop: Shop;
let order: PlacedOrder;
let visitor: Visitor;
beforeAll(async () => {
  shop = await openShop();
});
beforeEach(async () => {
  shop.clock.at = NOON;
  order = await placed(shop.db, {}, validBrand());
  visitor = await visitorOf(shop, order.contact);
});
afterAll(() => shop.close());

let texts = 0;
/** The customer writes to the brand's number. */
async function reply(text: string, from = order.phone): Promise<void> {
  texts += 1;
  const { status } = await shop.webhook('inbound', {
    message_uuid: `6aa73f4e-0000-4000-8000-${String(texts).padStart(12, '0')}`,
    from: from.slice(1),
    to: validBrand().sender.slice(1),
    channel: 'sms',
    message_type: 'text',
    text,
    timestamp: new Date(shop.clock.at).toISOString(),
  });
  expect(status).toBe(200);
}

const audit = async () =>
  shop.db('audit_log').where({ subject_kind: 'contact', subject_id: order.contact }).orderBy('id');
const erasures = () => shop.db('erasures').where({ contact_id: order.contact });

describe('a form of the page', () => {
  it('never does anything but what its button says: the seal of one is of no use for another', async () => {
    const { page } = await visitor.open();
    const sent = await visitor.send('download', { action: 'erase' }, { page });
    expect(sent.status).toBe(403);
    expect((await visitor.send('confirm', { action: 'stop' }, { page })).status).toBe(403);
    expect(await erasures()).toEqual([]);
    expect(await mayGet(shop.db, order, 'shipped', NOON)).toBe('send');
  });
});

describe('a link that was withdrawn', () => {
  const opens = async (one: Visitor): Promise<number> => (await one.open()).status;

  it('never opens anything again once STOP was said by text, and HELP gets one that does', async () => {
    await reply('STOP');
    const { status, page } = await visitor.open('?lang=en');
    expect([status, page.includes('This link has ended'), page.includes('Reply HELP')]).toEqual([410, true, true]);
    expect(page).not.toContain('Bottega');
    await reply('HELP');
    expect(await opens(await visitorOf(shop, order.contact))).toBe(200);
  });

  it('never lifts the stop that was made on its page, nor in a second tab', async () => {
    const { page } = await visitor.open();
    const stopped = await visitor.send('stop', {}, { page });
    expect([stopped.status, stopped.page.includes('non ti scrive più')]).toEqual([200, true]);
    for (const action of ['stop', 'save', 'confirm', 'only_orders', 'disown'])
      expect([action, (await visitor.send(action, {}, { page })).status]).toEqual([action, 410]);
    expect(await opens(visitor)).toBe(410);
    expect(await mayGet(shop.db, order, 'shipped', NOON)).toBe('opted_out');
    const again = await visitorOf(shop, order.contact);
    expect((await again.send('resume')).status).toBe(303);
    expect(await mayGet(shop.db, order, 'shipped', NOON)).toBe('send');
  });

  it('never opens anything again once the shop has stopped the number; a list that says so again ends no new link', async () => {
    const stop = { contact: order.contact, source: 'support', state: 'stopped' };
    expect((await shop.post('/v1/opt-outs', stop)).status).toBe(201);
    expect(await opens(visitor)).toBe(410);
    const fresh = await visitorOf(shop, order.contact);
    expect((await shop.post('/v1/opt-outs', stop)).status).toBe(201);
    expect(await opens(fresh)).toBe(200);
    await reply('STOP');
    expect(await opens(fresh)).toBe(410);
  });

  it('never opens anything again once its erasure was asked for, by whomever', async () => {
    await fetch(`${shop.url}/v1/contacts/${order.contact}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${shop.key}` },
    });
    expect(await opens(visitor)).toBe(410);
    expect(await opens(await visitorOf(shop, order.contact))).toBe(410);
  });

  it('never opens anything again once the shop has withdrawn it, which is on record; another shop cannot', async () => {
    const path = `/v1/contacts/${order.contact}/links/revoke`;
    expect((await shop.post(path, {}, { authorization: `Bearer ${shop.strangersKey}` })).status).toBe(404);
    expect(await opens(visitor)).toBe(200);
    expect(await shop.post(path, {})).toMatchObject({ status: 200, body: { contact: order.contact, numbers: 1 } });
    expect(await opens(visitor)).toBe(410);
    expect(await audit()).toMatchObject([{ actor: 'test', action: 'revoke_links', after: { numbers: 1 } }]);
    expect(await mayGet(shop.db, order, 'shipped', NOON)).toBe('send');
  });

  it('never opens anything again once somebody said that they are not meant; the shop has to look, and no offer goes out', async () => {
    const told = await visitor.send('disown', {}, { page: (await visitor.open('?lang=en')).page });
    expect([told.status, told.page.includes('The shop will look into it')]).toEqual([200, true]);
    expect(await opens(visitor)).toBe(410);
    expect(await shop.db('cases').where({ contact_id: order.contact })).toMatchObject([
      { kind: 'wrong_person', order_id: null, holds_promotions: true, closed_at: null },
    ]);
    expect(await audit()).toMatchObject([{ actor: 'customer', action: 'revoke_links' }]);
    expect(await mayGet(shop.db, order, 'bundle_offer', NOON)).toBe('held_for_agent');
  });
});

describe('of a customer with two numbers', () => {
  it('a link never opens, stops or brings back anything but the number it was sent to', async () => {
    const id = `customer-of-two-${order.order}`;
    const [one, two] = [
      await placed(shop.db, { customer: { id } }, validBrand()),
      await placed(shop.db, { customer: { id } }, validBrand()),
    ];
    const [first, second] = [await visitorOf(shop, one.contact), await visitorOf(shop, two.contact)];
    await second.send('stop');
    expect(await mayGet(shop.db, one, 'shipped', NOON)).toBe('send');
    expect([(await first.open()).status, (await second.open()).status]).toEqual([200, 410]);
    await (await visitorOf(shop, two.contact)).send('resume');
    await reply('STOP', one.phone);
    await second.send('resume');
    expect(await mayGet(shop.db, one, 'shipped', NOON)).toBe('opted_out');
  });
});

describe('of a number with a new owner', () => {
  it('a link never opens what was said by the former one, nor does the former one reach the new', async () => {
    shop.clock.at += 200 * DAY;
    visitor = await visitorOf(shop, order.contact);
    const customer = { firstName: 'Bruno', lastName: 'Neri', phone: { e164: order.phone, country: 'IT' } };
    const heir = await placed(shop.db, { customer, placedAt: shop.clock.at }, validBrand());
    expect(heir.contact).not.toBe(order.contact);
    expect([(await visitor.open()).status, (await visitorOf(shop, heir.contact)).link === visitor.link]).toEqual([
      410,
      false,
    ]);
    await visitor.send('stop');
    expect(await mayGet(shop.db, heir, 'shipped', shop.clock.at)).toBe('send');
  });
});

describe('the links of a shop', () => {
  it('never tell how many customers there are, nor let anybody count to the next', async () => {
    const next = await visitorOf(shop, (await placed(shop.db, {}, validBrand())).contact);
    expect(next.link.split('').filter((sign, at) => sign === visitor.link[at]).length).toBeLessThan(8);
  });
});
