import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR } from '../../../domain/time/duration.ts';
import {
  endOfLocalDay,
  isValidZone,
  localTime,
  nextLocalDayStart,
  offsetSpans,
  startOfDate,
} from '../../../domain/time/local-time.ts';
import { aroundChanges, expectedWallClock, TESTED_ZONES } from './time-zones.ts';
import { runs } from '../../helpers/whole.ts';

describe('local time', () => {
  it('shows what the wall clock of the zone shows, in every zone', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TESTED_ZONES),
        fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2028, 0) }),
        (zone, at) => {
          expect(localTime(at, zone)).toEqual(expectedWallClock(at, zone));
        },
      ),
      runs(500),
    );
  });

  it('knows a zone from a typo', () => {
    expect([isValidZone('Europe/Rome'), isValidZone('Europe/Roma'), isValidZone('')]).toEqual([true, false, false]);
    expect(() => localTime(0, 'Europe/Roma')).toThrow(RangeError);
  });

  it('starts a day without a midnight when its clock starts', () => {
    const start = startOfDate({ year: 2026, month: 4, day: 24 }, 'Africa/Cairo');
    expect(localTime(start, 'Africa/Cairo')).toMatchObject({ day: 24, hour: 1, minute: 0 });
  });

  it('starts a day with two midnights at the first', () => {
    expect(startOfDate({ year: 2026, month: 11, day: 1 }, 'America/Havana')).toBe(Date.UTC(2026, 10, 1, 4));
  });

  it('days of every zone follow each other without a gap, clock changes included', () => {
    for (const { zone, at } of aroundChanges()) {
      const [start, next] = [startOfDate(localTime(at, zone), zone), nextLocalDayStart(at, zone)];
      expect(start).toBeLessThanOrEqual(at);
      expect(endOfLocalDay(at, zone)).toBe(next - 1);
      expect(next).toBeGreaterThan(at);
      expect(startOfDate(localTime(next - 1, zone), zone)).toBe(start);
      expect(startOfDate(localTime(next, zone), zone)).toBe(next);
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
});
