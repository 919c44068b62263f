import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RateLimit } from '../../../vonage/fake/limit.ts';
import { createTokenBucket } from '../../../vonage/fake/limit.ts';

function takenOf(limit: RateLimit, arrivals: readonly number[]): boolean[] {
  const bucket = createTokenBucket(limit);
  return arrivals.map((at) => bucket.take(at).kind === 'taken');
}

describe('the token bucket', () => {
  it('lets the burst in at once and refuses the next, which waits for one token', () => {
    const bucket = createTokenBucket({ perSecond: 2, burst: 3 });
    expect([0, 0, 0].map((at) => bucket.take(at).kind)).toEqual(['taken', 'taken', 'taken']);
    expect(bucket.take(0)).toEqual({ kind: 'over', retryAfterSeconds: 1 });
    expect(bucket.take(499).kind).toBe('over');
    expect(bucket.take(500).kind).toBe('taken');
  });

  it('names the wait in whole seconds, never too short', () => {
    const bucket = createTokenBucket({ perSecond: 0.25, burst: 1 });
    bucket.take(0);
    expect(bucket.take(500)).toEqual({ kind: 'over', retryAfterSeconds: 4 });
    expect(bucket.take(4000).kind).toBe('taken');
  });

  it('refuses exactly what is over it: no window holds more than its burst and rate allow, and none less than it could', () => {
    const limits = fc.record({ perSecond: fc.integer({ min: 1, max: 100 }), burst: fc.integer({ min: 1, max: 50 }) });
    const gaps = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 200 });
    fc.assert(
      fc.property(limits, gaps, (limit, waits) => {
        let now = 1_772_491_260_000;
        const arrivals = waits.map((wait) => (now += wait));
        const taken = takenOf(limit, arrivals);
        // The same in fractions that cannot round: milliseconds times rate, of 1,000 to a token.
        let level = BigInt(limit.burst) * 1000n;
        let last = arrivals[0] ?? 0;
        const expected = arrivals.map((at) => {
          level += BigInt(at - last) * BigInt(limit.perSecond);
          const most = BigInt(limit.burst) * 1000n;
          if (level > most) level = most;
          last = at;
          if (level < 1000n) return false;
          level -= 1000n;
          return true;
        });
        expect(taken).toEqual(expected);
      }),
    );
  });

  it('requests a millisecond out of order get no token that is not there', () => {
    expect(takenOf({ perSecond: 1000, burst: 1 }, [10, 9, 9, 11])).toEqual([true, false, false, true]);
  });

  it('keeps its tokens when the limit changes, as many as still fit', () => {
    const bucket = createTokenBucket({ perSecond: 1, burst: 10 });
    bucket.take(0);
    bucket.setLimit({ perSecond: 1, burst: 2 });
    expect([0, 0, 0].map((at) => bucket.take(at).kind)).toEqual(['taken', 'taken', 'over']);
    bucket.setLimit({ perSecond: 1, burst: 10 });
    expect(bucket.take(0).kind).toBe('over');
  });

  it('without a limit lets everything in, and starts full with one', () => {
    const bucket = createTokenBucket(undefined);
    expect(bucket.take(0).kind).toBe('taken');
    bucket.setLimit({ perSecond: 1, burst: 1 });
    expect([5, 5].map((at) => bucket.take(at).kind)).toEqual(['taken', 'over']);
    bucket.setLimit(undefined);
    expect(bucket.take(5).kind).toBe('taken');
  });
});
