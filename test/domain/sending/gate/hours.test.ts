import { describe, expect, it } from 'vitest';
import type { AppliedRow } from '../../../../domain/rules/applied-rules.ts';
import { applyRules } from '../../../../domain/rules/applied-rules.ts';
import { hoursOf, sellingHours, closedNow, windowOf } from '../../../../domain/sending/gate/hours.ts';
import { allowedAt, nextAllowed, allowedUntil } from '../../../../domain/time/windows.ts';
import { rules } from '../../../helpers/rules.ts';
import { applied, hours, row, granted, sendFacts } from '../../../helpers/send-facts.ts';
import fc from 'fast-check';
import { maySend } from '../../../../domain/sending/gate/decision.ts';
import { DAY, MINUTE } from '../../../../domain/time/duration.ts';
import type { SendFacts } from '../../../../domain/sending/gate/gate.ts';
import { runs } from '../../../helpers/whole.ts';

const PARIS = ['Europe/Paris'];
const at = (day: string, time: string): number => Date.parse(`${day}T${time}:00+02:00`);
const WEEKDAYS = row('fr.hours', hours('08:00', '20:00', [1, 2, 3, 4, 5, 6]), 'FR');
const CALENDARS = { fr: new Set(['2027-07-14']) };

function open(rules: readonly AppliedRow[], moment: number, night = false): boolean {
  return allowedAt(
    hoursOf(applied(...rules), CALENDARS, night).map((each) => each.hours),
    PARIS,
    moment,
  );
}

describe('a holiday', () => {
  it('that is closed has no hours, from its first local minute to its last', () => {
    const closed = row('fr.holidays', { kind: 'holidays', calendar: 'fr', mode: 'closed' }, 'FR');
    expect(open([WEEKDAYS], at('2027-07-14', '12:00'))).toBe(true);
    expect(open([WEEKDAYS, closed], at('2027-07-14', '12:00'))).toBe(false);
    expect(open([WEEKDAYS, closed], at('2027-07-13', '19:59'))).toBe(true);
    const always = row('x', hours('00:00', '24:00'), 'FR');
    expect(open([always, closed], at('2027-07-14', '00:00') - 1)).toBe(true);
    expect(open([always, closed], at('2027-07-14', '00:00'))).toBe(false);
    expect(open([always, closed], at('2027-07-15', '00:00'))).toBe(true);
  });

  it('that counts as a Sunday keeps the hours of one', () => {
    const like = row('it.holidays', { kind: 'holidays', calendar: 'fr', mode: 'as_sunday' }, 'IT');
    const short = row(
      'it.hours',
      {
        kind: 'hours',
        windows: [
          { days: [1, 2, 3, 4, 5], from: '09:00', to: '20:00' },
          { days: [7], from: '10:00', to: '12:00' },
        ],
      },
      'IT',
    );
    expect(open([short, like], at('2027-07-14', '11:00'))).toBe(true);
    expect(open([short, like], at('2027-07-14', '13:00'))).toBe(false);
    expect(open([WEEKDAYS, like], at('2027-07-14', '11:00'))).toBe(false);
  });

  it('defers to the next day that is none', () => {
    const closed = row('fr.holidays', { kind: 'holidays', calendar: 'fr', mode: 'closed' }, 'FR');
    const rules = hoursOf(applied(WEEKDAYS, closed), CALENDARS, false).map((each) => each.hours);
    const next = nextAllowed(rules, PARIS, at('2027-07-13', '20:00'), 'someone') ?? 0;
    expect(next).toBeGreaterThanOrEqual(at('2027-07-15', '08:00'));
    expect(next).toBeLessThan(at('2027-07-15', '08:30'));
  });

  it('of an unknown calendar closes nothing', () => {
    const unknown = row('x.holidays', { kind: 'holidays', calendar: 'nowhere', mode: 'closed' });
    expect(open([WEEKDAYS, unknown], at('2027-07-14', '12:00'))).toBe(true);
  });
});

it('a holiday of one place does not count as a Sunday in another', () => {
  const closed = row('fr.holidays', { kind: 'holidays', calendar: 'fr', mode: 'closed' }, 'FR');
  const [weekly] = hoursOf(applied(WEEKDAYS, closed), CALENDARS, false);
  expect([weekly?.rule, [...(weekly?.hours.sundays ?? [])]]).toEqual(['fr.hours', []]);
});

it('the hours of what sells in a country are those of its pack for promotions, without a consent to the night', () => {
  const noon = Date.UTC(2027, 1, 1, 12);
  const selling = sellingHours(rules.packs, 'KR', noon);
  const inForce = hoursOf(applyRules(rules.packs, ['KR'], 'promotional', noon), rules.packs.calendars, false);
  expect(inForce.length).toBeGreaterThan(0);
  expect(selling).toEqual(inForce.map(({ hours: of }) => of));
});

describe('hours', () => {
  it('of several places all have to allow a moment', () => {
    const late = row('us-ky.hours', hours('10:00', '21:00'), 'US-KY');
    expect(open([WEEKDAYS, late], at('2027-07-13', '09:59'))).toBe(false);
    expect(open([WEEKDAYS, late], at('2027-07-13', '10:00'))).toBe(true);
    expect(open([WEEKDAYS, late], at('2027-07-13', '20:00'))).toBe(false);
  });

  it('that a consent to the night lifts do not hold for a person who gave it', () => {
    const day = row('kr.hours', { ...hours('08:00', '21:00'), liftedBy: 'night_consent' as const }, 'KR');
    const always = row('kr.night', hours('00:00', '24:00'), 'KR');
    expect(open([day, always], at('2027-07-13', '22:00'))).toBe(false);
    expect(open([day, always], at('2027-07-13', '22:00'), true)).toBe(true);
  });
});

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
