import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { saveBrand } from '../../../../commands/orders/save-brand.ts';
import type { Db } from '../../../../db/connection/connect.ts';
import { connect } from '../../../../db/connection/connect.ts';
import { readMessageAndGate, withReservation } from '../../../../db/sending/ledger/ledger-message.ts';
import { storeLaneFailure, saveLane, takeLookUp } from '../../../../db/sending/lanes/lanes.ts';
import type { Brand } from '../../../../domain/orders/brand.ts';
import { CATCH_UP, accountLane } from '../../../../domain/sending/lane.ts';
import { createTokenBucket } from '../../../../vonage/fake/limit.ts';
import type { LaneLedger } from '../../../helpers/lanes.ts';
import { openLaneLedger, removeLanes, reserveTokens } from '../../../helpers/lanes.ts';
import { NOON, brand } from '../../../helpers/ledger.ts';

const SECOND = 1000;

let ledger: LaneLedger;
let db: Db;
beforeAll(async () => {
  ledger = await openLaneLedger();
  ({ db } = ledger);
});
afterAll(() => ledger.close());
beforeEach(() => removeLanes(db));

const promotion = () => ledger.message('bundle_offer');
const news = () => ledger.message('shipped');

async function many(amount: number, message: () => Promise<string>): Promise<string[]> {
  const made: string[] = [];
  for (let index = 0; index < amount; index += 1) made.push(await message());
  return made;
}

describe('an account of 10 requests a second', () => {
  beforeEach(() => saveLane(db, accountLane(10)));

  it('lets no request through that a provider with a bucket of one second would refuse, however requests arrive', async () => {
    // One that is only asked about takes its tokens and stays planned.
    const [urgentOne, otherOne] = [await news(), await promotion()];
    const arrival = fc.record({ after: fc.integer({ min: 0, max: 300 }), urgent: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { minLength: 20, maxLength: 40 }), async (arrivals) => {
        await db('lanes').where({ id: 'account' }).del();
        await saveLane(db, accountLane(10));
        let now = NOON;
        const sentAt: number[] = [];
        for (const { after, urgent } of arrivals) {
          now += after;
          const reservation = await reserveTokens(db, urgent ? urgentOne : otherOne, now);
          if (reservation.kind === 'granted') sentAt.push(reservation.at);
        }
        const bucket = createTokenBucket({ perSecond: 10, burst: 10 });
        expect(sentAt.toSorted((a, b) => a - b).map((at) => bucket.take(at).kind)).not.toContain('over');
      }),
      { numRuns: 15 },
    );
  });

  it('order news goes ahead of promotions that stand in line', async () => {
    for (const message of await many(30, promotion)) await reserveTokens(db, message, NOON);
    const reservation = await reserveTokens(db, await news(), NOON);
    expect(reservation.kind).toBe('granted');
    // Promotions fill a second; half of it is what order news may run ahead by.
    expect(reservation.at - NOON).toBeLessThanOrEqual(SECOND / 2 + 100);
  });

  it('promotions that find it busy are given moments of their own, one token apart', async () => {
    const reservations = [];
    for (const message of await many(30, promotion)) reservations.push(await reserveTokens(db, message, NOON));
    const later = reservations.flatMap((reservation) => (reservation.kind === 'later' ? [reservation] : []));
    expect(later.length).toBeGreaterThan(10);
    for (const [index, { at, reason, rule }] of later.entries()) {
      expect({ reason, rule }).toEqual({ reason: 'slot', rule: 'lane.account' });
      expect(at).toBe((later[0]?.at ?? 0) + index * 100);
    }
  });

  it('is shared by two workers to the token', async () => {
    const other = connect(ledger.url, { poolMax: 10 });
    const messages = await many(40, news);
    const reservations = await Promise.all(
      messages.map((message, index) => reserveTokens(index % 2 ? db : other, message, NOON)),
    );
    await other.destroy();
    const { rows } = await db.raw<{ rows: { taken: number }[] }>(
      `select extract(epoch from taken_to - ?::timestamptz) * 1000 as taken from lanes where id = 'account'`,
      [new Date(NOON).toISOString()],
    );
    // A quarter of a second was there to catch up with.
    expect(Number(rows[0]?.taken)).toBe(reservations.filter(({ kind }) => kind === 'granted').length * 100 - 250);
  });

  it('a 429 halves its rate once for all calls that were under way, and stops it for as long as was asked', async () => {
    const [first = '', second = '', third = ''] = await many(3, news);
    const trouble = { kind: 'throttled', scope: 'account', retryAfterMs: 5 * SECOND } as const;
    await Promise.all([storeLaneFailure(db, first, trouble, NOON), storeLaneFailure(db, second, trouble, NOON + 500)]);
    expect(await db('lanes').where({ id: 'account' }).first('factor')).toEqual({ factor: 0.5 });
    const reservation = await reserveTokens(db, third, NOON + 600);
    expect(reservation).toMatchObject({ kind: 'later', reason: 'slot' });
    expect(reservation.at).toBeGreaterThanOrEqual(NOON + 5 * SECOND);
  });

  it.each([
    { minutes: 0.8, spacing: 167 },
    { minutes: 2, spacing: 133 },
    { minutes: 4, spacing: 100 },
    { minutes: 60, spacing: 100 },
  ])('has a token every $spacing ms $minutes min after a halving', async ({ minutes, spacing }) => {
    const [cause = '', ...messages] = await many(8, promotion);
    await storeLaneFailure(db, cause, { kind: 'throttled', scope: 'account' }, NOON);
    const moments = [];
    for (const message of messages) moments.push((await reserveTokens(db, message, NOON + minutes * 60 * SECOND)).at);
    const [last = 0, beforeLast = 0] = moments.toReversed();
    expect(last - beforeLast).toBeCloseTo(spacing, -1);
  });

  it('never falls below a sixteenth', async () => {
    const cause = await news();
    for (let times = 0; times < 10; times += 1)
      await storeLaneFailure(db, cause, { kind: 'throttled', scope: 'account' }, NOON + times * 4 * SECOND);
    expect(await db('lanes').where({ id: 'account' }).first('factor')).toEqual({ factor: 1 / 16 });
  });
});

describe('lanes of a brand', () => {
  const limited = (limits: Brand['limits']): Promise<void> =>
    saveBrand(db, { ...brand, ...(limits && { limits }) }, NOON);

  it('are those of its file: stored, changed and taken away with it, while clocks go on', async () => {
    await limited({ messagesPerSecond: 1, segmentsPerMinute: 60, messagesPerDay: 2000 });
    await reserveTokens(db, await news(), NOON);
    const before: object = await db('lanes').where({ kind: 'sender' }).first('taken_to');
    await limited({ messagesPerSecond: 2 });
    const rows = await db('lanes').where({ brand_id: brand.id }).select('id', 'tokens', 'taken_to');
    expect(rows).toEqual([{ id: `sender:${brand.id}`, tokens: 2, ...before }]);
    await limited(undefined);
    expect(await db('lanes').where({ brand_id: brand.id })).toEqual([]);
  });

  it('the slowest of them says when', async () => {
    await saveLane(db, accountLane(10));
    await limited({ messagesPerSecond: 0.5, segmentsPerMinute: 600 });
    const [first = '', second = ''] = await many(2, promotion);
    await reserveTokens(db, first, NOON);
    const reservation = await reserveTokens(db, second, NOON);
    expect(reservation).toMatchObject({ kind: 'later', rule: 'lane.sender' });
    expect(reservation.at - NOON).toBe(2 * SECOND - 250);
  });

  it('count the segments of a text that is stored later, with the submission', async () => {
    await limited({ segmentsPerMinute: 60 });
    const id = await news();
    await db('messages').where({ id }).update({ body: null, locale: null, encoding: null, segments: null });
    const read = await readMessageAndGate(db, id, NOON);
    if (!read) throw new Error('no such message');
    const inserted = { text: 'x', locale: 'it', encoding: 'gsm7', segments: 3 } as const;
    const taken = await withReservation(db, { ...read, message: { ...read.message, inserted } }, NOON);
    expect(taken.reservation?.kind).toBe('granted');
    const clock = async (): Promise<number> => {
      const lane = await db('lanes')
        .where({ brand_id: brand.id, unit: 'segments' })
        .first<{ taken_to: Date }>('taken_to');
      return lane.taken_to.getTime() - NOON + CATCH_UP;
    };
    expect(await clock()).toBe(3 * SECOND);
    await reserveTokens(db, await news(), NOON);
    expect(await clock()).toBe(4 * SECOND);
  });

  it('a day that is used up begins anew at local midnight', async () => {
    await limited({ messagesPerDay: 5 });
    for (const message of await many(5, news)) expect((await reserveTokens(db, message, NOON)).kind).toBe('granted');
    const midnight = Date.UTC(2026, 2, 3, 23);
    const later = { kind: 'later', at: midnight, reason: 'slot', rule: 'lane.brand_day' };
    for (const message of [await news(), await promotion()])
      expect(await reserveTokens(db, message, NOON)).toEqual(later);
    expect((await reserveTokens(db, await news(), midnight)).kind).toBe('granted');
  });

  it('the day the clocks go forward has as many messages as every other', async () => {
    await limited({ messagesPerDay: 7 });
    const sunday = Date.UTC(2026, 2, 29, 10);
    const reservations = [];
    for (const message of await many(8, news)) reservations.push(await reserveTokens(db, message, sunday));
    expect(reservations.filter(({ kind }) => kind === 'granted')).toHaveLength(7);
    expect(reservations.at(-1)?.at).toBe(Date.UTC(2026, 2, 29, 22));
  });

  it('messages with several lanes in common never lock each other out, whatever happens at once', async () => {
    await saveLane(db, accountLane(1000));
    await limited({ messagesPerSecond: 100, segmentsPerMinute: 6000, messagesPerDay: 100_000 });
    const messages = await many(60, promotion);
    const work = messages.map((message, index) =>
      index % 3
        ? reserveTokens(db, message, NOON)
        : storeLaneFailure(db, message, index % 2 ? { kind: 'failed' } : { kind: 'throttled', scope: 'sender' }, NOON),
    );
    expect(await Promise.all(work)).toHaveLength(messages.length);
  });
});

it('requests for records have a rate of their own', async () => {
  const reservations = await Promise.all(Array.from({ length: 15 }, () => takeLookUp(db, NOON)));
  // A second's worth is waited for, the others come back one after the other.
  expect(reservations.filter(({ kind }) => kind === 'granted')).toHaveLength(11);
  const moments = reservations.map(({ at }) => at - NOON).toSorted((a, b) => a - b);
  expect(moments).toEqual(Array.from({ length: 15 }, (_, index) => index * 100));
});
