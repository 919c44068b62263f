import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../domain/duration.ts';
import {
  endOfLocalDay,
  isValidZone,
  localTime,
  nextLocalDayStart,
  nextLocalTime,
  offsetSpans,
  startOfLocalDay,
} from '../../domain/local-time.ts';
import { aroundChanges, wallClock, ZONES } from './time-zones.ts';

const NEW_YORK = 'America/New_York';

describe('local time', () => {
  it('shows what the wall clock of the zone shows, in every zone', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2028, 0) }),
        (zone, at) => {
          expect(localTime(at, zone)).toEqual(wallClock(at, zone));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('knows a zone from a typo', () => {
    expect([isValidZone('Europe/Rome'), isValidZone('Europe/Roma'), isValidZone('')]).toEqual([true, false, false]);
    expect(() => localTime(0, 'Europe/Roma')).toThrow(RangeError);
  });

  it('moves a time that the clock jumps over to the first moment after the jump', () => {
    const before = Date.UTC(2027, 2, 14, 5);
    expect(nextLocalTime(before, NEW_YORK, 2, 30)).toBe(Date.UTC(2027, 2, 14, 7));
    expect(localTime(Date.UTC(2027, 2, 14, 7), NEW_YORK)).toMatchObject({ hour: 3, minute: 0 });
  });

  it('takes the first of a time that comes twice, and not the second again', () => {
    const first = Date.UTC(2027, 10, 7, 5, 30);
    expect(nextLocalTime(first - HOUR, NEW_YORK, 1, 30)).toBe(first);
    expect(nextLocalTime(first, NEW_YORK, 1, 30)).toBe(first);
    expect(nextLocalTime(first + 1, NEW_YORK, 1, 30)).toBe(Date.UTC(2027, 10, 8, 6, 30));
  });

  it('starts a day without a midnight when its clock starts', () => {
    const cairo = Date.UTC(2026, 3, 24, 12);
    expect(localTime(startOfLocalDay(cairo, 'Africa/Cairo'), 'Africa/Cairo')).toMatchObject({
      day: 24,
      hour: 1,
      minute: 0,
    });
  });

  it('days of every zone follow each other without a gap, clock changes included', () => {
    for (const { zone, at } of aroundChanges()) {
      const [start, next] = [startOfLocalDay(at, zone), nextLocalDayStart(at, zone)];
      expect(start).toBeLessThanOrEqual(at);
      expect(endOfLocalDay(at, zone)).toBe(next - 1);
      expect(next).toBeGreaterThan(at);
      expect(startOfLocalDay(next - 1, zone)).toBe(start);
      expect(startOfLocalDay(next, zone)).toBe(next);
      expect(localTime(start, zone).day).toBe(localTime(at, zone).day);
    }
  });

  it('cuts a stretch of time exactly where the clock changes', () => {
    const spans = offsetSpans(Date.UTC(2026, 2, 1), Date.UTC(2026, 3, 1), 'Europe/Rome');
    const change = Date.UTC(2026, 2, 29, 1);
    expect(spans).toEqual([
      { from: Date.UTC(2026, 2, 1), to: change, offset: HOUR },
      { from: change, to: Date.UTC(2026, 3, 1), offset: 2 * HOUR },
    ]);
  });

  it('the next time of day is never in the past and never more than two days away', () => {
    const clock = fc.record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.integer({ min: 0, max: 59 }) });
    fc.assert(
      fc.property(fc.constantFrom(...aroundChanges()), clock, ({ zone, at }, { hour, minute }) => {
        const next = nextLocalTime(at, zone, hour, minute);
        expect(next).toBeGreaterThanOrEqual(at);
        expect(next - at).toBeLessThan(2 * DAY + 2 * HOUR);
        const shown = localTime(next, zone);
        const justBefore = localTime(next - MINUTE, zone);
        const wanted = hour * 60 + minute;
        const jumpedOver = (justBefore.hour * 60 + justBefore.minute + 1) % 1440 !== shown.hour * 60 + shown.minute;
        expect(shown.hour * 60 + shown.minute === wanted || jumpedOver).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
