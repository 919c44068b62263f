/** The stand-in's phones in a real browser, as a developer has them. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser } from '../helpers/browser.ts';
import type { ReceiverStage } from '../vonage/receiver.ts';
import { SMS, startStage } from '../vonage/receiver.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RUN = `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
  .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ' ' + target)))`;

let browser: Browser;
let stage: ReceiverStage;
beforeAll(async () => {
  browser = await openBrowser();
  let at = Date.UTC(2026, 2, 5, 9);
  const namesOf = () => Promise.resolve(new Map([[SMS.to, 'Giulia Rossi']]));
  stage = await startStage('before_response', 5000, { namesOf, clock: { now: () => (at += 60_000) } });
  for (let count = 1; count <= 30; count += 1)
    await stage.sender.send({ ...SMS, text: `Bottega Sole: text ${count}.` });
  await stage.fake.reply(SMS.to, SMS.from, '5');
  await stage.sender.send({ ...SMS, to: '+821012345678', text: '[Bottega Sole] 주문이 정상 접수되었습니다.' });
  await stage.sender.send({ ...SMS, text: 'Bottega Sole: the newest text.' });
});
afterAll(async () => {
  await browser?.close();
  await stage?.close();
});

it.each([
  [390, 844],
  [1280, 900],
])('shows the newest text without scrolling, has no fault, and fits the screen: %d px wide', async (width, height) => {
  const context = await browser.newContext({ viewport: { width, height }, bypassCSP: true });
  const page = await context.newPage();
  await page.goto(stage.fake.url);
  const newest = await page.getByText('the newest text').boundingBox();
  expect((newest?.y ?? height) + (newest?.height ?? 0)).toBeLessThan(height);
  expect(await page.getByRole('heading', { name: 'Giulia Rossi' }).count()).toBe(1);
  const pictures = process.env['DOPO_SCREENSHOTS'];
  if (pictures) await page.screenshot({ path: `${pictures}/phones-${width}.png` });
  await page.evaluate(AXE);
  expect(await page.evaluate<string[]>(RUN)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')).toBe(
    false,
  );
  await context.close();
});
