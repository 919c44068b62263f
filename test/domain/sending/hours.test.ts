import { describe, expect, it } from 'vitest';
import type { AppliedRow } from '../../../domain/rules/applied-rules.ts';
import { applyRules } from '../../../domain/rules/applied-rules.ts';
import { hoursOf, sellingHours } from '../../../domain/sending/hours.ts';
import { allowedAt, nextAllowed } from '../../../domain/time/windows.ts';
import { rules } from '../../helpers/rules.ts';
import { applied, hours, row } from '../../helpers/send-facts.ts';

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
