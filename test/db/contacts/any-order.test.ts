/** Orders of one number whose owners differ, in every order of arrival. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeEvent } from '../../../commands/orders/report-event.ts';
import { DAY } from '../../../domain/time/duration.ts';
import type { SaidOfBuyer } from '../../../domain/contacts/identity.ts';
import { QUIET_FOR, likeness } from '../../../domain/contacts/identity.ts';
import { storeOf } from '../../helpers/keys.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger, orderOf, place } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

interface Played {
  /** Since the first possible order. */
  readonly day: number;
  readonly buyer: SaidOfBuyer;
  /** It was placed with another number, and put right a day later. */
  readonly corrected: boolean;
}

const START = NOON - 800 * DAY;
const placedAt = ({ day }: Played): number => START + day * DAY;

const OWNERS: readonly (readonly SaidOfBuyer[])[] = [
  [
    { id: 'a', firstName: 'Ada', lastName: 'Byron' },
    { firstName: 'Ada', lastName: 'Byron' },
  ],
  [{ id: 'b', firstName: 'Bruna', lastName: 'Prima' }, { firstName: 'Bruna' }],
  [{ id: 'c', firstName: 'Clara' }, { id: 'c' }],
  [{}],
];

const buyers = (owner: number) => fc.constantFrom(...(OWNERS[owner] ?? []));
const day = fc.integer({ min: 0, max: 730 });
const played = (owner: fc.Arbitrary<number>, on = day) =>
  fc.record({ day: on, buyer: owner.chain(buyers), corrected: fc.boolean() });

/** One owner after the other, as a carrier gives a number away; or any owner at any time. */
const stories: fc.Arbitrary<readonly Played[]> = fc.oneof(
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: 2 }), day), { minLength: 3, maxLength: 5 })
    .chain((parts) =>
      fc.tuple(
        ...parts.map(([owner, at]) =>
          played(fc.constant(owner), fc.constant(owner * 250 + Math.floor((at * 150) / 730))),
        ),
      ),
    ),
  fc.array(played(fc.integer({ min: 0, max: 3 })), { minLength: 3, maxLength: 5 }),
);

function areNear(one: Played, other: Played): boolean {
  return Math.abs(placedAt(one) - placedAt(other)) <= QUIET_FOR;
}

function areLinked(one: Played, other: Played): boolean {
  return areNear(one, other) || likeness([one.buyer], other.buyer) !== 'other';
}

/** The owner of each order, where every two orders tell whether they are one person's, and one owner comes after the other. */
function definedPartition(orders: readonly Played[]): readonly number[] | undefined {
  const same = (one: Played, other: Played) => areNear(one, other) || likeness([one.buyer], other.buyer) === 'same';
  const first = orders.map((one) => orders.findIndex((other) => same(one, other)));
  const isDefined = orders.every((one, i) =>
    orders.every(
      (other, j) => areLinked(one, other) === same(one, other) && same(one, other) === (first[i] === first[j]),
    ),
  );
  const inTime = orders.map((one, i) => ({ at: placedAt(one), of: first[i] ?? 0 })).toSorted((a, b) => a.at - b.at);
  const turns = inTime.filter((one, i) => one.of !== inTime[i - 1]?.of).length;
  return isDefined && turns === new Set(first).size ? first : undefined;
}

let count = 0;

function number(): string {
  count += 1;
  return `+39346${1_000_000 + count}`;
}

/** Places the orders as they arrive and returns each one's contact. An entry of `arrival` is an order's index, or its correction's. */
async function contactsOf(orders: readonly Played[], arrival: readonly number[]): Promise<readonly string[]> {
  const phone = { e164: number(), country: 'IT' };
  const all = orders.map((one) => {
    const typed = one.corrected ? { e164: number(), country: 'IT' } : phone;
    const blank = { id: undefined, firstName: undefined, lastName: undefined };
    return orderOf({ placedAt: placedAt(one), customer: { ...blank, ...one.buyer, phone: typed, consents: [] } });
  });
  for (const index of arrival) {
    const order = all[index % orders.length];
    const one = orders[index % orders.length];
    if (!order || !one) throw new Error('no such order');
    if (index < orders.length) await place(ledger.db, order, NOON);
    else if (one.corrected)
      await storeEvent(storeOf(ledger.db), {
        brand: brand.id,
        order: order.id,
        source: 'api',
        id: 'put-right',
        type: 'order_corrected',
        at: placedAt(one) + DAY,
        payload: {},
        requestHash: Buffer.from('x'),
        now: NOON,
        corrected: { correction: { phone }, actor: 'test' },
      });
  }
  const rows: { id: string; contact_id: string }[] = await ledger
    .db('orders')
    .whereIn(
      'id',
      all.map(({ id }) => id),
    )
    .select('id', 'contact_id');
  return all.map(({ id }) => rows.find((row) => row.id === id)?.contact_id ?? '');
}

/** Orders that a chain of orders of the same contact links to the first one. */
function reached(orders: readonly Played[]): readonly Played[] {
  const found = orders.slice(0, 1);
  for (const from of found) for (const one of orders) if (!found.includes(one) && areLinked(from, one)) found.push(one);
  return found;
}

async function holderOf(contacts: readonly string[]): Promise<readonly string[]> {
  return ledger
    .db('addresses')
    .whereIn('contact_id', [...new Set(contacts)])
    .whereNull('retired_at')
    .pluck<string[]>('contact_id');
}

describe('the orders of one number', () => {
  it('are the same persons’ in every order of arrival, where the orders tell, and never another person’s where they do not', async () => {
    // Enough of them tell the owner of each order, or the property would say nothing.
    expect(fc.sample(stories, 300).filter(definedPartition).length).toBeGreaterThan(30);
    const cases = stories.chain((orders) =>
      fc.tuple(
        fc.constant(orders),
        fc.array(fc.shuffledSubarray([...Array(orders.length * 2).keys()], { minLength: orders.length * 2 }), {
          minLength: 4,
          maxLength: 4,
        }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ([orders, arrivals]) => {
        const partition = definedPartition(orders);
        const newest = orders.toSorted((a, b) => b.day - a.day)[0];
        for (const arrival of arrivals) {
          const contacts = await contactsOf(orders, arrival);
          // A correction that comes first does not tell the owner of its order.
          const isTold = orders.every(
            (one, i) => !one.corrected || arrival.indexOf(i) < arrival.indexOf(i + orders.length),
          );
          if (partition && isTold) expect(contacts.map((one) => contacts.indexOf(one))).toEqual(partition);
          for (const contact of new Set(contacts)) {
            const own = orders.filter((_, i) => contacts[i] === contact);
            expect(reached(own)).toHaveLength(own.length);
          }
          const alone = orders.filter(({ day: at }) => at === newest?.day).length === 1;
          if (alone && newest) expect(await holderOf(contacts)).toEqual([contacts[orders.indexOf(newest)]]);
        }
      }),
      { numRuns: 12 },
    );
  });
});
