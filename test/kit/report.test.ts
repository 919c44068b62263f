import { expect, it } from 'vitest';
import { percentile } from '../../kit/report.ts';

it('a percentile is the nearest rank: one in a hundred exceeds the 99th, whatever the order', () => {
  const values = Array.from({ length: 200 }, (_, index) => index + 1).toReversed();
  expect([0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([100, 198, 200]);
  expect(percentile([], 0.99)).toBe(0);
});
