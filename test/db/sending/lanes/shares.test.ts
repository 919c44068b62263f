/** The account's lane, shared by brands: a flood of one must not take it from the others. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { saveBrand } from '../../../../commands/orders/save-brand.ts';
import type { Db } from '../../../../db/connection/connect.ts';
import { saveLane } from '../../../../db/sending/lanes/lanes.ts';
import { accountLane } from '../../../../domain/sending/lane.ts';
import { createTokenBucket } from '../../../../vonage/fake/limit.ts';
import { anotherMessage, book, reserveTokens } from '../../../helpers/lanes.ts';
import type { Ledger } from '../../../helpers/ledger.ts';
import { NOON, brand, openLedger, placedOrder, untilWaiting } from '../../../helpers/ledger.ts';

const SECOND = 1000;
const RATE = 10;
const IDS = ['rumoroso', 'secondo', 'silenzio'] as const;

let ledger: Ledger;
let db: Db;
/** By brand: makes a message. News of an order that is only asked about takes its tokens and stays planned. */
let news: Record<string, string>;
let promotions: Record<string, () => Promise<string>>;
beforeAll(async () => {
  ledger = await openLedger();
  ({ db } = ledger);
  news = {};
  promotions = {};
  for (const [index, id] of IDS.entries()) {
    const own = { ...brand, id, sender: `+39339995710${index}` };
    await saveBrand(db, own, NOON);
    const order = await placedOrder(db, {}, own);
    news[id] = await anotherMessage(db, order, 'shipped', NOON);
    promotions[id] = () => anotherMessage(db, order, 'bundle_offer', NOON);
  }
});
afterAll(() => ledger.close());

async function empty(): Promise<void> {
  await db('lanes').whereNot({ id: 'records' }).del();
  await saveLane(db, accountLane(RATE));
  await db('lane_shares').update({ weight: 1, in_line_ms: 0, booked_to: '-infinity', urgent_to: '-infinity' });
}
beforeEach(empty);

const ask = (id: string, now: number) => reserveTokens(db, news[id] ?? '', now);

it('whatever the others ask for, a brand that asks for little gets it within two seconds, and the rate is kept', async () => {
  const arrival = fc.record({
    after: fc.integer({ min: 0, max: 60 }),
    // Two of three brands flood the lane at up to four times its rate; the third asks once in a while.
    who: fc.constantFrom('rumoroso', 'rumoroso', 'rumoroso', 'secondo', 'secondo', 'secondo'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(arrival, { minLength: 40, maxLength: 60 }), async (arrivals) => {
      await empty();
      let now = NOON;
      let askedAt = NOON;
      const sentAt: number[] = [];
      // Both have taken what there is for them before the third comes.
      for (let times = 0; times < 60; times += 1) {
        now += 25;
        const turn = await ask(times % 2 ? 'rumoroso' : 'secondo', now);
        if (turn.kind === 'granted') sentAt.push(turn.at);
      }
      for (const { after, who } of arrivals) {
        now += after;
        const turn = await ask(who, now);
        if (turn.kind === 'granted') sentAt.push(turn.at);
        if (now - askedAt < 700) continue;
        askedAt = now;
        const quiet = await ask('silenzio', now);
        expect(quiet.kind).toBe('granted');
        expect(quiet.at - now).toBeLessThanOrEqual(2 * SECOND);
        sentAt.push(quiet.at);
      }
      const bucket = createTokenBucket({ perSecond: RATE, burst: RATE });
      expect(sentAt.toSorted((a, b) => a - b).map((at) => bucket.take(at).kind)).not.toContain('over');
    }),
    { numRuns: 6 },
  );
});

it('a brand that is alone at work gets the whole rate, other brands being there or not', async () => {
  let granted = 0;
  for (let now = NOON; now < NOON + 10 * SECOND; now += 50)
    if ((await ask('rumoroso', now)).kind === 'granted') granted += 1;
  expect(granted).toBeGreaterThanOrEqual(10 * RATE);
});

it('two that flood it get about as much each, and by weight if they have one', async () => {
  const share = async (): Promise<number> => {
    const got: Record<string, number> = { rumoroso: 0, secondo: 0 };
    for (let now = NOON; now < NOON + 8 * SECOND; now += 40)
      for (const who of ['rumoroso', 'secondo'])
        if ((await ask(who, now)).kind === 'granted') got[who] = (got[who] ?? 0) + 1;
    return (got['rumoroso'] ?? 0) / (got['secondo'] ?? 1);
  };
  const even = await share();
  expect(even).toBeGreaterThan(0.6);
  expect(even).toBeLessThan(1.7);
  await empty();
  await db('lane_shares').where({ brand_id: 'secondo' }).update({ weight: 4 });
  expect(await share()).toBeLessThan(0.6);
});

it('order news that had to be booked does not stand behind the whole line of another brand', async () => {
  for (let count = 0; count < 200; count += 1) await ask('rumoroso', NOON);
  // The lane is taken up as far as it can be: what comes now is booked.
  await db('lanes')
    .where({ id: 'account' })
    .update({ taken_to: new Date(NOON + 10 * SECOND) });
  const loud = await ask('rumoroso', NOON);
  const quiet = await ask('silenzio', NOON);
  expect([loud.kind, quiet.kind]).toEqual(['later', 'later']);
  expect(loud.at - NOON).toBeGreaterThan(15 * SECOND);
  expect(quiet.at - NOON).toBeLessThan(11 * SECOND);
});

it('promotions of a brand with few do not stand behind the thousands of another, and those of one brand stay a token apart', async () => {
  const slots: number[] = [];
  for (let count = 0; count < 60; count += 1) {
    const slot = await book(db, (await promotions['rumoroso']?.()) ?? '', { now: NOON });
    if (slot.kind === 'later') slots.push(slot.until);
  }
  const few = await book(db, (await promotions['silenzio']?.()) ?? '', { now: NOON });
  expect(few.kind).toBe('now');
  const gaps = slots.slice(1).map((slot, index) => slot - (slots[index] ?? 0));
  expect(new Set(gaps)).toEqual(new Set([SECOND / RATE]));
});

it.each([
  { own: 1, other: 1, tokens: 2 },
  { own: 4, other: 1, tokens: 1.25 },
  { own: 1, other: 4, tokens: 5 },
])(
  'of two that have promotions booked, one of weight $own beside $other has a slot every $tokens tokens',
  async ({ own, other, tokens }) => {
    await db('lane_shares').where({ brand_id: 'silenzio' }).update({ weight: own });
    await db('lane_shares').where({ brand_id: 'rumoroso' }).update({ weight: other });
    for (let count = 0; count < 120; count += 1)
      await book(db, (await promotions['rumoroso']?.()) ?? '', { now: NOON });
    const slots: number[] = [];
    for (let count = 0; count < 20; count += 1) {
      const slot = await book(db, (await promotions['silenzio']?.()) ?? '', { now: NOON });
      if (slot.kind === 'later') slots.push(slot.until);
    }
    expect(slots.length).toBeGreaterThan(5);
    for (const [index, slot] of slots.slice(1).entries())
      expect(slot - (slots[index] ?? 0)).toBe((tokens * SECOND) / RATE);
  },
);

it('what a brand asks for at the same moment over many connections counts against its share each time', async () => {
  const taken = async (): Promise<number> => {
    const { in_line_ms } = await db('lane_shares').where({ brand_id: 'rumoroso' }).first<{ in_line_ms: number }>();
    return in_line_ms;
  };
  for (let count = 0; count < 8; count += 1) await ask('rumoroso', NOON);
  const oneByOne = await taken();
  expect(oneByOne).toBeGreaterThan(5 * (SECOND / RATE));
  await empty();
  const lock = await ledger.owner.transaction();
  await lock('lanes').where({ id: 'account' }).forUpdate().first();
  const asked = Array.from({ length: 8 }, () => ask('rumoroso', NOON));
  await untilWaiting(ledger.owner, 8);
  await lock.commit();
  await Promise.all(asked);
  expect(await taken()).toBe(oneByOne);
});
