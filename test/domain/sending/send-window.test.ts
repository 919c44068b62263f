import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maySend } from '../../../domain/sending/decision.ts';
import { DAY, MINUTE } from '../../../domain/time/duration.ts';
import type { SendFacts } from '../../../domain/sending/send-facts.ts';
import { closedNow, windowOf } from '../../../domain/sending/send-window.ts';
import { allowedAt, allowedUntil } from '../../../domain/time/windows.ts';
import { applied, granted, hours, row, sendFacts } from '../../helpers/send-facts.ts';
import { runs } from '../../helpers/whole.ts';

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

describe('the hours that a message keeps', () => {
  const NIGHT = NOON + 12 * 60 * MINUTE;
  const OPENS = Date.UTC(2026, 2, 4, 8);
  const closedFor = (overrides: Partial<SendFacts>) =>
    closedNow(sendFacts({ now: NIGHT, zones: ['Europe/Rome'], ...overrides }));

  it('are named by the rule that closes them, with the moment at which all are open and one that is the person’s own', () => {
    const closed = closedFor({ kind: 'rating_request' });
    expect(closed).toMatchObject({ rule: 'home.hours', next: { opensAt: OPENS } });
    const spreadTo = closed?.next?.spreadTo ?? 0;
    expect(spreadTo > OPENS && spreadTo < OPENS + 30 * MINUTE).toBe(true);
    const late = applied(
      row('a', hours('00:00', '24:00')),
      row('b', hours('09:00', '20:00')),
      row('c', hours('10:00', '21:00')),
    );
    expect(closedFor({ kind: 'rating_request', rules: late })).toMatchObject({
      rule: 'b',
      next: { opensAt: OPENS + 60 * MINUTE },
    });
    const never = applied(row('b', hours('09:00', '10:00')), row('c', hours('10:00', '21:00')));
    expect(closedFor({ kind: 'rating_request', rules: never })).toStrictEqual({ rule: 'b' });
  });

  it('are not closed at noon, nor for a person of whom no zone is known', () => {
    expect(closedFor({ kind: 'rating_request', now: NOON })).toBeUndefined();
    expect(closedFor({ kind: 'rating_request', zones: [] })).toBeUndefined();
  });

  it('are none for urgent news of an order, and are kept by what waits for the day and by all that sells', () => {
    expect(closedFor({ kind: 'shipped' })).toBeUndefined();
    expect(windowOf(sendFacts({ kind: 'shipped', now: NOON }))).toBeUndefined();
    expect(closedFor({ kind: 'delivered' })?.rule).toBe('home.courtesy');
    expect(closedFor({ kind: 'shipped', class: 'promotional' })?.rule).toBe('home.courtesy');
  });

  it('are lifted at night by a consent to the night of the class, where a rule says so', () => {
    const rules = applied(row('kr.hours', { ...hours('08:00', '21:00'), liftedBy: 'night_consent' as const }));
    const night = { day: {}, night: { promotional: granted() } };
    expect(closedFor({ kind: 'bundle_offer', rules, consents: night })).toBeUndefined();
    expect(closedFor({ kind: 'rating_request', rules, consents: night })?.rule).toBe('kr.hours');
    expect(closedFor({ kind: 'bundle_offer', rules })?.rule).toBe('kr.hours');
  });

  it('are of every zone that the person may be in for what sells, and of the parcel’s for news', () => {
    const zones = {
      zones: ['Europe/Rome'],
      allZones: ['Europe/Rome', 'America/New_York'],
      now: Date.UTC(2026, 2, 3, 9),
    };
    expect(closedFor({ kind: 'bundle_offer', ...zones })?.rule).toBe('home.hours');
    expect(closedFor({ kind: 'delivered', ...zones })).toBeUndefined();
  });

  it('have a window without a next one where none comes within fifteen days', () => {
    const once = applied(
      row('it.hours', hours('08:00', '20:00')),
      row('it.closed', { kind: 'holidays', calendar: 'all', mode: 'closed' }),
    );
    const days = Array.from({ length: 40 }, (_, day) => new Date(NOON + (day + 1) * DAY).toISOString().slice(0, 10));
    const window = windowOf(
      sendFacts({
        kind: 'rating_request',
        now: NOON,
        zones: ['Europe/Rome'],
        rules: once,
        calendars: { all: new Set(days) },
      }),
    );
    expect(window).toStrictEqual({ before: Date.UTC(2026, 2, 3, 19) });
  });
});
