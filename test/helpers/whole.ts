import { inject } from 'vitest';

/** `DOPO_TEST_WHOLE=yes`: tests that try a great many cases one by one try all of them, and not a part that shows as much in less time. */
export const isWhole = process.env['DOPO_TEST_WHOLE'] === 'yes';

/** Set by test/mutation.config.ts: a mutation run repeats the tests for each change, so each test tries fewer cases. */
export const isBrief = inject('numRuns') !== undefined;

/** Cases of a property: so many in all, of which a quarter as a rule. */
export function casesOf(all: number): { readonly numRuns: number } {
  return runs(isWhole ? all : Math.ceil(all / 4));
}

/** The number of cases of a property: `count`, or fewer in a mutation run. */
export function runs(count: number): { readonly numRuns: number } {
  return { numRuns: Math.min(count, inject('numRuns') ?? count) };
}
