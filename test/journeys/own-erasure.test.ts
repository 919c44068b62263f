/** Persons who ask on the page to be erased, and what the 24 hours are in which NO takes it back. */
import { expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../domain/duration.ts';
import { virtualShop } from '../helpers/virtual-shop.ts';
import { visitorWith } from '../pages/visitor.ts';

const shop = virtualShop();
const SECOND = MINUTE / 60;

const textsTo = (to: string): string[] => shop.vonage.messages().flatMap((one) => (one.to === to ? [one.text] : []));
const lastTextTo = (phone: string): string => textsTo(phone).at(-1) ?? '';

/** What is owed to a phone is handed over: that takes virtual time. */
async function textsGoOut(): Promise<void> {
  await shop.time.settled();
  await shop.pass(SECOND);
}
async function says(phone: string, text: string): Promise<void> {
  await shop.says(phone, text);
  await textsGoOut();
}

/** Orders, has the link texted by HELP, and asks on its page to be erased, with the code from the text. */
async function asksToBeErased(): Promise<{ readonly phone: string; readonly contact: string }> {
  const { id, phone } = await shop.order();
  const { contact } = await shop.shop.view(id);
  await says(phone, 'HELP');
  const [, link = ''] = /\/([\w-]{22})\b/.exec(lastTextTo(phone)) ?? [];
  const visitor = visitorWith(shop.apiUrl, link);
  expect((await visitor.send('erase')).status).toBe(303);
  await textsGoOut();
  const [code = ''] = /\d{6}/.exec(lastTextTo(phone)) ?? [];
  expect((await visitor.send('enter_erase', { code })).status).toBe(303);
  await textsGoOut();
  expect(lastTextTo(phone)).toContain('24 ore');
  return { phone, contact: contact ?? '' };
}

const isErased = async (contact: string): Promise<boolean> =>
  (await shop.db('erasures').where({ contact_id: contact })).length > 0;
const nameOf = async (contact: string): Promise<string | null> => (await shop.shop.contact(contact)).firstName;

it('of three persons only the one who does not say NO in time is erased, and who says NO is told what became of it', async () => {
  await shop.until(10);
  const [minuteBefore, silent, minuteAfter] = [await asksToBeErased(), await asksToBeErased(), await asksToBeErased()];
  const [plan] = await shop.db('planned_erasures').where({ contact_id: silent.contact });
  const asked = plan.requested_at.getTime();

  await shop.time.advanceTo(asked + 24 * HOUR - MINUTE);
  await says(minuteBefore.phone, 'NO');
  expect(lastTextTo(minuteBefore.phone)).toContain('i tuoi dati restano');

  // A NO may be five minutes in transit, so nothing has begun yet.
  await shop.time.advanceTo(asked + 24 * HOUR + MINUTE);
  await says(minuteAfter.phone, 'NO');
  expect(lastTextTo(minuteAfter.phone)).toContain('i tuoi dati restano');
  expect(await isErased(silent.contact)).toBe(false);

  const before = textsTo(silent.phone).length;
  await shop.time.advanceTo(asked + 24 * HOUR + 10 * MINUTE);
  await expect.poll(() => isErased(silent.contact), { timeout: 20_000 }).toBe(true);
  await shop.time.settled();
  await shop.pass(3 * HOUR);
  expect(await nameOf(silent.contact)).toBeNull();
  for (const { contact } of [minuteBefore, minuteAfter])
    expect([await isErased(contact), await nameOf(contact)]).toEqual([false, expect.any(String)]);

  // Nothing is there any more that could be kept, and nobody whom a text could be sent to.
  await says(silent.phone, 'NO');
  expect([textsTo(silent.phone).length, await nameOf(silent.contact)]).toEqual([before, null]);
});
