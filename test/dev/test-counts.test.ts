import { describe, expect, it } from 'vitest';
import { countsOfVitest, lastLine } from '../../dev/test-counts.ts';

function report(numbers: { passed?: number; failed?: number; pending?: number }): string {
  const { passed = 0, failed = 0, pending = 0 } = numbers;
  return JSON.stringify({
    numTotalTests: passed + failed + pending,
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: pending,
    numTodoTests: 0,
  });
}

describe('the last line of the tests', () => {
  it('says how many passed and failed, and how many were skipped only if any were', () => {
    expect(lastLine({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
    expect(lastLine({ passed: 12, failed: 1, skipped: 2 })).toBe('12 passed, 1 failed, 2 skipped');
  });

  it('counts every test of the report', () => {
    expect(countsOfVitest(report({ passed: 3, failed: 1, pending: 2 }), false)).toEqual({
      passed: 3,
      failed: 1,
      skipped: 2,
    });
  });

  it('counts a failure when a file does not load, when there is no report and when no test ran', () => {
    expect(countsOfVitest(report({ passed: 3 }), false).failed).toBe(1);
    expect(countsOfVitest(undefined, true).failed).toBe(1);
    expect(countsOfVitest('{}', true).failed).toBe(1);
    expect(countsOfVitest(report({}), true).failed).toBe(1);
  });
});
