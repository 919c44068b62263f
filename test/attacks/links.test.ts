import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordConsents } from '../../db/consent/consents.ts';
import { connect } from '../../db/connection/connect.ts';
import { accessCodes } from '../../commands/privacy/ask-code.ts';
import { ERASURE_UNDER_WAY, carryOutPlannedErasures } from '../../commands/privacy/begin-planned-erasures.ts';
import { DAY, HOUR, MINUTE } from '../../domain/time/duration.ts';
import type { Shop } from '../api/shop.ts';
import { openShop, serve, validBrand } from '../api/shop.ts';
import { LINK_LIFE } from '../../pages/link.ts';
import { deriveKeys } from '../../app/secrets.ts';
import { SECRET_OF_TESTS, keys, storeOf } from '../helpers/keys.ts';
import type { PlacedOrder } from '../helpers/ledger.ts';
import { NOON, consentTo, placedOrder } from '../helpers/ledger.ts';
import { mayGet } from '../helpers/may-get.ts';
import type { SeenPage, Visitor } from '../pages/preferences/visitor.ts';
import { visitorOf } from '../pages/preferences/visitor.ts';

let shop: Shop;
let order: PlacedOrder;
let visitor: Visitor;
beforeAll(async () => {
  shop = await openShop();
});
beforeEach(async () => {
  shop.clock.at = NOON;
  order = await placedOrder(shop.db, {}, validBrand());
  visitor = await visitorOf(shop, order.contact);
});
afterAll(() => shop.close());

let texts = 0;
/** The customer writes to the brand's number. */
async function reply(text: string, from = order.phone, at = shop.clock.at): Promise<void> {
  texts += 1;
  const { status } = await shop.webhook('inbound', {
    message_uuid: `6aa73f4e-0000-4000-8000-${String(texts).padStart(12, '0')}`,
    from: from.slice(1),
    to: validBrand().sender.slice(1),
    channel: 'sms',
    message_type: 'text',
    text,
    timestamp: new Date(at).toISOString(),
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

describe('a new secret before the former one', () => {
  const pageKeys = deriveKeys(['the-secret-that-takes-the-place-of-the-former', SECRET_OF_TESTS]);
  let renewed: Awaited<ReturnType<typeof serve>>;
  let there: Visitor;
  beforeEach(async () => {
    renewed = await serve(connect(shop.databaseUrl), { pageKeys, clock: { now: () => shop.clock.at } });
    there = await visitorOf({ ...shop, url: renewed.url }, order.contact);
  });
  afterEach(() => renewed.close());

  it('never loses the STOP of a page that was open, nor of one that a process without it showed', async () => {
    const { page } = await visitor.open();
    expect((await there.send('stop', {}, { page })).status).toBe(200);
    expect(await mayGet(shop.db, order, 'shipped', shop.clock.at)).toBe('opted_out');
  });

  it('never makes a code worthless that was texted before', async () => {
    const code = await codeFor(visitor, order.contact, 'download');
    const { page } = await visitor.open('/code?for=download');
    const ready = await there.send('enter_download', { code, lang: 'en' }, { page });
    expect([ready.status, got(await there.send('fetch_file', {}, { page: ready.page }))]).toEqual([200, true]);
  });
});

describe('a link that was withdrawn', () => {
  const opens = async (one: Visitor): Promise<number> => (await one.open()).status;

  it('never opens anything again once STOP was said by text, and HELP gets one that does', async () => {
    await reply('STOP');
    const { status, page } = await visitor.open('?lang=en');
    expect([status, page.includes('This link no longer works'), page.includes('Reply HELP')]).toEqual([
      410,
      true,
      true,
    ]);
    expect(page).not.toContain('Bottega');
    await reply('HELP');
    expect(await opens(await visitorOf(shop, order.contact))).toBe(200);
  });

  it('never lifts the stop that was made on its page, nor in a second tab', async () => {
    const { page } = await visitor.open();
    const stopped = await visitor.send('stop', {}, { page });
    expect([stopped.status, stopped.page.includes('non ti scrive più')]).toEqual([200, true]);
    const again = await visitor.send('stop', {}, { page });
    expect([again.status, again.page.includes('non ti scrive più')]).toEqual([200, true]);
    for (const action of ['save', 'confirm', 'only_orders', 'disown'])
      expect([action, (await visitor.send(action, {}, { page })).status]).toEqual([action, 410]);
    expect(await opens(visitor)).toBe(410);
    expect(await mayGet(shop.db, order, 'shipped', NOON)).toBe('opted_out');
    const next = await visitorOf(shop, order.contact);
    expect((await next.send('resume')).status).toBe(303);
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

  it('never opens anything again once the erasure of its person was asked for', async () => {
    await fetch(`${shop.url}/v1/contacts/${order.contact}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${shop.key}` },
    });
    expect(await opens(visitor)).toBe(410);
    const { status, page } = await (await visitorOf(shop, order.contact)).open('?lang=en');
    expect([status, page.includes('ask the shop'), page.includes('HELP')]).toEqual([410, true, false]);
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

  it('never opens anything again once its reader said that it was not meant for them; a case is opened, and no offer goes out', async () => {
    const told = await visitor.send('disown', {}, { page: (await visitor.open('?lang=en')).page });
    expect([told.status, told.page.includes('The shop will look into it')]).toEqual([200, true]);
    expect(await opens(visitor)).toBe(410);
    expect(await shop.db('cases').where({ contact_id: order.contact })).toMatchObject([
      { kind: 'wrong_person', order_id: null, holds_promotions: true, closed_at: null },
    ]);
    expect(await audit()).toMatchObject([
      { actor: 'customer', action: 'revoke_links', after: { why: 'wrong_person', case: expect.any(String) } },
    ]);
    expect(await mayGet(shop.db, order, 'bundle_offer', NOON)).toBe('held_for_agent');
  });
});

describe('the stop button of a page that was open', () => {
  const states = async () => (await shop.db('suppressions').orderBy('id')).slice(-1);
  /** Half an hour before the link of a text that goes out at noon is too old. */
  const NEARLY_OVER = Math.floor((NOON + LINK_LIFE) / DAY) * DAY + DAY - HOUR / 2;

  it.each<[string, () => Promise<unknown>]>([
    ['by a stop of the shop', () => shop.post('/v1/opt-outs', { contact: order.contact, source: 'support' })],
    ['by the shop, which has withdrawn it', () => shop.post(`/v1/contacts/${order.contact}/links/revoke`, {})],
    ['by its age, while the page was open', async () => (shop.clock.at += HOUR)],
  ])('stops the number also when the link has ended since: %s', async (_why, end) => {
    shop.clock.at = NEARLY_OVER;
    const { page } = await visitor.open();
    await end();
    const stopped = await visitor.send('stop', {}, { page });
    expect([stopped.status, stopped.page.includes('non ti scrive più')]).toEqual([200, true]);
    expect(await states()).toMatchObject([{ state: 'stopped', source: 'page', by_shop: false }]);
    expect(await mayGet(shop.db, order, 'shipped', shop.clock.at)).toBe('opted_out');
  });

  it('stops the number also when the page was open for a day', async () => {
    const { page } = await visitor.open();
    shop.clock.at += DAY;
    expect((await visitor.send('stop', {}, { page })).status).toBe(200);
    expect(await mayGet(shop.db, order, 'shipped', shop.clock.at)).toBe('opted_out');
  });

  it('never stops anything for a person whose link had ended more than two hours before, nor by a form of another link', async () => {
    const { page } = await visitor.open();
    await shop.post(`/v1/contacts/${order.contact}/links/revoke`, {});
    shop.clock.at += 2 * HOUR + MINUTE;
    expect((await visitor.send('stop', {}, { page })).status).toBe(410);
    const other = await visitorOf(shop, (await placedOrder(shop.db, {}, validBrand())).contact);
    expect((await visitor.send('stop', {}, { page: (await other.open()).page })).status).toBe(410);
    expect(await mayGet(shop.db, order, 'shipped', shop.clock.at)).toBe('send');
  });
});

describe('of a customer with two numbers', () => {
  it('a link never opens, stops or brings back anything but the number it was sent to', async () => {
    const id = `customer-of-two-${order.order}`;
    const [one, two] = [
      await placedOrder(shop.db, { customer: { id } }, validBrand()),
      await placedOrder(shop.db, { customer: { id } }, validBrand()),
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
    const heir = await placedOrder(shop.db, { customer, placedAt: shop.clock.at }, validBrand());
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
  it('never tell how many customers there are, nor let a reader count to the next', async () => {
    const next = await visitorOf(shop, (await placedOrder(shop.db, {}, validBrand())).contact);
    expect(next.link.split('').filter((sign, at) => sign === visitor.link[at]).length).toBeLessThan(8);
  });
});

/** Texts to the number: the codes that the page's requests have, newest last. */
async function codesOf(contact: string, opens: 'download' | 'erase'): Promise<string[]> {
  const asked = await shop.db('asked_texts').where({ contact_id: contact, opens }).orderBy('created_at').orderBy('id');
  return asked.map(({ id }) => accessCodes(keys.codes)(id));
}

/** The codes that were asked for go out, and a minute passes. */
async function textsGoOut(): Promise<void> {
  const waiting = shop.db('asked_texts').whereNull('started_at');
  await waiting.update({ started_at: new Date(shop.clock.at) });
  shop.clock.at += MINUTE;
}

/** Asks for a code on the page and gives it back, as the owner of the phone reads it. */
async function codeFor(one: Visitor, contact: string, opens: 'download' | 'erase'): Promise<string> {
  const asked = await one.send(opens);
  expect([asked.status, asked.headers.get('location')?.includes('code?for=')]).toEqual([303, true]);
  await textsGoOut();
  return (await codesOf(contact, opens)).at(-1) ?? '';
}

const type = (one: Visitor, opens: 'download' | 'erase', code: string) =>
  one.send(opens === 'download' ? 'enter_download' : 'enter_erase', { code, lang: 'en' });
/** Types in the code and, if it has opened the file, presses the button that gives it out. */
async function enter(one: Visitor, opens: 'download' | 'erase', code: string): Promise<SeenPage> {
  const typed = await type(one, opens, code);
  return typed.status === 200 ? one.send('fetch_file', {}, { page: typed.page }) : typed;
}
const got = ({ headers, page }: { headers: Headers; page: string }) =>
  headers.get('content-disposition') !== null && page.includes(order.phone);
/** Another code of six digits. */
const other = (code: string): string => code.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10));

describe('a person who has the link alone', () => {
  it('never downloads what is stored about the person', async () => {
    const sent = await visitor.send('download');
    expect([sent.status, sent.page]).toEqual([303, '']);
    for (const code of ['', '000000', 'abcdef', '123456\u0000'])
      expect(got(await enter(visitor, 'download', code))).toBe(false);
    expect(await audit()).toEqual([]);
  });

  it('never erases the person, nor has anything held', async () => {
    await visitor.send('erase');
    await enter(visitor, 'erase', '000000');
    expect([await erasures(), await shop.db('planned_erasures').where({ contact_id: order.contact })]).toEqual([
      [],
      [],
    ]);
  });

  it('never has a number texted more than three codes in an hour or eight in a day, in how many tabs they ask', async () => {
    const { page } = await visitor.open();
    const press = async (action: string) => {
      const tabs = await Promise.all([1, 2].map(() => visitor.send(action, {}, { page })));
      await textsGoOut();
      return tabs.filter(({ headers }) => headers.get('location')?.includes('full=1')).length;
    };
    const full: number[] = [];
    for (let time = 0; time < 5; time += 1) full.push(await press('download'));
    expect(full).toEqual([0, 0, 0, 2, 2]);
    for (let hour = 0; hour < 6; hour += 1) {
      shop.clock.at += HOUR;
      for (let time = 0; time < 4; time += 1) {
        await visitor.send('erase');
        await textsGoOut();
      }
    }
    expect(await shop.db('asked_texts').where({ contact_id: order.contact })).toHaveLength(8);
  });

  it('never guesses on: the fifth wrong code ends the code, and the tenth the link, which is on record', async () => {
    const code = await codeFor(visitor, order.contact, 'download');
    for (let guess = 0; guess < 5; guess += 1) expect((await enter(visitor, 'download', other(code))).status).toBe(422);
    const void_ = await enter(visitor, 'download', code);
    expect([void_.status, void_.page.includes('This code can no longer be used. Ask for another.')]).toEqual([
      422,
      true,
    ]);
    const second = await codeFor(visitor, order.contact, 'erase');
    for (let guess = 0; guess < 4; guess += 1) expect((await enter(visitor, 'erase', other(second))).status).toBe(422);
    expect((await enter(visitor, 'erase', other(second))).status).toBe(410);
    expect((await enter(visitor, 'erase', second)).status).toBe(410);
    expect(await audit()).toMatchObject([{ actor: 'customer', action: 'revoke_links', after: { why: 'wrong_codes' } }]);
    expect(await shop.db('planned_erasures').where({ contact_id: order.contact })).toEqual([]);
  });
});

it('a person who has the link alone never guesses on by waiting: guesses of other days count too', async () => {
  for (const [guesses, last] of [
    [4, 422],
    [4, 422],
    [2, 410],
  ] as const) {
    const code = await codeFor(visitor, order.contact, 'download');
    let answer = 0;
    for (let guess = 0; guess < guesses; guess += 1) answer = (await enter(visitor, 'download', other(code))).status;
    expect(answer).toBe(last);
    shop.clock.at += 20 * DAY;
  }
});

it('a person whose codes are used up is never left without the time at which another is to be had', async () => {
  for (const _ of [1, 2]) await codeFor(visitor, order.contact, 'download');
  const code = await codeFor(visitor, order.contact, 'download');
  for (let guess = 0; guess < 4; guess += 1) await enter(visitor, 'download', other(code));
  const fifth = await enter(visitor, 'download', other(code));
  expect(fifth.page).toMatch(/This code can no longer be used\. You can ask for another from [^<]+\./);
  expect((await visitor.open('/code?for=download&lang=en&full=1')).page).toMatch(/No more codes .* before [^<]+\d/);
  shop.clock.at += HOUR;
  const asked = await visitor.send('download');
  expect(asked.headers.get('location')).not.toContain('full');
});

describe('a number that has been quiet for 90 days', () => {
  const refused = async (): Promise<void> => {
    const now = await visitorOf(shop, order.contact);
    for (const opens of ['download', 'erase'] as const) {
      const asked = await now.send(opens);
      expect([asked.status, asked.headers.get('location')]).toEqual([303, expect.stringContaining('quiet=1')]);
      const { page } = await now.open(`/code?for=${opens}&lang=en&quiet=1`);
      expect([page.includes('Ask the shop'), page.includes('name="code"')]).toEqual([true, false]);
    }
    expect(await shop.db('asked_texts').where({ contact_id: order.contact })).toEqual([]);
  };

  it('never has a new owner who has not ordered download or erase what is the old one’s; HELP and a choice change nothing', async () => {
    shop.clock.at += 91 * DAY;
    await reply('HELP');
    await refused();
    expect((await (await visitorOf(shop, order.contact)).send('only_orders')).status).toBe(303);
    await refused();
    shop.clock.at += 80 * DAY;
    await reply('HELP');
    await refused();
  });

  it('never keeps its person from their data who has written from it in between, or orders again', async () => {
    shop.clock.at += 80 * DAY;
    await reply('HELP');
    shop.clock.at += 80 * DAY;
    const now = await visitorOf(shop, order.contact);
    expect(got(await enter(now, 'download', await codeFor(now, order.contact, 'download')))).toBe(true);
    shop.clock.at += 95 * DAY;
    await refusedNow();
    const customer = { phone: { e164: order.phone, country: 'IT' }, consents: [] };
    const again = await placedOrder(shop.db, { placedAt: shop.clock.at, customer }, validBrand());
    expect(again.contact).toBe(order.contact);
    const back = await visitorOf(shop, order.contact);
    expect(got(await enter(back, 'download', await codeFor(back, order.contact, 'download')))).toBe(true);
  });

  async function refusedNow(): Promise<void> {
    const asked = await (await visitorOf(shop, order.contact)).send('download');
    expect(asked.headers.get('location')).toContain('quiet=1');
  }
});

describe('a code', () => {
  it('gives out what is stored, once, and that is on record; nothing that is kept has the code', async () => {
    const code = await codeFor(visitor, order.contact, 'download');
    const opened = await enter(visitor, 'download', ` ${code.slice(0, 3)} ${code.slice(3)} `);
    expect([opened.status, got(opened)]).toEqual([200, true]);
    const again = await enter(visitor, 'download', code);
    expect([again.status, again.page.includes('This code can no longer be used')]).toEqual([422, true]);
    expect(await audit()).toMatchObject([{ actor: 'customer', action: 'export_contact' }]);
    const kept = JSON.stringify([await shop.db('asked_texts'), await shop.db('audit_log'), opened.page]);
    expect(kept).not.toContain(code);
    expect(shop.logged.join()).not.toContain(code);
  });

  it('never opens anything when it is old, made up, of another purpose, another link or another person; all are told the same', async () => {
    const code = await codeFor(visitor, order.contact, 'download');
    const stranger = await placedOrder(shop.db, {}, validBrand());
    const theirs = await codeFor(await visitorOf(shop, stranger.contact), stranger.contact, 'download');
    const answers = [
      await enter(visitor, 'download', theirs),
      await enter(visitor, 'erase', code),
      await enter(visitor, 'download', 'nonsense'),
    ];
    const newer = await codeFor(visitor, order.contact, 'download');
    if (newer !== code) answers.push(await enter(visitor, 'download', code));
    shop.clock.at += 10 * MINUTE;
    answers.push(await enter(visitor, 'download', newer));
    const told = answers.map(({ status, page }) => [status, page.replaceAll(/value="[^"]*"/g, '')]);
    // The pages differ in what the button opens alone.
    expect(new Set(told.filter((_one, at) => at !== 1).map(String)).size).toBe(1);
    expect(told.map(([status]) => status)).toEqual(answers.map(() => 422));
    expect(await audit()).toEqual([]);
  });

  it('never opens anything once the link it was asked with has ended', async () => {
    const code = await codeFor(visitor, order.contact, 'download');
    await reply('STOP');
    await reply('HELP');
    const fresh = await visitorOf(shop, order.contact);
    expect((await enter(visitor, 'download', code)).status).toBe(410);
    expect((await enter(fresh, 'download', code)).status).toBe(422);
    expect(got(await enter(fresh, 'download', await codeFor(fresh, order.contact, 'download')))).toBe(true);
  });

  it('never works twice in two tabs that send it at once', async () => {
    const code = await codeFor(visitor, order.contact, 'download');
    const { page } = await visitor.open('/code?for=download');
    const both = await Promise.all([1, 2].map(() => visitor.send('enter_download', { code }, { page })));
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 422]));
  });
});

describe('the file that a code has opened', () => {
  const fetchFrom = (one: Visitor, page: string) => one.send('fetch_file', {}, { page });
  let ready: SeenPage;
  beforeEach(async () => {
    ready = await type(visitor, 'download', await codeFor(visitor, order.contact, 'download'));
  });

  it('never comes with the code itself, but from a page that says so, is in no cache and has nothing of the person', async () => {
    expect([ready.status, ready.page.includes('<h1>Your file is ready</h1>'), got(ready)]).toEqual([200, true, false]);
    expect([ready.headers.get('cache-control'), ready.headers.get('location')]).toEqual(['no-store', null]);
    for (const own of [order.phone, 'Giulia', 'Rossi', 'role="alert"']) expect(ready.page).not.toContain(own);
    expect(await audit()).toEqual([]);
    expect(got(await fetchFrom(visitor, ready.page))).toBe(true);
    expect(await audit()).toMatchObject([{ actor: 'customer', action: 'export_contact' }]);
  });

  it('is never given out twice, in two tabs at once or later', async () => {
    const both = await Promise.all([1, 2].map(() => fetchFrom(visitor, ready.page)));
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 410]);
    const late = await fetchFrom(visitor, ready.page);
    expect([late.status, got(late), late.page.includes('ask for another code')]).toEqual([410, false, true]);
    expect(await audit()).toHaveLength(1);
  });

  it('never keeps others from theirs by being asked for in vain', async () => {
    expect(got(await fetchFrom(visitor, ready.page))).toBe(true);
    for (let time = 0; time < 5; time += 1) expect((await fetchFrom(visitor, ready.page)).status).toBe(410);
    const next = await type(visitor, 'download', await codeFor(visitor, order.contact, 'download'));
    expect(got(await fetchFrom(visitor, next.page))).toBe(true);
  });

  it('is never given out after ten minutes, nor once the link has ended', async () => {
    shop.clock.at += 10 * MINUTE;
    expect((await fetchFrom(visitor, ready.page)).status).toBe(410);
    shop.clock.at -= 1;
    await reply('STOP');
    const ended = await fetchFrom(visitor, ready.page);
    expect([ended.status, got(ended)]).toEqual([410, false]);
    expect((await audit()).map(({ action }) => action)).toEqual(['stop_messages']);
  });

  it('is never given out by another link, of another person or of the same number', async () => {
    const stranger = await placedOrder(shop.db, {}, validBrand());
    shop.clock.at += DAY;
    const links = [await visitorOf(shop, stranger.contact), await visitorOf(shop, order.contact)];
    shop.clock.at -= DAY;
    for (const one of links) expect((await fetchFrom(one, ready.page)).status).toBe(403);
    expect(await audit()).toEqual([]);
    expect(got(await fetchFrom(visitor, ready.page))).toBe(true);
  });

  it('is never that of another request: its name is part of the seal', async () => {
    const [other] = await shop.db('asked_texts').whereNot({ contact_id: order.contact }).limit(1);
    const sent = await visitor.send('fetch_file', { shown: other.id }, { page: ready.page });
    expect([sent.status, await audit()]).toEqual([403, []]);
  });
});

describe('an erasure that a person has asked for', () => {
  const look = () =>
    carryOutPlannedErasures(storeOf(shop.db), shop.clock.at, (_, error) => {
      throw error;
    });
  const plans = () => shop.db('planned_erasures').where({ contact_id: order.contact });
  /** Whether it has begun, once all have been looked at. */
  async function carryOut(): Promise<boolean> {
    await look();
    const [plan] = (await plans()).toReversed();
    return plan?.begun_at !== null;
  }
  async function asked(): Promise<Visitor> {
    const code = await codeFor(visitor, order.contact, 'erase');
    const next = await enter(visitor, 'erase', code);
    expect(next.status).toBe(303);
    const fresh = await visitorOf(shop, order.contact);
    expect(next.headers.get('location')).toBe(`../${fresh.link}?lang=en`);
    return fresh;
  }

  it('never begins within a day, and then begins by itself, once, also when several processes look', async () => {
    await asked();
    expect(await mayGet(shop.db, order, 'shipped', shop.clock.at)).toBe('send');
    for (const kind of ['care_tips', 'rating_request', 'bundle_offer'] as const)
      expect([kind, await mayGet(shop.db, order, kind, shop.clock.at)]).toEqual([kind, 'erasure_planned']);
    shop.clock.at += 24 * HOUR + ERASURE_UNDER_WAY - 2;
    expect([await carryOut(), await erasures()]).toEqual([false, []]);
    shop.clock.at += 2;
    const looks = [1, 2, 3].map(look);
    expect((await Promise.all(looks)).reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(await erasures()).toMatchObject([{ source: 'page', requested_by: 'customer', started_at: null }]);
    expect(await mayGet(shop.db, order, 'shipped', shop.clock.at)).toBe('opted_out');
    expect((await (await visitorOf(shop, order.contact)).open()).status).toBe(410);
  });

  it('leaves the old link without use, tells the number, and is on record', async () => {
    const fresh = await asked();
    expect((await visitor.open()).status).toBe(410);
    const { page } = await fresh.open('?lang=en');
    expect(page).toContain('Your data will be erased');
    expect(page).not.toContain('/erase?');
    expect(await shop.db('asked_texts').where({ contact_id: order.contact, kind: 'erasure_planned' })).toHaveLength(1);
    expect(await audit()).toMatchObject([{ actor: 'customer', action: 'hold_erasure' }]);
  });

  it.each(['NO', 'no, grazie', 'No please!', '아니요', 'Nein'])(
    'is taken back by "%s" from that number, which is answered and on record',
    async (no) => {
      await asked();
      await reply(no);
      shop.clock.at += 25 * HOUR;
      expect([await carryOut(), await erasures()]).toEqual([false, []]);
      expect(await plans()).toMatchObject([{ cancelled_at: expect.any(Date), begun_at: null }]);
      expect((await audit()).at(-1)).toMatchObject({
        actor: 'customer',
        action: 'cancel_erasure',
        after: { source: 'text' },
      });
      const answered = shop.db('inbound_messages as i').join('conversations as c', 'c.id', 'i.conversation_id');
      expect(await answered.where({ contact_id: order.contact })).toMatchObject([
        { meaning: 'keeps_data', reply: 'erasure_cancelled' },
      ]);
      expect(await mayGet(shop.db, order, 'care_tips', NOON)).toBe('send');
    },
  );

  it('never begins before a NO that was sent in time, and came late, is heard', async () => {
    await asked();
    const sent = shop.clock.at + 24 * HOUR - 1000;
    shop.clock.at = sent + 2 * MINUTE;
    expect(await carryOut()).toBe(false);
    await reply('NO', order.phone, sent);
    shop.clock.at += HOUR;
    expect([await carryOut(), await erasures()]).toEqual([false, []]);
  });

  it('is never taken back by the NO of another number, by an older NO, or once it has begun', async () => {
    const stranger = await placedOrder(shop.db, {}, validBrand());
    await asked();
    await reply('NO', stranger.phone);
    await reply('NO', order.phone, shop.clock.at - HOUR);
    expect(await plans()).toMatchObject([{ cancelled_at: null }]);
    shop.clock.at += 25 * HOUR;
    expect(await carryOut()).toBe(true);
    await reply('NO');
    expect(await plans()).toMatchObject([{ cancelled_at: null, begun_at: expect.any(Date) }]);
    expect(await erasures()).toHaveLength(1);
    expect((await audit()).map(({ action }) => action)).not.toContain('cancel_erasure');
  });

  it('is taken back on the page, once; a consent that was asked about is not declined by it', async () => {
    const fresh = await asked();
    const { page } = await fresh.open();
    const kept = await Promise.all([1, 2].map(() => fresh.send('keep', {}, { page })));
    expect(new Set(kept.map(({ headers }) => headers.get('location')?.split('done=')[1]))).toEqual(
      new Set(['kept', 'unchanged']),
    );
    expect((await audit()).filter(({ action }) => action === 'cancel_erasure')).toHaveLength(1);
    expect(await mayGet(shop.db, order, 'bundle_offer', NOON)).toBe('send');
    await visitorOf(shop, order.contact);
    expect((await fresh.open('?lang=en')).page).not.toContain('will be erased');
  });

  it('may be asked for again after it was taken back', async () => {
    const fresh = await asked();
    await fresh.send('keep');
    const code = await codeFor(fresh, order.contact, 'erase');
    expect((await enter(fresh, 'erase', code)).status).toBe(303);
    shop.clock.at += 25 * HOUR;
    expect(await carryOut()).toBe(true);
  });

  it('that the shop asks for at once is not put off by it, and cannot be taken back', async () => {
    await asked();
    await fetch(`${shop.url}/v1/contacts/${order.contact}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${shop.key}` },
    });
    await reply('NO');
    expect(await erasures()).toMatchObject([{ source: 'api' }]);
    expect((await audit()).map(({ action }) => action)).not.toContain('cancel_erasure');
    shop.clock.at += 25 * HOUR;
    expect([await carryOut(), (await erasures()).length]).toEqual([true, 1]);
  });
});

describe('a question about a consent', () => {
  it('never counts as answered by a number it was not sent to: neither its link nor its YES confirms what the other agreed to', async () => {
    const id = `two-numbers-${order.order}`;
    const consents = [consentTo('promotional')];
    const first = await placedOrder(shop.db, { customer: { id, consents } }, validBrand());
    const second = await placedOrder(shop.db, { customer: { id, consents } }, validBrand());
    for (const { contact } of [first, second]) {
      const asking = { brand: 'bottega', contact, class: 'promotional', action: 'asked', basis: 'express' } as const;
      await shop.db.transaction((trx) =>
        recordConsents(
          trx,
          asking.brand,
          contact,
          [{ ...asking, wording: 'Vuoi?', source: 'test', at: NOON }],
          NOON,
          'dopo',
        ),
      );
    }
    await (await visitorOf(shop, first.contact)).send('confirm');
    const confirmed = async (contact: string) =>
      (await shop.db('consents').where({ contact_id: contact, action: 'confirmed' })).length;
    expect([await confirmed(first.contact), await confirmed(second.contact)]).toEqual([1, 0]);
    await reply('YES', second.phone);
    expect(await confirmed(second.contact)).toBe(0);
  });
});
