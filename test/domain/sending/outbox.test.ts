import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MINUTE } from '../../../domain/time/duration.ts';
import { MAX_TRIES, waitAfter } from '../../../domain/sending/outbox.ts';

const tries = fc.integer({ min: 1, max: 40 });

it('a row waits longer after every try, for ten minutes at most, and never less than half of the longest', () => {
  fc.assert(
    fc.property(tries, fc.string(), (count, row) => {
      const longest = Math.min(1000 * 2 ** (count - 1), 10 * MINUTE);
      const wait = waitAfter(count, row);
      expect(wait).toBeLessThanOrEqual(longest);
      expect(wait).toBeGreaterThan(longest / 2 - 1);
    }),
  );
});

it('rows that were refused together do not come back together', () => {
  const waits = Array.from({ length: 1000 }, (_, row) => waitAfter(8, String(row)));
  const spans = Map.groupBy(waits, (wait) => Math.floor(wait / 8_000));
  expect(Math.max(...[...spans.values()].map((rows) => rows.length))).toBeLessThan(250);
});

it('all tries of a row take between twenty minutes and an hour', () => {
  const total = Array.from({ length: MAX_TRIES - 1 }, (_, index) => waitAfter(index + 1, 'row')).reduce(
    (a, b) => a + b,
  );
  expect(total).toBeGreaterThan(15 * MINUTE);
  expect(total).toBeLessThan(60 * MINUTE);
});
