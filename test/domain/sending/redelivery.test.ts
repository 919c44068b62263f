import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DAY, MINUTE } from '../../../domain/time/duration.ts';
import { MAX_REDELIVERIES, nextRedelivery } from '../../../domain/sending/redelivery.ts';

const NOON = Date.UTC(2026, 2, 3, 11);

it('a message that failed for a moment is sent again after 5 minutes, then twice as long each time, five times in all', () => {
  const delays = Array.from({ length: 6 }, (_, before) => nextRedelivery(before, NOON + DAY, NOON));
  expect(delays.map((at) => at && (at - NOON) / MINUTE)).toEqual([5, 10, 20, 40, 80, undefined]);
});

it('it is sent again also in the last moment in which it is of use', () => {
  expect(nextRedelivery(0, NOON + 5 * MINUTE, NOON)).toBe(NOON + 5 * MINUTE);
  expect(nextRedelivery(0, NOON + 5 * MINUTE - 1, NOON)).toBeUndefined();
});

it('it is never sent again after it has become useless', () => {
  const moments = fc.tuple(fc.nat({ max: MAX_REDELIVERIES + 2 }), fc.integer({ min: -DAY, max: DAY }));
  fc.assert(
    fc.property(moments, ([before, useful]) => {
      const at = nextRedelivery(before, NOON + useful, NOON);
      expect(at === undefined || (at > NOON && at <= NOON + useful)).toBe(true);
    }),
  );
});
