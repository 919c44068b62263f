/** Shops verify no phone number: a customer can type any. Played against a whole installation on virtual time. */
import { describe, expect, it } from 'vitest';
import { exportedOf } from '../helpers/exported.ts';
import { DAY, HOUR } from '../../domain/time/duration.ts';
import { consent } from '../helpers/orders.ts';
import { virtualShop } from '../helpers/virtual-shop.ts';

const shop = virtualShop();
const TRACKING = 'VICTIMS-TRACKING-7Q2';
let people = 0;

/** Two numbers of another two people with every call. */
function numbers(): { victim: string; attacker: string; attackersId: string } {
  people += 1;
  return {
    victim: `+39347${1_000_000 + people}`,
    attacker: `+39348${1_000_000 + people}`,
    attackersId: `attacker-${people}`,
  };
}

async function order(phone: string, customer: object, more: object = {}): Promise<{ id: string; contact: string }> {
  const { id } = await shop.order({ customer: { phone, ...customer }, ...more });
  const { contact } = await shop.shop.view(id);
  return { id, contact: contact ?? '' };
}

const textsTo = (phone: string): string[] =>
  shop.vonage
    .messages()
    .filter(({ to }) => to === phone)
    .map(({ text }) => text);

async function everythingOf(contact: string): Promise<string> {
  return JSON.stringify(await exportedOf(shop.db, shop.brand.id, contact, await shop.time.now()));
}

/** The contacts whose messages were sent to a number: a link in one opens their page. */
async function contactsToldAt(phone: string): Promise<string[]> {
  return shop
    .db('messages')
    .join('attempts', 'attempts.message_id', 'messages.id')
    .where({ address: phone })
    .distinct('contact_id')
    .pluck<string[]>('contact_id');
}

describe.each([
  ['types the number of somebody who has ordered before', 'victim first'],
  ['types a number and waits for its owner to order', 'attacker first'],
  ['orders with their own number first and then types the other', 'own number first'],
])('an attacker who %s', (_, turn) => {
  it('never gets the owner’s orders, parcel, link, news or consent', async () => {
    const { victim, attacker, attackersId } = numbers();
    await shop.until(10);
    const owners = () => order(victim, { id: `owner-${people}`, firstName: 'Ada' });
    const attacks = {
      typed: () => order(victim, { id: attackersId, firstName: 'Mallory' }),
      own: () => order(attacker, { id: attackersId, firstName: 'Mallory', consents: [] }),
    };
    const steps = {
      'victim first': [owners, attacks.typed, attacks.own],
      'attacker first': [attacks.typed, attacks.own, owners],
      'own number first': [attacks.own, attacks.typed, owners],
    }[turn];
    const placed = new Map<unknown, { id: string; contact: string }>();
    for (const step of steps ?? []) placed.set(step, await step());
    const [own, theirs] = [placed.get(attacks.own), placed.get(owners)];
    if (!own || !theirs) throw new Error('not placed');
    expect(own.contact).not.toBe(theirs.contact);

    const parcel = { id: 'box', carrier: 'Poste', trackingNumber: TRACKING };
    await shop.pass(HOUR);
    await shop.event(theirs.id, 'parcel_shipped', { parcel });
    await shop.pass(HOUR);
    expect(textsTo(victim).some((text) => text.includes('affidato a'))).toBe(true);
    await shop.says(attacker, 'HELP');
    await shop.pass(HOUR);

    const { addresses } = await shop.shop.contact(theirs.contact);
    expect(addresses.map(({ address }) => address)).toEqual([victim]);
    const name = ((await shop.shop.view(theirs.id)).name ?? '').slice(1);
    for (const text of textsTo(attacker)) {
      expect(text).not.toContain(name);
      expect(text).not.toContain(TRACKING);
    }
    const stolen = await everythingOf(own.contact);
    for (const secret of [TRACKING, theirs.id, victim, 'Ada']) expect(stolen).not.toContain(`"${secret}"`);
    expect(stolen).not.toContain(name);
    expect(await everythingOf(theirs.contact)).not.toContain(attacker);
    expect(textsTo(attacker).at(-1)).toContain('/scelte/');
    expect(await contactsToldAt(attacker)).toEqual([own.contact]);
    expect(await contactsToldAt(victim)).toEqual([theirs.contact]);
    const mine = await shop.shop.contact(own.contact);
    expect(mine.consents.filter(({ action }) => action === 'granted')).toEqual([]);
  });
});

describe('a number that has gone to another person', () => {
  it('never tells the new owner what the old one bought, agreed to or wrote, nor opens their page', async () => {
    const { victim: number } = numbers();
    await shop.until(10);
    const before = await order(number, { id: 'before-1', firstName: 'Bruna', lastName: 'Prima' });
    await shop.event(before.id, 'parcel_shipped', { parcel: { id: 'box', trackingNumber: TRACKING } });
    await shop.says(number, 'Dove siete?');
    for (let month = 0; month < 4; month += 1) {
      await shop.pass(24 * DAY);
      // The order is still open, and its own news goes on.
      await shop.event(before.id, 'order_updated');
    }
    await shop.until(10);
    const now = await order(number, { id: 'after-1', firstName: 'Dora', lastName: 'Dopo', consents: [] });
    expect(now.contact).not.toBe(before.contact);

    const seen = await everythingOf(now.contact);
    for (const secret of [TRACKING, before.id, 'Bruna', 'Prima', 'Dove siete?', 'before-1'])
      expect(seen).not.toContain(secret);
    expect((await shop.shop.contact(now.contact)).consents).toEqual([]);
    await shop.pass(HOUR);
    const count = textsTo(number).length;
    await shop.event(before.id, 'order_cancelled');
    await shop.pass(HOUR);
    expect(textsTo(number)).toHaveLength(count);
    expect(await shop.story(before.id)).toContain('skipped order_cancelled no_address');
    expect((await shop.shop.contact(before.contact)).addresses).toEqual([]);
    await shop.says(number, 'Chi siete?');
    expect(await everythingOf(before.contact)).not.toContain('Chi siete?');
    expect(await everythingOf(now.contact)).toContain('Chi siete?');
  });

  it('never loses its STOP: the new owner is not written to until they say START', async () => {
    const { victim: number } = numbers();
    await shop.until(10);
    await order(number, { id: 'before-2', firstName: 'Bruna', lastName: 'Prima' });
    await shop.says(number, 'STOP');
    await shop.pass(95 * DAY);
    await shop.until(10);
    const count = textsTo(number).length;
    const now = await order(number, { id: 'after-2', firstName: 'Dora', lastName: 'Dopo' });
    await shop.pass(HOUR);
    expect(textsTo(number)).toHaveLength(count);
    expect(await shop.story(now.id)).toContain('skipped order_confirmation opted_out');
    await shop.says(number, 'START');
    await shop.event(now.id, 'order_cancelled');
    await shop.pass(HOUR);
    expect(textsTo(number).length).toBeGreaterThan(count);
  });

  it('never is taken from the person who goes on ordering with it, whatever the shop calls them', async () => {
    const { victim: number } = numbers();
    await shop.until(10);
    const first = await order(number, { id: 'account-1', firstName: 'Ada', lastName: 'Byron' });
    await shop.pass(95 * DAY);
    await shop.until(10);
    const guest = await order(number, { id: undefined, firstName: 'ada', lastName: 'BYRON' });
    expect(guest.contact).toBe(first.contact);
    const renamed = await order(number, { id: 'account-1', firstName: 'Augusta', lastName: 'King' });
    expect(renamed.contact).toBe(first.contact);
    const within = await order(number, { id: 'other-account', firstName: 'Charles', lastName: 'Babbage' });
    expect(within.contact).toBe(first.contact);
  });
});

describe('a wrong number that is put right', () => {
  it('never is told anything more: the right one gets what is still to come, and not what was said before', async () => {
    const { victim: wrong, attacker: right } = numbers();
    await shop.until(10);
    const placed = await order(wrong, { firstName: 'Ada' });
    await shop.pass(HOUR);
    const said = textsTo(wrong).length;
    expect(said).toBe(1);
    await shop.event(placed.id, 'order_corrected', { customer: { phone: right } });
    await shop.event(placed.id, 'parcel_shipped', { parcel: { id: 'box', trackingNumber: TRACKING } });
    await shop.pass(HOUR);
    expect(textsTo(wrong)).toHaveLength(said);
    expect(textsTo(right)).toHaveLength(1);
    expect(textsTo(right)[0]).not.toContain('grazie');
    const { contact } = await shop.shop.view(placed.id);
    expect(contact).not.toBe(placed.contact);
    const run = await shop.environment.client.workflow.getHandle(`order:${shop.brand.id}:${placed.id}`).describe();
    expect(JSON.stringify(run.typedSearchAttributes)).toContain(contact);
    expect(await everythingOf(placed.contact)).not.toContain(TRACKING);
    await shop.says(wrong, 'Chi siete?');
    expect(await shop.entries(placed.id)).not.toContainEqual(expect.objectContaining({ what: 'customer' }));
  });

  it('never is told anything at all if that is known before the order comes', async () => {
    const { victim: wrong, attacker: right } = numbers();
    await shop.until(10);
    const id = `early-bird-${people}`;
    await shop.event(id, 'order_corrected', { customer: { phone: right, firstName: 'Grace' } });
    await shop.order({ id, customer: { phone: wrong, firstName: 'Ada' } });
    await shop.pass(HOUR);
    expect(textsTo(wrong)).toEqual([]);
    expect(textsTo(right).join()).toContain('Grace');
    expect(await shop.db('addresses').where({ address: wrong })).toEqual([]);
  });
});

describe('an old order that arrives late', () => {
  it('never moves the language, place, law or loyalty of a contact, nor is news of it told in the newer order’s name', async () => {
    const { victim: number } = numbers();
    await shop.until(10);
    const now = await shop.time.now();
    const newest = await order(number, { id: 'c-1', firstName: 'Ada', loyalty: { member: true, tier: 'Oro' } });
    const before = await shop.db('contacts').where({ id: newest.contact }).first();
    const late = await order(
      number,
      {
        id: 'c-1',
        firstName: 'Augusta',
        locale: 'en',
        timeZone: 'America/New_York',
        loyalty: { member: false },
        consents: [consent()],
      },
      {
        placedAt: new Date(now - 30 * DAY).toISOString(),
        shippingAddress: { country: 'US', region: 'NY', postcode: '10001' },
      },
    );
    expect(late.contact).toBe(newest.contact);
    const { gate_version: _was, consent_seq: _seq, consent_head: _head, ...was } = before;
    expect(await shop.db('contacts').where({ id: newest.contact }).first()).toMatchObject(was);
  });

  it('never comes to the present owner of a number if it was placed when the number was another person’s', async () => {
    const { victim: number } = numbers();
    await shop.until(10);
    const now = await shop.time.now();
    const present = await order(number, { id: 'present', firstName: 'Dora', lastName: 'Dopo' });
    const old = await order(
      number,
      { id: 'former', firstName: 'Bruna', lastName: 'Prima', consents: [] },
      { placedAt: new Date(now - 200 * DAY).toISOString() },
    );
    expect(old.contact).not.toBe(present.contact);
    expect((await shop.shop.contact(present.contact)).addresses).toHaveLength(1);
    const again = await order(
      number,
      { id: 'former', firstName: 'Bruna', lastName: 'Prima' },
      { placedAt: new Date(now - 199 * DAY).toISOString() },
    );
    expect(again.contact).toBe(old.contact);
    expect(await everythingOf(present.contact)).not.toContain(old.id);
  });
});
