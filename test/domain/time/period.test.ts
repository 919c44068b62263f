import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR } from '../../../domain/time/duration.ts';
import { addPeriod, isPeriod, periodMs } from '../../../domain/time/period.ts';

const day = (text: string): number => Date.parse(`${text}T09:30:00Z`);

describe('the end of a period', () => {
  it.each([
    ['2027-01-31', 'P1M', '2027-02-28'],
    ['2028-01-31', 'P1M', '2028-02-29'],
    ['2027-03-31', 'P6M', '2027-09-30'],
    ['2027-08-31', 'P6M', '2028-02-29'],
    ['2028-02-29', 'P1Y', '2029-02-28'],
    ['2028-02-29', 'P4Y', '2032-02-29'],
    ['2026-03-02', 'P2Y', '2028-03-02'],
    ['2027-12-15', 'P1M', '2028-01-15'],
    ['2027-02-28', 'P1Y1M', '2028-03-28'],
    ['2027-02-27', 'P21D', '2027-03-20'],
    ['2027-02-28', 'PT24H', '2027-03-01'],
  ])('of %s, %s later, is %s: a month ends with its last day', (from, period, to) => {
    expect(new Date(addPeriod(day(from), period)).toISOString()).toBe(new Date(day(to)).toISOString());
  });

  it('keeps its order: a period that began later ends no sooner', () => {
    const moment = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2040, 0) });
    const months = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(moment, moment, months, (a, b, count) => {
        const [first, second] = a < b ? [a, b] : [b, a];
        // Several days of a month end on the last of a shorter one: the time of the day still orders those.
        return addPeriod(first, `P${count}M`) <= addPeriod(second, `P${count}M`) + DAY;
      }),
    );
  });
});

describe('what a period is', () => {
  it.each(['P', 'PT', 'P0D', '2Y', 'P1.5Y', 'P1W', 'P-1D', 'PT30M', ''])('%j is not a period', (text) => {
    expect(isPeriod(text)).toBe(false);
  });

  it.each(['P1Y', 'P6M', 'P21D', 'PT24H', 'P1Y6M', 'P1YT1H', 'P1M2D'])('%s is a period', (text) => {
    expect(isPeriod(text)).toBe(true);
  });

  it('a text that is not a period is named in the error', () => {
    expect(() => addPeriod(0, 'soon')).toThrow('not a period: soon');
    expect(() => periodMs('P1Y1M')).toThrow('not a number of days or hours: P1Y1M');
  });

  it('a number of days and hours has a length, months have none', () => {
    expect(periodMs('P1DT2H')).toBe(DAY + 2 * HOUR);
    expect(() => periodMs('P1M')).toThrow(RangeError);
    expect(() => addPeriod(0, 'soon')).toThrow(RangeError);
  });
});
