import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, durationMs, parseDuration } from '../../../domain/time/duration.ts';

describe('durations', () => {
  it.each([
    ['0', 0],
    ['10m', 10 * MINUTE],
    ['2h', 2 * HOUR],
    ['5d', 5 * DAY],
    ['-5d', -5 * DAY],
    ['9999d', 9999 * DAY],
  ])('%s is %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(durationMs(text)).toBe(ms);
  });

  it.each(['', '5', '1w', '5 d', '5D', '+5d', '1.5h', '--5d', '10000d', '5d2h', ' 5d', '5d\n', '٥d'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
      expect(() => durationMs(text)).toThrow(RangeError);
    },
  );
});
