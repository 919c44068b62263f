/** The preference page in a real browser, as customers have it: no script runs but that of the accessibility checker. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accessCodes } from '../../commands/privacy/ask-code.ts';
import { saveBrand } from '../../commands/orders/save-brand.ts';
import { HOUR } from '../../domain/time/duration.ts';
import type { Locale, MessageKind } from '../../domain/sending/message.ts';
import { LOCALES } from '../../domain/sending/message.ts';
import { PAGE_WORDS } from '../../locales/load.ts';
import type { Shop } from '../api/shop.ts';
import { openShop, validBrand } from '../api/shop.ts';
import { keys } from '../helpers/keys.ts';
import { openBrowser } from '../helpers/browser.ts';
import type { PlacedOrder } from '../helpers/ledger.ts';
import { NOON, consentTo, placedOrder } from '../helpers/ledger.ts';
import { mayGet } from '../helpers/may-get.ts';
import { isWhole } from '../helpers/whole.ts';
import { visitorOf } from '../pages/preferences/visitor.ts';

const BRAND = validBrand({ channels: { rcs: { sender: 'BottegaSole' } } });
const NARROW = { width: 320, height: 640 };
const WIDE = { width: 1280, height: 900 };
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let shop: Shop;
let browser: Browser;
let order: PlacedOrder;
let address: string;
/** One for each kind of customer: a browser's page that is new takes half a second of CPU, and its process another half. */
const pages = new Map<string, Page>();

beforeAll(async () => {
  shop = await openShop();
  await saveBrand(shop.db, BRAND, NOON);
  browser = await openBrowser();
});
beforeEach(async () => {
  shop.clock.at = NOON;
  order = await placedOrder(shop.db, { customer: { consents: [consentTo('service_feedback')] } }, BRAND);
  address = `${shop.url}/p/${(await visitorOf(shop, order.contact)).link}`;
});
afterEach(async () => {
  for (const page of pages.values()) {
    await page.unrouteAll();
    page.removeAllListeners('request');
    await page.context().clearCookies();
  }
});
afterAll(async () => {
  await browser?.close();
  await shop?.close();
});

interface Customer {
  readonly viewport?: { width: number; height: number };
  /** Only for the checker, which is a script. */
  readonly scripts?: boolean;
  readonly colorScheme?: 'light' | 'dark';
}

async function customer({ viewport = NARROW, scripts = false, colorScheme = 'light' }: Customer = {}): Promise<Page> {
  const kind = JSON.stringify([viewport, scripts, colorScheme]);
  const kept = pages.get(kind);
  if (kept) return kept;
  // The page's own policy would keep the checker out.
  const context = await browser.newContext({ javaScriptEnabled: scripts, viewport, colorScheme, bypassCSP: scripts });
  const page = await context.newPage();
  pages.set(kind, page);
  return page;
}

/** The link that HELP would get at this moment. */
const linkNow = async () => `${shop.url}/p/${(await visitorOf(shop, order.contact)).link}`;
const stored = () => shop.db('preferences').where({ contact_id: order.contact }).first();
const consents = async () =>
  (await shop.db('consents').where({ contact_id: order.contact, source: 'page' }).orderBy('id')).map(
    ({ action, class: name }) => `${action} ${name}`,
  );
const audited = async () =>
  (await shop.db('audit_log').where({ subject_id: order.contact }).orderBy('id')).map(
    ({ actor, action }) => `${actor} ${action}`,
  );
const gets = (kind: MessageKind): Promise<string> => mayGet(shop.db, order, kind, shop.clock.at);

/** Faults that the checker finds against WCAG 2 at levels A and AA. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const run = `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
    .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ' ' + target)))`;
  return page.evaluate<string[]>(run);
}

const isWiderThanScreen = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');

/** Whether a word is too long for its line depends on the language and shows on the narrow screen. On the wide screen one language is enough. */
const EVERYWHERE = LOCALES.flatMap((locale, index) =>
  (isWhole || index === 0 ? [NARROW, WIDE] : [NARROW]).map((viewport) => ({ locale, viewport, width: viewport.width })),
);

/** Checks a page for faults, and keeps a picture of it where a folder is named. */
async function look(page: Page, name: string): Promise<void> {
  const pictures = process.env['DOPO_SCREENSHOTS'];
  const path = `${pictures}/${name}-${page.viewportSize()?.width}.png`;
  if (pictures) await page.screenshot({ path, fullPage: true });
  expect([name, await violations(page), await isWiderThanScreen(page)]).toEqual([name, [], false]);
}

describe.each(EVERYWHERE)('in $locale, $width px wide', ({ locale, viewport }) => {
  const words = PAGE_WORDS[locale];
  const box = (page: Page, topic: 'tips' | 'feedback' | 'reviews' | 'offers') =>
    page.getByRole('checkbox', { name: words.topic[topic](BRAND.name).title });

  it('without scripts a customer changes everything there is, and the next decision knows it', async () => {
    const page = await customer({ viewport });
    await page.goto(`${address}?lang=${locale}`);
    expect(await page.title()).toBe(words.title(BRAND.name));
    expect(await page.locator('html').getAttribute('lang')).toBe(locale);
    expect(await Promise.all([box(page, 'feedback').isChecked(), box(page, 'offers').isChecked()])).toEqual([
      true,
      false,
    ]);
    await box(page, 'tips').uncheck();
    await box(page, 'offers').check();
    await page.getByRole('checkbox', { name: words.channel.rcs ?? 'RCS' }).uncheck();
    await page.getByRole('radio', { name: words.mostPerWeek[2] }).check();
    await page.getByLabel(words.pauseLabel).fill('2026-03-06');
    await page.getByLabel(words.zoneLabel).selectOption('Asia/Seoul');
    await page.getByRole('button', { name: words.save, exact: true }).click();
    await page.getByRole('status').filter({ hasText: words.saved }).waitFor();
    expect(await stored()).toMatchObject({
      topics_off: ['tips', 'reviews'],
      channels_off: ['rcs'],
      most_per_week: 2,
      paused_until: new Date('2026-03-06T00:00:00+01:00'),
    });
    expect([await consents(), await audited()]).toEqual([['granted promotional'], ['customer change_preferences']]);
    expect(await box(page, 'offers').isChecked()).toBe(true);
    expect(await page.getByLabel(words.zoneLabel).inputValue()).toBe('Asia/Seoul');
    expect(await Promise.all([gets('shipped'), gets('care_tips'), gets('bundle_offer')])).toEqual([
      'send',
      'topic_off',
      'paused_by_customer',
    ]);
  });

  it('one button leaves only news of orders, another stops everything, and a third brings it back', async () => {
    const page = await customer({ viewport });
    await page.goto(`${address}?lang=${locale}`);
    await page.getByRole('button', { name: words.onlyOrders, exact: true }).click();
    await page.getByRole('status').waitFor();
    expect(await Promise.all([gets('shipped'), gets('care_tips')])).toEqual(['send', 'topic_off']);
    await page.getByRole('button', { name: words.stopButton }).click();
    await page.getByRole('heading', { name: words.stoppedTitle(BRAND.name) }).waitFor();
    expect(await gets('shipped')).toBe('opted_out');
    await page.goto(`${await linkNow()}?lang=${locale}`);
    await page.getByRole('button', { name: words.resumeButton }).click();
    await page.getByRole('status').filter({ hasText: words.resumed }).waitFor();
    expect(await Promise.all([gets('shipped'), gets('care_tips')])).toEqual(['send', 'topic_off']);
  });

  it('nothing on any page is against WCAG 2 A and AA, and nothing is cut off', async () => {
    // Both widths, so both colour schemes too.
    const page = await customer({ viewport, scripts: true, colorScheme: viewport === NARROW ? 'light' : 'dark' });
    const faults = async () => [await violations(page), await isWiderThanScreen(page)];
    // The page itself, its question about an erasure and a revoked link are looked at with "my data".
    await page.goto(`${address}x?lang=${locale}`);
    expect(await faults()).toEqual([[], false]);
    await page.goto(`${address}?lang=${locale}`);
    // The browser itself would refuse it.
    await page.evaluate("document.getElementById('pausedUntil').type = 'text'");
    await page.getByLabel(words.pauseLabel).fill('2030-01-01');
    await page.getByRole('button', { name: words.save, exact: true }).click();
    await page.getByRole('alert').waitFor();
    expect(await faults()).toEqual([[], false]);
    await page.goto(`${address}?lang=${locale}`);
    await page.getByRole('button', { name: words.stopButton }).click();
    await page.getByRole('heading', { name: words.stoppedTitle(BRAND.name) }).waitFor();
    expect(await faults()).toEqual([[], false]);
    await page.goto(`${address}?lang=${locale}`);
    await page.getByRole('heading', { name: words.revokedTitle }).waitFor();
    await page.goto(`${await linkNow()}?lang=${locale}`);
    await page.getByRole('heading', { name: words.stoppedTitle(BRAND.name) }).waitFor();
    expect(await faults()).toEqual([[], false]);
    await page.getByRole('button', { name: words.resumeButton }).click();
    await page.getByRole('status').waitFor();
    expect(await faults()).toEqual([[], false]);
  });
});

/** Runs in the browser. Of the element that has the focus: its field's name or its text, and how its outline is drawn. */
function nameAndOutline([focused]: { ownerDocument: { defaultView: BrowserWindow | null } }[]): string[] {
  const element = focused as { name?: string; textContent?: string } | undefined;
  const style = focused?.ownerDocument.defaultView?.getComputedStyle(focused);
  return [element?.name || (element?.textContent ?? '').trim(), style?.outlineStyle ?? ''];
}

interface BrowserWindow {
  getComputedStyle(element: object): { outlineStyle: string };
}

it('the checker of accessibility sees what is wrong', async () => {
  const page = await customer({ scripts: true });
  await page.setContent('<html lang="en"><title>x</title><main><h1>x</h1><input></main></html>');
  expect(await violations(page)).toEqual(['label input']);
});

describe('with the keyboard alone', () => {
  it('a customer reaches every control in order, sees where they are, and saves with Enter', async () => {
    const page = await customer();
    await page.goto(`${address}?lang=en`);
    const passed: string[] = [];
    for (let key = 0; key < 25; key += 1) {
      await page.keyboard.press('Tab');
      const [name = '', outline] = await page.locator(':focus').evaluateAll(nameAndOutline);
      if (name !== '') expect([name, outline]).toEqual([name, 'solid']);
      passed.push(name);
    }
    const controls = ['English', 'topics', 'channels', 'perWeek', 'pausedUntil', 'zone', 'Save'].map((name) =>
      passed.indexOf(name),
    );
    expect(controls).toEqual(controls.toSorted((a, b) => a - b));
    expect(Math.min(...controls)).toBeGreaterThanOrEqual(0);
    await page.getByRole('checkbox', { name: 'Tips' }).focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Enter');
    await page.getByRole('status').waitFor();
    expect((await stored()).topics_off).toEqual(['tips']);
  });

  it('a mistake is told first and leads to its field, which keeps what was typed elsewhere', async () => {
    const page = await customer();
    await page.goto(`${address}?lang=en`);
    await page.getByRole('checkbox', { name: 'SMS' }).uncheck();
    await page.getByRole('checkbox', { name: 'RCS' }).uncheck();
    await page.getByRole('radio', { name: 'Once a week' }).check();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('alert').getByRole('link', { name: PAGE_WORDS.en.channelMissing }).click();
    expect(new URL(page.url()).hash).toBe('#channels');
    expect(await page.title()).toMatch(/^Error: /);
    expect(await page.getByRole('radio', { name: 'Once a week' }).isChecked()).toBe(true);
    expect(await stored()).toBeUndefined();
  });
});

describe('a browser that only looks', () => {
  it('changes nothing: neither by opening, nor by fetching ahead, nor by going back', async () => {
    const page = await customer();
    const version = async () =>
      (await shop.db('contacts').where({ id: order.contact }).first('gate_version')).gate_version;
    const before = await version();
    await page.route('https://mail.example/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<link rel="prefetch" href="${address}"><a href="${address}/erase">x</a>`,
      }),
    );
    await page.goto('https://mail.example/');
    await page.getByRole('link').click();
    await page.getByRole('link', { name: PAGE_WORDS.it.back }).click();
    // A click does not wait for the page that it opens, and Chromium refuses to go back from one that is half open.
    await page.waitForURL(({ pathname }) => !pathname.endsWith('/erase'));
    await page.goBack();
    expect([await version(), await stored(), await audited()]).toEqual([before, undefined, []]);
  });

  it('gets neither a cookie nor anything from elsewhere, and tells no other site where it has been', async () => {
    const page = await customer();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(address);
    expect(asked.filter((url) => !url.endsWith('/favicon.ico'))).toEqual([address]);
    expect(await page.context().cookies()).toEqual([]);
  });
});

describe('forms that are not from our page', () => {
  it('a site that makes a browser send one gets a refusal, and nothing is changed', async () => {
    const page = await customer();
    await page.route('http://evil.example/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form method="post" action="${address}"><input name="action" value="stop"><input name="token" value="a.b"><button>Win</button></form>`,
      }),
    );
    await page.goto('http://evil.example/');
    await page.getByRole('button').click();
    await page.getByRole('heading', { name: PAGE_WORDS.it.forgedTitle }).waitFor();
    expect([await gets('shipped'), await audited()]).toEqual(['send', []]);
  });

  it('a page that was open too long is shown anew', async () => {
    const page = await customer();
    await page.goto(`${address}?lang=en`);
    shop.clock.at += 3 * HOUR;
    await page.getByRole('button', { name: PAGE_WORDS.en.onlyOrders, exact: true }).click();
    await page.getByText(PAGE_WORDS.en.stale).waitFor();
    expect([await stored(), await audited()]).toEqual([undefined, []]);
  });

  it.each([['en'], ['it'], ['ko']] as [Locale][])(
    'a link that was changed says in %s how to get a new one, and nothing else',
    async (locale) => {
      const page = await customer();
      const response = await page.goto(`${address}A?lang=${locale}`);
      expect(response?.status()).toBe(403);
      expect(await page.locator('main').innerText()).toBe(
        `${PAGE_WORDS[locale].invalidTitle}\n\n${PAGE_WORDS[locale].newLink} ${PAGE_WORDS[locale].nothingChanged}`,
      );
    },
  );
});

describe('my data', () => {
  /** The code that the number was texted last. */
  const lastCode = async (opens: 'download' | 'erase'): Promise<string> => {
    const asked = shop.db('asked_texts').where({ contact_id: order.contact, opens });
    const { id } = await asked.orderBy('created_at', 'desc').first('id');
    return accessCodes(keys.codes)(id);
  };

  it.each(EVERYWHERE)(
    'in $locale, $width px wide: is saved from a page that says that it is ready, after a wrong code and the right one',
    async ({ locale, viewport }) => {
      const words = PAGE_WORDS[locale];
      const page = await customer({ viewport });
      await page.goto(`${address}?lang=${locale}`);
      await page.getByRole('button', { name: words.download }).click();
      const code = await lastCode('download');
      const type = async (typed: string): Promise<void> => {
        await page.getByLabel(words.codeLabel).fill(typed);
        await page.getByRole('button', { name: words.codeButton.download }).click();
      };
      await type(code === '000000' ? '000001' : '000000');
      await page.getByRole('alert').filter({ hasText: words.codeWrong }).waitFor();
      await type(code);
      await page.getByRole('heading', { name: words.fileTitle }).waitFor();
      const save = page.getByRole('button', { name: words.fileButton });
      const [file] = await Promise.all([page.waitForEvent('download'), save.click()]);
      expect(file.suggestedFilename()).toBe('bottega.json');
      expect(readFileSync(await file.path(), 'utf8')).toContain(order.phone);
      expect([await page.title(), await page.getByRole('alert').count()]).toEqual([words.fileTitle, 0]);
      expect(new URL(page.url()).search).toBe(`?for=download&lang=${locale}`);
      expect(await audited()).toEqual(['customer export_contact']);
      await save.click();
      await page.getByText(words.fileOver()).waitFor();
    },
  );

  it.each(EVERYWHERE)(
    'in $locale, $width px wide: no page on the way to the file has a fault',
    async ({ locale, viewport }) => {
      const words = PAGE_WORDS[locale];
      const colorScheme = viewport === NARROW ? 'light' : 'dark';
      const page = await customer({ viewport, scripts: true, colorScheme });
      await page.goto(`${address}?lang=${locale}`);
      await page.getByRole('button', { name: words.download }).click();
      await page.getByLabel(words.codeLabel).fill(await lastCode('download'));
      await page.getByRole('button', { name: words.codeButton.download }).click();
      await page.getByRole('heading', { name: words.fileTitle }).waitFor();
      await look(page, `ready-${locale}`);
      const save = page.getByRole('button', { name: words.fileButton });
      await Promise.all([page.waitForEvent('download'), save.click()]);
      await save.click();
      await page.getByText(words.fileOver()).waitFor();
      await look(page, `over-${locale}`);
      const guess = (await lastCode('download')) === '000000' ? '000001' : '000000';
      await page.getByLabel(words.codeLabel).fill(guess);
      await page.getByRole('button', { name: words.codeButton.download }).click();
      await page.getByText(words.codeUsedUp()).waitFor();
      await look(page, `used-up-${locale}`);
      // The other languages lead to the same page.
      await page.getByRole('link', { name: PAGE_WORDS[locale === 'ko' ? 'en' : 'ko'].language }).click();
      await page.getByRole('heading', { name: PAGE_WORDS[locale === 'ko' ? 'en' : 'ko'].codeTitle }).waitFor();
    },
  );

  it.each(EVERYWHERE)(
    'in $locale, $width px wide: is to be erased after a question and a code, and is kept with a press of a button; no page has a fault',
    async ({ locale, viewport }) => {
      const words = PAGE_WORDS[locale];
      const colorScheme = viewport === NARROW ? 'light' : 'dark';
      const page = await customer({ viewport, scripts: true, colorScheme });
      await page.goto(`${address}?lang=${locale}`);
      await look(page, `page-${locale}`);
      await page.getByRole('link', { name: words.erase }).click();
      await look(page, `question-${locale}`);
      await page.getByRole('button', { name: words.eraseButton }).click();
      await page.getByRole('heading', { name: words.codeTitle }).waitFor();
      await look(page, `code-${locale}`);
      const code = await lastCode('erase');
      await page.getByLabel(words.codeLabel).fill(code === '000000' ? '000001' : '000000');
      await page.getByRole('button', { name: words.codeButton.erase }).click();
      await page.getByRole('alert').waitFor();
      await look(page, `wrong-code-${locale}`);
      await page.getByLabel(words.codeLabel).fill(code);
      await page.getByRole('button', { name: words.codeButton.erase }).click();
      await page.getByRole('heading', { name: words.erasurePlanned }).waitFor();
      await look(page, `waiting-${locale}`);
      expect(await Promise.all([gets('shipped'), gets('care_tips')])).toEqual(['send', 'erasure_planned']);
      await page.getByRole('button', { name: words.keepData }).click();
      await page.getByRole('status').filter({ hasText: words.kept }).waitFor();
      expect(await audited()).toEqual(['customer hold_erasure', 'customer cancel_erasure']);
      await page.getByRole('button', { name: words.disownButton }).click();
      await page.getByRole('heading', { name: words.disownedTitle }).waitFor();
      await look(page, `disowned-${locale}`);
      await page.goto(`${address}?lang=${locale}`);
      await page.getByRole('heading', { name: words.revokedTitle }).waitFor();
      await look(page, `revoked-${locale}`);
    },
  );
});
