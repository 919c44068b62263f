/** A shop never texts where it sells nothing, nor one number without end: at the provider's counter, not in our own ledger. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { saveBrand } from '../../commands/orders/save-brand.ts';
import { DAY, HOUR, MINUTE } from '../../domain/time/duration.ts';
import { NUMBER_LIMITS } from '../../domain/sending/gate/number-limits.ts';
import { validBrand } from '../api/shop.ts';
import { submitted } from '../helpers/ledger.ts';
import type { Checkout, TextedCustomer } from './pumping.ts';
import { openCheckout } from './pumping.ts';

let shop: Checkout;
beforeAll(async () => {
  shop = await openCheckout();
});
afterAll(() => shop.close());
beforeEach(async () => {
  shop.clock.at += 8 * DAY;
  await saveBrand(shop.db, validBrand(), shop.clock.at);
});

let count = 0;
/** An Italian mobile number without an order. */
function aNumber(): string {
  count += 1;
  return `+39347${String(2_000_000 + count)}`;
}

async function times<T>(number: number, act: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let index = 0; index < number; index += 1) results.push(await act(index));
  return results;
}

const casesOf = ({ contact }: TextedCustomer) =>
  shop.db('cases').where({ contact_id: contact }).select('kind', 'closed_at');

describe('a shop that sells in Italy', () => {
  it.each([
    ['Inmarsat', '+870773111632', 'range.+870'],
    ['Iridium', '+881612345678', 'range.+881'],
    ['Thuraya', '+8821612345678', 'range.+882'],
    ['a network of no country', '+883510012345678', 'range.+883'],
  ])('never texts %s, not even when the brand lists every country it can', async (_name, phone, rule) => {
    const countries = ['IT', 'GB', 'SO', 'CU'];
    await saveBrand(shop.db, validBrand({ countries }), shop.clock.at);
    // The number of an order that is stored already: some of these ranges have no numbers that the API takes for mobile ones.
    const customer = await shop.order(aNumber(), 'IT');
    await shop.db('addresses').where({ contact_id: customer.contact }).update({ address: phone, country: null });
    expect(await shop.send(customer, 'order_confirmation')).toEqual({ kind: 'skip', reason: 'number_range' });
    expect(shop.textsTo(phone)).toBe(0);
    const decision = await shop.db('decisions').where({ contact_id: customer.contact }).first('rule');
    expect(decision).toEqual({ rule });
  });

  it.each([
    ['Cuba', '+5352345678'],
    ['Somalia', '+252612345678'],
    ['the United Kingdom', '+447400123456'],
  ])('never texts %s for an order that is delivered at home', async (_name, phone) => {
    const customer = await shop.order(phone, 'IT');
    expect(await shop.send(customer, 'order_confirmation')).toEqual({ kind: 'skip', reason: 'country_not_served' });
    expect(shop.textsTo(phone)).toBe(0);
    // The order was taken, and its timeline says why no text was sent.
    const { timeline } = (await shop.get(`/v1/orders/${customer.order}`)).body;
    expect(timeline).toContainEqual(
      expect.objectContaining({ what: 'skipped', kind: 'order_confirmation', reason: 'country_not_served' }),
    );
  });

  it('texts a British number about the order that goes to Britain, and about no other', async () => {
    const phone = '+447400123457';
    const abroad = await shop.order(phone, 'GB');
    expect(await shop.send(abroad, 'order_confirmation')).toEqual({ kind: 'accepted' });
    const athome = await shop.order(phone, 'IT');
    expect(await shop.send(athome, 'order_confirmation')).toEqual({ kind: 'skip', reason: 'country_not_served' });
    expect(shop.textsTo(phone)).toBe(1);
  });

  it.each(['digital', 'pickup', 'service'])(
    'never texts where only the bill of a %s order says to',
    async (fulfilment) => {
      const somali = await shop.order('+252612345670', 'SO', {}, fulfilment);
      expect(await shop.send(somali, 'order_confirmation')).toEqual({ kind: 'skip', reason: 'country_not_served' });
      expect(shop.textsTo('+252612345670')).toBe(0);
    },
  );

  it('texts no country that its own list leaves out, wherever the order goes', async () => {
    await saveBrand(shop.db, validBrand({ countries: ['IT', 'GB'] }), shop.clock.at);
    const somali = await shop.order('+252612345679', 'SO');
    expect(await shop.send(somali, 'order_confirmation')).toEqual({ kind: 'skip', reason: 'country_not_served' });
    const british = await shop.order('+447400123458', 'IT');
    expect(await shop.send(british, 'order_confirmation')).toEqual({ kind: 'accepted' });
  });

  it('does not text a number whose country was taken off the list between the gate and the hand-over', async () => {
    await saveBrand(shop.db, validBrand({ countries: ['IT', 'GB'] }), shop.clock.at);
    const phone = '+447400123459';
    const message = await shop.prepare(await shop.order(phone, 'IT'), 'order_confirmation');
    await saveBrand(shop.db, validBrand({ countries: ['IT'] }), shop.clock.at);
    expect(await shop.handOver(message ?? '')).toEqual({ kind: 'skip', reason: 'country_not_served' });
    expect(shop.textsTo(phone)).toBe(0);
  });

  it('heeds a STOP from a satellite and does not pay for an answer', async () => {
    const customer = await shop.order(aNumber(), 'IT');
    const phone = '+881612345679';
    await shop.db('addresses').where({ contact_id: customer.contact }).update({ address: phone, country: null });
    expect(await shop.write(phone, 'STOP')).toEqual({ kind: 'skip', reason: 'number_range' });
    expect(shop.textsTo(phone)).toBe(0);
    expect(await shop.db('suppressions').orderBy('id', 'desc').first('state')).toEqual({ state: 'stopped' });
  });
});

describe("a hundred orders with a stranger's number", () => {
  it('never send it more than the limit, open one case, and take no text from another person', async () => {
    const stranger = aNumber();
    const orders = await times(100, () => shop.order(stranger, 'IT'));
    const sent = await times(100, (index) => shop.send(orders[index] as TextedCustomer, 'order_confirmation'));
    expect(shop.textsTo(stranger)).toBe(NUMBER_LIMITS.ordersPerDay);
    expect(sent.filter(({ kind }) => kind === 'accepted')).toHaveLength(NUMBER_LIMITS.ordersPerDay);
    expect(sent.at(-1)).toEqual({ kind: 'skip', reason: 'number_limit' });
    // Their other news, too.
    await times(100, (index) => shop.send(orders[index] as TextedCustomer, 'order_cancelled'));
    expect(shop.textsTo(stranger)).toBe(NUMBER_LIMITS.perDay);
    expect(await casesOf(orders[0] as TextedCustomer)).toEqual([{ kind: 'number_limit', closed_at: null }]);
    expect(await shop.send(await shop.order(aNumber(), 'IT'), 'order_confirmation')).toEqual({ kind: 'accepted' });
  });

  it('never send it more than the limit when all of them passed the gate before the first one went out', async () => {
    const stranger = aNumber();
    const orders = await times(12, () => shop.order(stranger, 'IT'));
    const messages = await Promise.all(orders.map((order) => shop.prepare(order, 'order_confirmation')));
    expect(messages.filter((id) => id !== undefined)).toHaveLength(12);
    const results = await Promise.all(messages.map((id) => shop.handOver(id ?? '')));
    expect(results.filter(({ kind }) => kind === 'accepted')).toHaveLength(NUMBER_LIMITS.ordersPerDay);
    expect(shop.textsTo(stranger)).toBe(NUMBER_LIMITS.ordersPerDay);
  });

  it('never send it more than a week’s worth in a week, one day after another', async () => {
    const stranger = aNumber();
    await times(6, async () => {
      const orders = await times(10, () => shop.order(stranger, 'IT'));
      for (const kind of ['order_confirmation', 'order_cancelled'] as const)
        await times(10, (index) => shop.send(orders[index] as TextedCustomer, kind));
      shop.clock.at += DAY;
    });
    expect(shop.textsTo(stranger)).toBe(NUMBER_LIMITS.perWeek);
    shop.clock.at += 7 * DAY;
    expect(await shop.send(await shop.order(stranger, 'IT'), 'order_confirmation')).toEqual({ kind: 'accepted' });
  });

  it('never send it more than the brand allows, however little that is', async () => {
    const limits = { perNumberPerDay: 2, ordersPerNumberPerDay: 1 };
    await saveBrand(shop.db, validBrand({ limits }), shop.clock.at);
    const stranger = aNumber();
    const orders = await times(3, () => shop.order(stranger, 'IT'));
    await times(3, (index) => shop.send(orders[index] as TextedCustomer, 'order_confirmation'));
    expect(shop.textsTo(stranger)).toBe(1);
    await times(3, (index) => shop.send(orders[index] as TextedCustomer, 'order_cancelled'));
    expect(shop.textsTo(stranger)).toBe(2);
  });

  it('never count a text against itself: one whose answer was lost is sent again', async () => {
    await saveBrand(shop.db, validBrand({ limits: { perNumberPerDay: 1 } }), shop.clock.at);
    const order = await shop.order(aNumber(), 'IT');
    const message = (await shop.prepare(order, 'order_confirmation')) ?? '';
    await submitted(shop.db, message, shop.clock.at);
    shop.clock.at += 2 * HOUR;
    expect(await shop.handOver(message)).toEqual({ kind: 'accepted' });
    expect(await shop.send(order, 'order_cancelled')).toEqual({ kind: 'skip', reason: 'number_limit' });
  });

  it('do not keep a customer with two orders of two parcels from a single text of one day', async () => {
    const phone = aNumber();
    const orders = await times(2, () => shop.order(phone, 'IT'));
    for (const order of orders) {
      const news = [
        ['order_confirmation', ''],
        ...['p1', 'p2'].flatMap((parcel) => [['shipped', parcel] as const, ['out_for_delivery', parcel] as const]),
        ['delivered', ''],
      ] as const;
      for (const [kind, occurrence] of news)
        expect(await shop.send(order, kind, occurrence)).not.toMatchObject({ reason: 'number_limit' });
    }
    expect(await casesOf(orders[0] as TextedCustomer)).toEqual([]);
  });
});

describe('a number that writes without end', () => {
  it('gets one answer an hour to sixty HELPs', async () => {
    const phone = aNumber();
    await shop.order(phone, 'IT');
    await times(60, () => shop.write(phone, 'HELP'));
    expect(shop.textsTo(phone)).toBe(1);
    shop.clock.at += HOUR;
    expect(await shop.write(phone, 'HELP')).toEqual({ kind: 'accepted' });
  });

  it('gets an answer with a link that works to a HELP after a STOP, and no more than three an hour', async () => {
    const phone = aNumber();
    await shop.order(phone, 'IT');
    const answered: string[] = [];
    await times(10, async () => {
      answered.push((await shop.write(phone, 'HELP'))?.kind ?? '');
      shop.clock.at += MINUTE;
      await shop.write(phone, 'STOP');
      shop.clock.at += MINUTE;
    });
    expect(answered).toEqual([...Array(3).fill('accepted'), ...Array(7).fill('skip')]);
  });

  it('gets three confirmations a day for thirty turns of STOP and START, and each of them takes effect', async () => {
    const phone = aNumber();
    const { contact } = await shop.order(phone, 'IT');
    const stopped = async (): Promise<boolean> =>
      (await shop.get(`/v1/contacts/${contact}`)).body.addresses[0].suppressed;
    await times(30, async () => {
      await shop.write(phone, 'STOP');
      expect(await stopped()).toBe(true);
      await shop.write(phone, 'START');
      expect(await stopped()).toBe(false);
      shop.clock.at += MINUTE;
    });
    expect(shop.textsTo(phone)).toBe(3);
    await shop.write(phone, 'STOP');
    expect(await stopped()).toBe(true);
    expect(shop.textsTo(phone)).toBe(3);
  });
});

it("an order that a shop saves without end never sends more than three updates a day, and holds back no other order's", async () => {
  const phone = aNumber();
  const order = await shop.order(phone, 'IT');
  await times(20, (index) => shop.send(order, 'order_updated', `e${index}`));
  expect(shop.textsTo(phone)).toBe(3);
  // Nothing for an agent: a shop saves orders.
  expect(await casesOf(order)).toEqual([]);
  expect(await shop.send(await shop.order(phone, 'IT'), 'order_updated', 'e1')).toEqual({ kind: 'accepted' });
});
