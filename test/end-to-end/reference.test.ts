/** The landing page and the reference of the API, in a real browser. `DOPO_SCREENSHOTS=DIR` keeps pictures. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Shop } from '../api/shop.ts';
import { openShop } from '../api/shop.ts';
import { openBrowser } from '../helpers/browser.ts';

let shop: Shop;
let browser: Browser;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  shop = await openShop();
  browser = await openBrowser();
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});
afterAll(async () => {
  await browser?.close();
  await shop?.close();
});

interface Reader {
  readonly page: Page;
  /** Addresses that the page asked for, and what its console called an error. */
  readonly asked: string[];
  readonly errors: string[];
}

async function reader(width: number): Promise<Reader> {
  const context = await browser.newContext({ viewport: { width, height: 900 } });
  contexts.push(context);
  const page = await context.newPage();
  const [asked, errors]: [string[], string[]] = [[], []];
  page.on('request', (request) => asked.push(request.url()));
  page.on('console', (said) => said.type() === 'error' && errors.push(said.text()));
  page.on('pageerror', (error) => errors.push(error.message));
  return { page, asked, errors };
}

const isWiderThanScreen = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');

async function picture(page: Page, name: string): Promise<void> {
  const pictures = process.env['DOPO_SCREENSHOTS'];
  if (pictures) await page.screenshot({ path: `${pictures}/${name}-${page.viewportSize()?.width}.png` });
}

describe.each([390, 1280])('on a screen %i wide', (width) => {
  it('the landing page leads to the reference, the description and the health check', async () => {
    const { page, asked, errors } = await reader(width);
    await page.goto(shop.url);
    await picture(page, 'landing');
    const links = await page.evaluate(
      "[...document.querySelectorAll('main a')].map((one) => one.getAttribute('href'))",
    );
    expect(links).toEqual(['/docs', '/docs/shops', '/openapi.json', '/healthz']);
    expect([asked, errors, await isWiderThanScreen(page)]).toEqual([[`${shop.url}/`], [], false]);
  });

  it('the page about shop systems fits, and its links lead to the reference', async () => {
    const { page, asked, errors } = await reader(width);
    await page.goto(`${shop.url}/docs/shops#woocommerce`);
    await picture(page, 'shops');
    expect(await page.getByText('order_status_url').count()).toBe(1);
    expect([asked, errors, await isWiderThanScreen(page)]).toEqual([[`${shop.url}/docs/shops`], [], false]);
  });

  it('the reference shows an operation with its example, loads nothing from elsewhere and breaks no policy', async () => {
    const { page, asked, errors } = await reader(width);
    await page.goto(`${shop.url}/docs`);
    await page.getByText('Places an order. Placing the same order again is harmless.').first().waitFor();
    await picture(page, 'reference');
    expect(await isWiderThanScreen(page)).toBe(false);
    await page.goto(`${shop.url}/docs#/Orders/placeOrder`);
    await page.reload();
    await page.getByText('Moka 3 tazze').first().waitFor();
    await picture(page, 'operation');
    expect(await isWiderThanScreen(page)).toBe(false);
    expect(await page.getByRole('button', { name: /try it out/i }).count()).toBe(0);
    expect(asked.filter((url) => !url.startsWith(shop.url) && !url.startsWith('data:'))).toEqual([]);
    expect(errors).toEqual([]);
  });
});
