import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY, HOUR } from '../../../domain/time/duration.ts';
import { LOCALES } from '../../../domain/sending/message.ts';
import { PAGE_WORDS } from '../../../locales/load.ts';
import { LINK_LIFE, freshLink } from '../../../pages/link.ts';
import { endLinks } from '../../../db/contacts/contacts.ts';
import type { Shop } from '../../api/shop.ts';
import { openShop, validBrand } from '../../api/shop.ts';
import { keys } from '../../helpers/keys.ts';
import type { PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, placedOrder } from '../../helpers/ledger.ts';
import type { Visitor } from './visitor.ts';
import { visitorOf } from './visitor.ts';

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

const preferences = () => shop.db('preferences').where({ contact_id: order.contact }).first();
const audit = async () =>
  shop.db('audit_log').where({ subject_kind: 'contact', subject_id: order.contact }).orderBy('id');
const version = async () => (await shop.db('contacts').where({ id: order.contact }).first('gate_version')).gate_version;

describe('the page', () => {
  it('shows what is chosen, in the language of the customer, with the headers that keep it to themselves', async () => {
    const { status, headers, page } = await visitor.open();
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page).toContain('<html lang="it">');
    expect(page).toContain('I tuoi messaggi da Bottega Sole');
    expect(page).toContain('Italia – Ora dell’Europa centrale (12:00)');
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'/,
    );
    expect(headers.get('content-security-policy')).not.toContain('script');
    expect([headers.get('cache-control'), headers.get('referrer-policy')]).toEqual(['no-store', 'no-referrer']);
    expect(headers.get('x-robots-tag')).toContain('noindex');
    expect(page).not.toMatch(/<script|javascript:|\son\w+=/);
  });

  it.each([
    ['en', 'Your messages from Bottega Sole'],
    ['it', 'I tuoi messaggi da Bottega Sole'],
    ['ko', 'Bottega Sole 메시지 설정'],
  ])('can be read in %s', async (lang, title) => {
    const { page } = await visitor.open(`?lang=${lang}`);
    expect(page).toContain(`<html lang="${lang}">`);
    expect(page).toContain(`<title>${title}</title>`);
  });

  it.each([
    ['en', 'Italy – Central European Time', 'Los Angeles – Pacific Time', 'Eritrea – East Africa Time'],
    [
      'it',
      'Italia – Ora dell’Europa centrale',
      'Canarie – Ora dell’Europa occidentale',
      'Corea del Sud – Ora standard coreana',
    ],
    ['ko', '이탈리아 – 중부유럽 시간', '로스앤젤레스 – 미 태평양 시간', '대한민국 – 한국 표준시'],
  ])('names each time zone once, by its place in the language of the reader: %s', async (lang, ...names) => {
    const { page } = await visitor.open(`?lang=${lang}`);
    const options = [...page.matchAll(/<option value="[^"]+"[^>]*>([^<]+)</g)].map(([, name]) => name);
    expect(options).toEqual(expect.arrayContaining(names));
    expect(options.filter((name, place) => options.indexOf(name) !== place)).toEqual([]);
    if (lang === 'ko') expect(options.filter((name) => !/^[가-힣]/.test(String(name)))).toEqual([]);
    const elsewhere = options.slice(1);
    expect(elsewhere).toEqual(elsewhere.toSorted((one, other) => String(one).localeCompare(String(other), lang)));
  });

  it.each([
    ['GB', '3 March 2027'],
    ['US', 'March 3, 2027'],
    ['IN', '3 March 2027'],
    [null, '3 March 2027'],
  ])('writes dates as English is written in the country: %s', async (country, date) => {
    await shop.db('contacts').where({ id: order.contact }).update({ country });
    await shop.db('addresses').where({ contact_id: order.contact }).update({ country: 'GB' });
    expect((await visitor.open('?lang=en')).page).toContain(date);
  });

  it('has no number, name or address of the customer on it', async () => {
    const { page } = await visitor.open();
    for (const own of [order.phone, 'Giulia', 'Rossi', '20121']) expect(page).not.toContain(own);
  });

  it('is opened without changing anything, by a browser, a prefetch or a scanner of links', async () => {
    const before = [await version(), (await shop.db('audit_log')).length];
    await visitor.open('', { 'sec-purpose': 'prefetch;prerender', purpose: 'prefetch' });
    for (const path of ['', '/erase', '?action=stop&topics=', '?done=saved'])
      expect((await visitor.open(path)).status).toBe(200);
    const head = await fetch(`${shop.url}/p/${visitor.link}`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect([await version(), (await shop.db('audit_log')).length]).toEqual(before);
    expect(await preferences()).toBeUndefined();
  });

  it('leaves nothing of the link in the log or the metrics', async () => {
    await visitor.open();
    await visitor.send('save', { topics: ['tips'] });
    expect(shop.logged.join()).not.toContain(visitor.link);
    expect(JSON.parse(shop.logged.at(-1) ?? '{}')).toMatchObject({ route: '/p/:token', status: 303 });
    expect((await shop.ops('/metrics')).body).not.toContain(visitor.link);
  });

  it('writes what a brand is called as text, whatever it is called', async () => {
    const name = `<b onclick="x">&'`;
    await shop
      .db('brands')
      .where({ id: 'bottega' })
      .update({ settings: JSON.stringify(validBrand({ name })) });
    const { page } = await visitor.open();
    await shop
      .db('brands')
      .where({ id: 'bottega' })
      .update({ settings: JSON.stringify(validBrand()) });
    expect(page).not.toContain('<b onclick');
    expect(page).toContain('&lt;b onclick=&quot;x&quot;&gt;&amp;&#39;');
  });
});

describe('a link', () => {
  it.each([
    [
      'that was changed',
      () => `${visitor.link.slice(0, -1)}${visitor.link.endsWith('A') ? 'B' : 'A'}`,
      403,
      'does not work',
    ],
    ['that was made up', () => 'AQAAAAAAAAAAAAA', 403, 'does not work'],
    [
      'of a number that never was',
      () => freshLink(keys.links, { id: randomBytes(8), epoch: 0 }, NOON),
      410,
      'nothing here',
    ],
    [
      'that is too old',
      () => freshLink(keys.links, { id: randomBytes(8), epoch: 0 }, NOON - LINK_LIFE - 2 * DAY),
      410,
      'too old',
    ],
  ])(
    '%s shows no person, says how to get a new one if there is one, in three languages, and changes nothing',
    async (_name, link, status, title) => {
      for (const [lang, how] of [
        ['en', 'Reply HELP'],
        ['it', 'Rispondi HELP'],
        ['ko', 'HELP로 답장'],
      ]) {
        const response = await fetch(`${shop.url}/p/${link()}?lang=${lang}`);
        const page = await response.text();
        const promised = page.includes(how ?? '');
        // The person has no page any more, so no new link is promised.
        expect([response.status, promised, page.includes('Bottega')]).toEqual([
          status,
          title !== 'nothing here',
          false,
        ]);
        if (lang === 'en') expect(page).toContain(title);
      }
      const sent = await fetch(`${shop.url}/p/${link()}`, {
        method: 'POST',
        body: new URLSearchParams({ action: 'stop' }),
      });
      expect(sent.status).toBe(status);
    },
  );

  it("'s refusal speaks the browser's language", async () => {
    const response = await fetch(`${shop.url}/p/x`, { headers: { 'accept-language': 'fr-CH, ko;q=0.9, en;q=0.8' } });
    expect(await response.text()).toContain('<html lang="ko">');
  });
});

it.each(['/p', '/p/', '/P/x', '/p/x/y/z', '/p/x/other'])('%s leads nowhere, which is said on a page', async (path) => {
  const response = await fetch(shop.url + path, { headers: { 'accept-language': 'it' } });
  const [page, policy] = [await response.text(), response.headers.get('content-security-policy')];
  expect([response.status, response.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
  expect([page.includes('<html lang="it">'), policy?.includes("default-src 'none'")]).toEqual([true, true]);
});

it.each(['PUT', 'DELETE', 'PROPFIND'])(
  'a request by %s is refused on a page that names what is allowed',
  async (method) => {
    const path = `/p/${visitor.link}`;
    const response = await fetch(shop.url + path, { method, headers: { 'accept-language': 'it' } });
    expect([response.status, response.headers.get('content-type')]).toEqual([405, 'text/html; charset=utf-8']);
    expect(await response.text()).toContain('<html lang="it">');
    expect(response.headers.get('allow')).toBe('HEAD, GET, POST');
  },
);

describe.each(LOCALES)('in %s, the answer to a form that ends the link', (lang) => {
  it.each([
    ['stop', 200, PAGE_WORDS[lang].stoppedSays],
    ['disown', 410, PAGE_WORDS[lang].revokedSays],
  ] as const)(
    'of %s has no way to a page that says that nothing was changed, nor has its reload',
    async (action, status, says) => {
      const { page } = await visitor.open(`?lang=${lang}`);
      const ended = await visitor.send(action, {}, { page });
      expect([ended.status, ended.page.includes('?lang=')]).toEqual([200, false]);
      const reload = await visitor.send(action, {}, { page, headers: { 'accept-language': lang } });
      expect([reload.status, reload.page.includes(says)]).toEqual([status, true]);
      expect(reload.page).not.toContain(PAGE_WORDS[lang].nothingChanged);
    },
  );
});

describe('an address with a slash after the link', () => {
  it('leads to the page itself, whose own links start from there', async () => {
    const opened = await visitor.open('/?lang=ko');
    expect([opened.status, opened.headers.get('location')]).toEqual([302, `../${visitor.link}?lang=ko`]);
    const question = await visitor.open('/erase/');
    expect([question.status, question.headers.get('location')]).toEqual([302, '../erase']);
  });
});

describe('a form that is not from our page', () => {
  const untouched = async () => expect([await preferences(), await audit()]).toEqual([undefined, []]);

  it.each([
    ['a browser that says it comes from elsewhere', {}, { 'sec-fetch-site': 'cross-site' }],
    ['a sister site', {}, { 'sec-fetch-site': 'same-site' }],
    ["another site's origin", {}, { 'sec-fetch-site': '', origin: 'https://evil.example' }],
    ['no token', { token: null }, {}],
    ['a token that was changed', { token: 'lqx.AAAA' }, {}],
    ['another content than the page showed', { shown: '{}' }, {}],
    ['an action that there is not', { action: 'grant_all' }, {}],
  ])('is refused with a page: %s', async (_name, changes, headers) => {
    const reply = await visitor.send('save', { topics: [], lang: 'en', ...changes }, { headers });
    expect(reply.status).toBe(403);
    expect(reply.page).toMatch(/<h1>(This did not come|Questa richiesta non viene)/);
    await untouched();
  });

  it("is refused with the token of another customer's page", async () => {
    const other = await visitorOf(shop, (await placedOrder(shop.db, {}, validBrand())).contact);
    const reply = await visitor.send('stop', {}, { page: (await other.open()).page });
    expect(reply.status).toBe(403);
    await untouched();
  });

  it('or is older than two hours changes nothing and shows how things are', async () => {
    const { page } = await visitor.open('?lang=en');
    shop.clock.at += 2 * HOUR + 1;
    for (const action of ['save', 'only_orders', 'disown']) {
      const reply = await visitor.send(action, {}, { page });
      expect([action, reply.status, reply.page.includes('open for more than two hours')]).toEqual([action, 409, true]);
    }
    await untouched();
  });

  it('or is no form, or larger than any form, is refused with a page', async () => {
    const post = (body: string) =>
      fetch(`${shop.url}/p/${visitor.link}`, { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' }, body });
    expect((await post('{"action":"stop"}')).status).toBe(403);
    const large = await post('x'.repeat(70_000));
    expect([large.status, large.headers.get('content-type')]).toEqual([403, 'text/html; charset=utf-8']);
    expect(shop.logged.filter((line) => line.includes('page failed'))).toEqual([]);
    await untouched();
  });

  it('or asks too late to be erased asks again, on a page whose links and forms still lead somewhere', async () => {
    const { page } = await visitor.open('/erase?lang=en');
    shop.clock.at += 2 * HOUR + 1;
    const late = await visitor.send('erase', {}, { page });
    expect(late.status).toBe(409);
    expect(late.page).toContain('open for more than two hours');
    expect(late.page).toContain(`href="../${visitor.link}?lang=en"`);
    await untouched();
    expect((await visitor.send('erase', {}, { page: late.page })).status).toBe(303);
  });
});

describe('my data', () => {
  it('takes a code to download or to erase, which the page asks for in the languages it speaks', async () => {
    for (const [lang, title] of [
      ['en', 'Enter the code'],
      ['it', 'Inserisci il codice'],
      ['ko', '인증번호 입력'],
    ]) {
      const { status, page } = await visitor.open(`/code?for=download&lang=${lang}`);
      expect([status, page.includes(`<h1>${title}</h1>`), page.includes(order.phone)]).toEqual([200, true, false]);
    }
    expect((await visitor.open('/code?for=nonsense')).page).toContain('I tuoi messaggi');
    expect(await audit()).toEqual([]);
  });

  it('is not kept from a new link by a code that is on its way to the former one, which no longer opens anything', async () => {
    const asked = () => shop.db('asked_texts').where({ contact_id: order.contact });
    await visitor.send('download');
    await visitor.send('download');
    expect(await asked()).toHaveLength(1);
    const number = { brand: order.brand, contact: order.contact, address: order.phone };
    await shop.db.transaction((trx) => endLinks(trx, number, shop.clock.at));
    const { status, headers } = await (await visitorOf(shop, order.contact)).send('download');
    expect([status, headers.get('location')?.includes('code?for=download')]).toEqual([303, true]);
    expect(await asked()).toHaveLength(2);
  });

  it('leads from each button to where the code is typed in, from wherever the form stands', async () => {
    const download = await visitor.send('download', { lang: 'en' });
    expect(download.headers.get('location')).toBe(`${visitor.link}/code?for=download&lang=en`);
    const erase = await visitor.send('erase', { lang: 'en' });
    expect(erase.headers.get('location')).toBe('code?for=erase&lang=en');
    const again = await visitor.send('erase', { lang: 'en' }, { page: (await visitor.open('/code?for=erase')).page });
    expect(again.headers.get('location')).toBe('code?for=erase&lang=en');
  });

  it('is said to go in 24 hours before it is asked for, and a form that is too old asks for the code anew', async () => {
    const question = await visitor.open('/erase?lang=en');
    expect([question.status, question.page.includes('You have 24 hours to change your mind')]).toEqual([200, true]);
    const { page } = await visitor.open('/code?for=erase&lang=en');
    shop.clock.at += 2 * HOUR + 1;
    const late = await visitor.send('enter_erase', { code: '123456' }, { page });
    expect([late.status, late.page.includes('open for more than two hours')]).toEqual([409, true]);
    expect(await audit()).toEqual([]);
  });
});
