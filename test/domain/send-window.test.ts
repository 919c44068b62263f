import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maySend } from '../../domain/decision.ts';
import { DAY, MINUTE } from '../../domain/duration.ts';
import type { SendFacts } from '../../domain/send-facts.ts';
import { windowOf } from '../../domain/send-window.ts';
import { allowedAt, allowedUntil } from '../../domain/windows.ts';
import { sendFacts } from '../helpers/send-facts.ts';
import { runs } from '../helpers/whole.ts';

const WEEK = [1, 2, 3, 4, 5, 6, 7];
/** Tuesday 3 March 2026, 12:00 in Rome. */
const NOON = Date.UTC(2026, 2, 3, 11);

describe('the window that a moment lies in', () => {
  it('ends at the first moment that is not allowed any more', () => {
    const hours = fc.tuple(fc.integer({ min: 0, max: 11 }), fc.integer({ min: 12, max: 24 }));
    const moment = fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2027, 0) });
    const zone = fc.constantFrom('Europe/Rome', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe');
    fc.assert(
      fc.property(hours, moment, zone, ([from, to], now, where) => {
        const window = [{ days: WEEK, from: `${String(from).padStart(2, '0')}:00`, to: `${to}:00` }];
        const until = allowedUntil([{ windows: window }], [where], now);
        expect(until !== undefined).toBe(allowedAt([{ windows: window }], [where], now));
        if (until === undefined || (from === 0 && to === 24)) return;
        expect(until).toBeGreaterThan(now);
        expect(allowedAt([{ windows: window }], [where], until - 1)).toBe(true);
        expect(allowedAt([{ windows: window }], [where], until)).toBe(false);
      }),
      runs(200),
    );
  });
});

describe('the window of a promotion', () => {
  const promotion = (overrides: Partial<SendFacts> = {}): SendFacts =>
    sendFacts({
      kind: 'bundle_offer',
      now: NOON,
      zones: ['Europe/Rome'],
      ...overrides,
    });

  it('ends before the guard band and begins again after it, at a moment that is allowed', () => {
    const window = windowOf(promotion());
    expect(window?.before).toBe(Date.UTC(2026, 2, 3, 18, 45));
    const again = window?.again ?? 0;
    expect(again).toBeGreaterThanOrEqual(Date.UTC(2026, 2, 4, 8, 10));
    expect(again).toBeLessThan(NOON + DAY);
    expect(maySend(promotion({ now: again, usefulUntil: again })).kind).toBe('send');
  });

  it('is none at night, and none for an answer to the customer', () => {
    expect(windowOf(promotion({ now: NOON + 12 * 60 * MINUTE }))).toBeUndefined();
    expect(windowOf(promotion({ inReply: true, triggeredAt: NOON }))).toBeUndefined();
  });
});
