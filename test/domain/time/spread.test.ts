import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spread } from '../../../domain/time/spread.ts';

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
