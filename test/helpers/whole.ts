/** `DOPO_TEST_WHOLE=yes`: tests that try a great many cases one by one try all of them, and not a part that shows as much in less time. */
export const isWhole = process.env['DOPO_TEST_WHOLE'] === 'yes';

/** Cases of a property: so many in all, of which a quarter as a rule. */
export function casesOf(all: number): { readonly numRuns: number } {
  return { numRuns: isWhole ? all : Math.ceil(all / 4) };
}
