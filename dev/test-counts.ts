import { z } from 'zod';

export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number };

/** The part of vitest's JSON report that is counted. */
const report = z.object({
  numTotalTests: z.number(),
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
});

export function addCounts(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/**
 * Numbers of a vitest run. `ok` is whether the process ended well. A run that failed without a failed test (a file that does not
 * load, an error outside any test), that left no report or that held no test counts as one failure.
 */
export function countsOfVitest(json: string | undefined, ok: boolean): Counts {
  const parsed = json === undefined ? undefined : report.safeParse(JSON.parse(json));
  if (!parsed?.success) return { passed: 0, failed: 1, skipped: 0 };
  const { numTotalTests, numPassedTests, numFailedTests, numPendingTests, numTodoTests } = parsed.data;
  const hiddenFailure = (!ok && numFailedTests === 0) || numTotalTests === 0;
  return {
    passed: numPassedTests,
    failed: numFailedTests + (hiddenFailure ? 1 : 0),
    skipped: numPendingTests + numTodoTests,
  };
}

/** The line that ends `npm test`. */
export function lastLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
