import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../domain/time/duration.ts';
import type { Hours, Window } from '../../../domain/time/windows.ts';
import {
  allowedAt,
  allowedUntil,
  GUARD_BAND,
  nextAllowed,
  nextOpening,
  SPREAD_OVER,
  spread,
} from '../../../domain/time/windows.ts';
import { aroundChanges, minuteOfDay, expectedWallClock, TESTED_ZONES } from './time-zones.ts';
import { casesOf } from '../../helpers/whole.ts';

const DAILY = [1, 2, 3, 4, 5, 6, 7];
const DAYTIME: readonly Window[] = [{ days: DAILY, from: '08:00', to: '21:00' }];
const NIGHT: readonly Window[] = [
  { days: DAILY, from: '20:00', to: '24:00' },
  { days: DAILY, from: '00:00', to: '02:00' },
];
const ROME = ['Europe/Rome'];

const moment = fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2027, 0) });
const key = fc.uuid();
const clock = fc.integer({ min: 0, max: 24 * 60 });
const someWindow: fc.Arbitrary<Window> = fc
  .tuple(fc.subarray(DAILY, { minLength: 1 }), fc.uniqueArray(clock, { minLength: 2, maxLength: 2 }))
  .map(([days, [a = 0, b = 0]]) => ({ days, from: written(Math.min(a, b)), to: written(Math.max(a, b)) }));

function written(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

/** One rule without holidays. */
const weekly = (windows: readonly Window[]): readonly Hours[] => [{ windows }];

/** The rule in its plainest form: what does the clock on the recipient's wall say? */
function openOnTheWall(windows: readonly Window[], zone: string, at: number): boolean {
  const { weekday } = expectedWallClock(at, zone);
  const now = written(minuteOfDay(at, zone));
  return windows.some(({ days, from, to }) => days.includes(weekday) && from <= now && now < to);
}

function openForPromotions(at: number): boolean {
  return allowedAt(weekly(DAYTIME), ROME, at, { guardBand: true });
}

describe('sending windows', () => {
  it('a window opens on its first minute and is closed on its last', () => {
    const monday = Date.UTC(2026, 5, 1, 6); // 08:00 in Rome
    expect(allowedAt(weekly(DAYTIME), ROME, monday)).toBe(true);
    expect(allowedAt(weekly(DAYTIME), ROME, monday - 1)).toBe(false);
    expect(allowedAt(weekly(DAYTIME), ROME, monday + 13 * HOUR - 1)).toBe(true);
    expect(allowedAt(weekly(DAYTIME), ROME, monday + 13 * HOUR)).toBe(false);
  });

  it('a window that is open ends at its closing, and one that is shut has no end', () => {
    const opening = Date.UTC(2026, 5, 1, 6);
    const closing = opening + 13 * HOUR;
    const ends = [opening - 1, opening, closing - 1, closing].map((now) => allowedUntil(weekly(DAYTIME), ROME, now));
    expect(ends).toEqual([undefined, closing, closing, undefined]);
    expect(allowedUntil(weekly(DAYTIME), ROME, opening + HOUR, { guardBand: true })).toBe(closing - 15 * MINUTE);
  });

  it('the next opening is now inside a window, else its first moment, and undefined where there is none', () => {
    const opening = Date.UTC(2026, 5, 1, 6);
    const inside = opening + 5 * HOUR;
    const asked = [opening - 3 * HOUR, opening, inside, opening + 13 * HOUR];
    expect(asked.map((now) => nextOpening(weekly(DAYTIME), ROME, now))).toEqual([
      opening,
      opening,
      inside,
      opening + DAY,
    ]);
    expect(nextOpening(weekly(DAYTIME), ROME, opening, { guardBand: true })).toBe(opening + 10 * MINUTE);
    expect(nextOpening(weekly([]), ROME, inside)).toBeUndefined();
    expect(nextOpening(weekly(DAYTIME), [], inside)).toBeUndefined();
    expect(nextAllowed(weekly(DAYTIME), ROME, opening, 'contact-1')).toBe(opening);
  });

  it('a Texan Sunday begins at noon', () => {
    const texas: readonly Window[] = [
      { days: [1, 2, 3, 4, 5, 6], from: '09:00', to: '21:00' },
      { days: [7], from: '12:00', to: '21:00' },
    ];
    const noon = Date.UTC(2026, 10, 22, 18);
    expect(allowedAt(weekly(texas), ['America/Chicago'], noon - MINUTE)).toBe(false);
    expect(allowedAt(weekly(texas), ['America/Chicago'], noon)).toBe(true);
  });

  it('agrees with the wall clock of every zone around both clock changes', () => {
    for (const { zone, at } of aroundChanges()) {
      expect(allowedAt(weekly(DAYTIME), [zone], at), `${zone} ${at}`).toBe(openOnTheWall(DAYTIME, zone, at));
      expect(allowedAt(weekly(NIGHT), [zone], at), `${zone} ${at}`).toBe(openOnTheWall(NIGHT, zone, at));
    }
  });

  it('agrees with the wall clock for any window, even one inside a doubled or missing hour', () => {
    fc.assert(
      fc.property(
        fc.array(someWindow, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...aroundChanges()),
        (windows, { zone, at }) => {
          expect(allowedAt(weekly(windows), [zone], at)).toBe(openOnTheWall(windows, zone, at));
        },
      ),
      casesOf(1_000),
    );
  });

  it('a deferred message lands inside the window of every zone around both clock changes, and never in the past', () => {
    for (const { zone, at } of aroundChanges()) {
      const next = nextAllowed(weekly(DAYTIME), [zone], at, 'contact-1') ?? NaN;
      expect(next).toBeGreaterThanOrEqual(at);
      expect(next - at).toBeLessThan(13 * HOUR);
      expect(openOnTheWall(DAYTIME, zone, next), `${zone} ${at}`).toBe(true);
    }
  });

  it('a message that may go now goes now', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TESTED_ZONES), moment, key, fc.boolean(), (zone, now, contact, guardBand) => {
        const next = nextAllowed(weekly(DAYTIME), [zone], now, contact, { guardBand });
        expect(next === now).toBe(allowedAt(weekly(DAYTIME), [zone], now, { guardBand }));
      }),
    );
  });

  it('a deferred message never skips an earlier window', () => {
    fc.assert(
      fc.property(fc.constantFrom(...aroundChanges()), key, ({ zone, at }, contact) => {
        const next = nextAllowed(weekly(DAYTIME), [zone], at, contact) ?? NaN;
        for (let look = at; look < next - SPREAD_OVER; look += 10 * MINUTE)
          expect(openOnTheWall(DAYTIME, zone, look)).toBe(false);
      }),
    );
  });

  it('with several candidate zones a moment suits all of them', () => {
    const pair = fc.uniqueArray(fc.constantFrom(...TESTED_ZONES), { minLength: 2, maxLength: 3 });
    fc.assert(
      fc.property(pair, moment, key, (zones, now, contact) => {
        const next = nextAllowed(weekly(DAYTIME), zones, now, contact);
        if (next === undefined) return;
        for (const zone of zones) expect(openOnTheWall(DAYTIME, zone, next)).toBe(true);
      }),
    );
  });

  it('zones that share no moment get no message', () => {
    const morning: readonly Window[] = [{ days: DAILY, from: '08:00', to: '10:00' }];
    expect(
      nextAllowed(weekly(morning), ['Europe/Rome', 'America/New_York'], Date.UTC(2026, 5, 1), 'c'),
    ).toBeUndefined();
  });

  it('an unknown zone and an empty list of windows allow nothing', () => {
    const now = Date.UTC(2026, 5, 1, 12);
    expect([allowedAt(weekly(DAYTIME), [], now), allowedAt(weekly([]), ROME, now)]).toEqual([false, false]);
    expect([nextAllowed(weekly(DAYTIME), [], now, 'c'), nextAllowed(weekly([]), ROME, now, 'c')]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('hours across midnight are one stretch, without a guard band at midnight', () => {
    const midnight = Date.UTC(2026, 5, 1, 22);
    for (const offset of [-MINUTE, 0, MINUTE])
      expect(allowedAt(weekly(NIGHT), ROME, midnight + offset, { guardBand: true })).toBe(true);
    expect(allowedAt(weekly(NIGHT), ROME, midnight + 105 * MINUTE, { guardBand: true })).toBe(false);
  });

  it('a promotion keeps ten minutes from the opening and fifteen from the closing', () => {
    const opening = Date.UTC(2026, 5, 1, 6);
    const closing = opening + 13 * HOUR;
    expect([opening + 10 * MINUTE - 1, opening + 10 * MINUTE].map(openForPromotions)).toEqual([false, true]);
    expect([closing - 15 * MINUTE - 1, closing - 15 * MINUTE].map(openForPromotions)).toEqual([true, false]);
    expect(GUARD_BAND).toEqual({ opening: 10 * MINUTE, closing: 15 * MINUTE });
  });

  it('the guard band of a brand may be another one', () => {
    const opening = Date.UTC(2026, 5, 1, 6);
    const band = { opening: HOUR, closing: 0 };
    expect(allowedAt(weekly(DAYTIME), ROME, opening + HOUR - 1, { guardBand: band })).toBe(false);
    expect(allowedAt(weekly(DAYTIME), ROME, opening + HOUR, { guardBand: band })).toBe(true);
  });

  it('deferred messages are spread over the first half hour, each contact always at its own moment', () => {
    const night = Date.UTC(2026, 5, 1, 1);
    const opening = Date.UTC(2026, 5, 1, 6);
    const moments = Array.from(
      { length: 1000 },
      (_, i) => nextAllowed(weekly(DAYTIME), ROME, night, `contact-${i}`) ?? NaN,
    );
    expect(Math.min(...moments)).toBeGreaterThanOrEqual(opening);
    expect(Math.max(...moments)).toBeLessThan(opening + SPREAD_OVER);
    const perMinute = Map.groupBy(moments, (at) => Math.floor((at - opening) / MINUTE));
    expect(perMinute.size).toBe(30);
    expect(Math.max(...[...perMinute.values()].map((group) => group.length))).toBeLessThan(70);
    expect(nextAllowed(weekly(DAYTIME), ROME, night - HOUR, 'contact-7')).toBe(moments[7]);
  });

  it('a short window is not left by the spread', () => {
    const tenMinutes: readonly Window[] = [{ days: [3], from: '12:00', to: '12:10' }];
    fc.assert(
      fc.property(moment, key, (now, contact) => {
        const next = nextAllowed(weekly(tenMinutes), ROME, now, contact) ?? NaN;
        expect(openOnTheWall(tenMinutes, 'Europe/Rome', next)).toBe(true);
        expect(next - now).toBeLessThanOrEqual(7 * DAY + HOUR);
      }),
    );
  });
});

describe('spread', () => {
  it('gives a whole number inside the range, the same every time', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 86_400_000 }), (key, range) => {
        const value = spread(key, range);
        expect(Number.isInteger(value) && value >= 0 && value < range).toBe(true);
        expect(spread(key, range)).toBe(value);
      }),
    );
  });

  it('has nowhere to go in an empty range', () => {
    expect([spread('a', 0), spread('a', 0.5), spread('a', NaN)]).toEqual([0, 0, 0]);
  });

  it('does not change from one build to the next', () => {
    expect(['', 'contact-1', 'contact-2'].map((key) => spread(key, 1_800_000))).toMatchInlineSnapshot(`
      [
        1204059,
        1582619,
        513673,
      ]
    `);
  });

  it('fills sixty buckets evenly with ten thousand neighbouring ids', () => {
    const buckets = Map.groupBy(
      Array.from({ length: 10_000 }, (_, i) => spread(`c-${i}`, 60)),
      (bucket) => bucket,
    );
    const sizes = [...buckets.values()].map((group) => group.length);
    expect(sizes.length).toBe(60);
    // 167 expected each; five standard deviations of about 13 on either side.
    expect(Math.min(...sizes)).toBeGreaterThan(100);
    expect(Math.max(...sizes)).toBeLessThan(235);
  });
});
