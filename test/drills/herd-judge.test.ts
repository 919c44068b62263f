import { describe, expect, it } from 'vitest';
import { countIn, highestRate, shareOfQuota } from './herd/judge.ts';

/** Ten seconds with a request every 100 ms. */
const steady = Array.from({ length: 100 }, (_, index) => index * 100);
const all = { from: 0, until: 10_000 };

describe('the judge of the herd drill', () => {
  it('a period has its beginning and not its end', () => {
    expect(countIn(steady, { from: 1000, until: 2000 })).toBe(10);
  });

  it('a quota of 10 a second is used to the full by a request every 100 ms', () => {
    expect(shareOfQuota(steady, 10, all)).toBe(1);
    expect(shareOfQuota(steady.slice(0, 50), 10, all)).toBe(0.5);
  });

  it('a burst is seen that the average hides', () => {
    const burst = [...steady, ...Array.from({ length: 10 }, () => 5050)];
    expect(highestRate(steady, 1000, all)).toBe(10);
    expect(highestRate(burst, 1000, all)).toBe(20);
    expect(highestRate([], 1000, all)).toBe(0);
  });
});
