/** Persons who ask on the page to be erased, and what the 24 hours are in which NO takes it back. */
import { expect, it } from 'vitest';
import { ERASURE_UNDER_WAY } from '../../commands/privacy/begin-planned-erasures.ts';
import { HOUR, MINUTE } from '../../domain/time/duration.ts';
import { virtualShop } from '../helpers/virtual-shop.ts';
import { visitorWith } from '../pages/preferences/visitor.ts';

const shop = virtualShop();
const SECOND = MINUTE / 60;

const textsTo = (to: string): string[] => shop.vonage.messages().flatMap((one) => (one.to === to ? [one.text] : []));

/** The match of a pattern in the texts to a phone, within a minute: to hand a text over takes virtual time. */
async function texted(phone: string, pattern: RegExp): Promise<string> {
  for (let second = 0; second < 60; second += 1) {
    await shop.time.settled();
    const [found] = textsTo(phone).flatMap((text) => pattern.exec(text) ?? []);
    if (found !== undefined) return found;
    await shop.pass(SECOND);
  }
  throw new Error(`no text has ${pattern}`);
}

/** Orders, has the link texted by HELP, and asks on its page to be erased, with the code from the text. */
async function asksToBeErased(): Promise<{ readonly phone: string; readonly contact: string }> {
  const { id, phone } = await shop.order();
  const { contact } = await shop.shop.view(id);
  await shop.says(phone, 'HELP');
  const link = await texted(phone, /(?<=\/)[\w-]{22}(?![\w-])/);
  const visitor = visitorWith(shop.apiUrl, link);
  expect((await visitor.send('erase')).status).toBe(303);
  const code = await texted(phone, /\b\d{6}\b/);
  expect((await visitor.send('enter_erase', { code })).status).toBe(303);
  await texted(phone, /tra 24 ore cancelliamo/);
  return { phone, contact: contact ?? '' };
}

const isErased = async (contact: string): Promise<boolean> =>
  (await shop.db('erasures').where({ contact_id: contact })).length > 0;
/** Waits until the clock of erasures has looked at this moment: what is due in this very moment begins after all that was due before. */
async function clockHasLooked(): Promise<void> {
  const { id } = await shop.order();
  const contact_id = (await shop.shop.view(id)).contact ?? '';
  const due_at = new Date((await shop.time.now()) - ERASURE_UNDER_WAY);
  await shop.db('planned_erasures').insert({ brand_id: shop.brand.id, contact_id, requested_at: due_at, due_at });
  await expect.poll(() => isErased(contact_id)).toBe(true);
  await shop.time.settled();
}

const nameOf = async (contact: string): Promise<string | null> => (await shop.shop.contact(contact)).firstName;

it('of three persons only the one who does not say NO in time is erased, and who says NO is told what became of it', async () => {
  await shop.until(10);
  const [minuteBefore, silent, minuteAfter] = [await asksToBeErased(), await asksToBeErased(), await asksToBeErased()];
  const [plan] = await shop.db('planned_erasures').where({ contact_id: silent.contact });
  const asked = plan.requested_at.getTime();

  await shop.time.advanceTo(asked + 24 * HOUR - MINUTE);
  await clockHasLooked();
  await shop.says(minuteBefore.phone, 'NO');
  await texted(minuteBefore.phone, /i tuoi dati restano/);

  // A NO may be five minutes in transit, so nothing has begun yet.
  await shop.time.advanceTo(asked + 24 * HOUR + MINUTE);
  await clockHasLooked();
  await shop.says(minuteAfter.phone, 'NO');
  await texted(minuteAfter.phone, /i tuoi dati restano/);
  expect(await isErased(silent.contact)).toBe(false);

  const before = textsTo(silent.phone).length;
  await shop.time.advanceTo(asked + 24 * HOUR + 10 * MINUTE);
  await clockHasLooked();
  expect(await isErased(silent.contact)).toBe(true);
  await shop.pass(3 * HOUR);
  expect(await nameOf(silent.contact)).toBeNull();
  for (const { contact } of [minuteBefore, minuteAfter])
    expect([await isErased(contact), await nameOf(contact)]).toEqual([false, expect.any(String)]);

  // No data is left that could be kept, and no person to whom a text could be sent.
  await shop.says(silent.phone, 'NO');
  await shop.pass(MINUTE);
  expect([textsTo(silent.phone).length, await nameOf(silent.contact)]).toEqual([before, null]);
});
