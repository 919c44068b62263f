import { describe, expect, it } from 'vitest';
import { applyRules } from '../../domain/rules/applied-rules.ts';
import { hoursOf } from '../../domain/sending/gate/hours.ts';
import type { MessageClass } from '../../domain/sending/message.ts';
import { allowedAt } from '../../domain/time/windows.ts';
import { rules } from '../helpers/rules.ts';

const { packs } = rules;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** Every hour of a week without holidays in which a message may arrive, as `Mon-Fri 09-20`; the week begins on 2027-02-01 in UTC. */
function week(id: string, messageClass: MessageClass): string {
  const monday = Date.parse('2027-02-01T00:00Z');
  const rules = hoursOf(applyRules(packs, [id], messageClass, monday), packs.calendars, false);
  const days = WEEKDAYS.map((name, day) => {
    const open = Array.from({ length: 48 }, (_, half) => half / 2).filter((hour) =>
      rules.every(({ hours }) => allowedAt([hours], ['UTC'], monday + (day * 24 + hour) * 3_600_000)),
    );
    const [first] = open;
    const last = open.at(-1);
    if (first === undefined || last === undefined) return { name, hours: '' };
    expect(open, `${id} ${name} is one stretch`).toHaveLength((last - first) * 2 + 1);
    return { name, hours: `${two(first)}-${two(last + 0.5)}` };
  });
  const runs: { names: string[]; hours: string }[] = [];
  for (const { name, hours } of days) {
    const run = runs.at(-1);
    if (run?.hours === hours) run.names.push(name);
    else runs.push({ names: [name], hours });
  }
  return runs
    .filter(({ hours }) => hours !== '')
    .map(({ names, hours }) => `${names.length > 1 ? `${names[0]}-${names.at(-1)}` : names[0]} ${hours}`)
    .join(', ');
}

function two(hour: number): string {
  return String(hour).padStart(2, '0');
}

function allowed(ids: readonly string[], messageClass: MessageClass, at: number, zone: string, night = false): boolean {
  const rules = hoursOf(applyRules(packs, ids, messageClass, at), packs.calendars, night);
  return rules.every(({ hours }) => allowedAt([hours], [zone], at));
}

describe('a promotion arrives only within the hours of the reference', () => {
  it.each([
    ['US', 'Mon-Sun 08-21'],
    ['US-AL', 'Mon-Sat 08-20'],
    ['US-CA', 'Mon-Sun 09-21'],
    ['US-IL', 'Mon-Sun 09-21'],
    ['US-MI', 'Mon-Sun 09-21'],
    ['US-MN', 'Mon-Sun 09-21'],
    ['US-NM', 'Mon-Sun 09-21'],
    ['US-CT', 'Mon-Sun 09-20'],
    ['US-FL', 'Mon-Sun 08-20'],
    ['US-KY', 'Mon-Sun 10-21'],
    ['US-LA', 'Mon-Sat 08-20'],
    ['US-MA', 'Mon-Sun 08-20'],
    ['US-MD', 'Mon-Sun 08-20'],
    ['US-MS', 'Mon-Sat 08-20'],
    ['US-NV', 'Mon-Sun 09-20'],
    ['US-NJ', 'Mon-Sun 08-20'],
    ['US-OK', 'Mon-Sun 08-20'],
    ['US-PA', 'Mon-Sun 08-21'],
    ['US-RI', 'Mon-Fri 09-18, Sat-Sun 10-17'],
    ['US-TX', 'Mon-Sat 09-21, Sun 12-21'],
    ['US-UT', 'Mon-Sun 08-21'],
    ['US-VA', 'Mon-Sun 08-21'],
    ['US-WA', 'Mon-Sun 08-20'],
    ['US-NY', 'Mon-Sun 08-21'],
    ['US-PR', 'Mon-Sun 08-21'],
    ['CA', 'Mon-Sun 08-21'],
    ['GB', 'Mon-Sun 09-20'],
    ['GG', 'Mon-Sun 09-20'],
    ['IT', 'Mon-Fri 09-20, Sat 10-19'],
    ['SM', 'Mon-Fri 09-20, Sat 10-19'],
    ['FR', 'Mon-Sat 08-20'],
    ['RE', 'Mon-Sat 08-20'],
    ['DE', 'Mon-Sun 08-21'],
    ['ES', 'Mon-Sat 08-21'],
    ['KR', 'Mon-Sun 08-21'],
    ['IN', 'Mon-Sun 10-21'],
    ['AU', 'Mon-Sun 11-20'],
    ['AE', 'Mon-Sun 09-19'],
    ['SA', 'Mon-Sun 09-19'],
    ['BR', 'Mon-Sat 09-21'],
    ['MX', 'Mon-Sun 08-20'],
    // No hours are known of these: the stricter of two conventions.
    ['JP', 'Mon-Sun 09-20'],
    ['SG', 'Mon-Sun 09-20'],
    ['EU', 'Mon-Sun 09-20'],
    ['PL', 'Mon-Sun 09-20'],
    ['no such place', 'Mon-Sun 09-20'],
  ])('%s: %s', (id, hours) => {
    expect(week(id, 'promotional')).toBe(hours);
  });

  it('no state of the United States allows more than the federal hours', () => {
    for (const id of Object.keys(packs.packs).filter((name) => name.startsWith('US-')))
      for (const [, from = '', to = ''] of week(id, 'promotional').matchAll(/(\d\d)-(\d\d)/g))
        expect(from >= '08' && to <= '21', id).toBe(true);
  });

  it.each([
    ['an Italian holiday', ['IT'], '2027-06-02T12:00+02:00', 'Europe/Rome'],
    ['14 July in France', ['FR'], '2027-07-14T12:00+02:00', 'Europe/Paris'],
    ['Good Friday in Alsace', ['FR-67'], '2027-03-26T12:00+01:00', 'Europe/Paris'],
    ['Good Friday in the Moselle', ['FR-57'], '2027-03-26T12:00+01:00', 'Europe/Paris'],
    ['abolition day on Réunion', ['RE'], '2027-12-20T12:00+04:00', 'Indian/Reunion'],
    ['Mardi Gras in Louisiana', ['US-LA'], '2027-02-09T12:00-06:00', 'America/Chicago'],
    ['Confederate Memorial Day in Alabama', ['US-AL'], '2027-04-26T12:00-05:00', 'America/Chicago'],
    ['Memorial Day in Mississippi', ['US-MS'], '2027-05-31T12:00-05:00', 'America/Chicago'],
    ['Victory Day in Rhode Island', ['US-RI'], '2027-08-09T12:00-04:00', 'America/New_York'],
    ['Pioneer Day in Utah', ['US-UT'], '2027-07-24T12:00-06:00', 'America/Denver'],
    ['Christmas in Pennsylvania', ['US-PA'], '2028-12-25T12:00-05:00', 'America/New_York'],
    ['a Spanish holiday', ['ES'], '2027-10-12T12:00+02:00', 'Europe/Madrid'],
    ['a holiday of one of two places', ['US-NY', 'US-UT'], '2028-07-24T12:00-06:00', 'America/Denver'],
  ])('never on a holiday: %s', (_, ids, at, zone) => {
    expect(allowed(ids, 'promotional', Date.parse(at), zone)).toBe(false);
    expect(allowed(ids, 'service_feedback', Date.parse(at), zone)).toBe(false);
    expect(allowed(ids, 'transactional', Date.parse(at), zone)).toBe(true);
  });

  it('Good Friday is a working day in the rest of France, and Labor Day in Pennsylvania', () => {
    expect(allowed(['FR'], 'promotional', Date.parse('2027-03-26T12:00+01:00'), 'Europe/Paris')).toBe(true);
    expect(allowed(['US-PA'], 'promotional', Date.parse('2027-09-06T12:00-04:00'), 'America/New_York')).toBe(true);
  });

  it('a number of Florida and an address in Texas keep the hours of both', () => {
    const at = (hour: string): boolean =>
      allowed(['US-FL', 'US-TX'], 'promotional', Date.parse(`2027-02-01T${hour}-06:00`), 'America/Chicago');
    expect(['08:59', '09:00', '19:59', '20:00'].map(at)).toEqual([false, true, true, false]);
  });

  it('Texas on Sundays, Kentucky, Connecticut and Korea open and close to the minute', () => {
    const at = (id: string, moment: string, zone: string, night = false): boolean =>
      allowed([id], 'promotional', Date.parse(moment), zone, night);
    expect(at('US-TX', '2027-02-07T11:59-06:00', 'America/Chicago')).toBe(false);
    expect(at('US-TX', '2027-02-07T12:00-06:00', 'America/Chicago')).toBe(true);
    expect(at('US-KY', '2027-02-08T09:59-05:00', 'America/New_York')).toBe(false);
    expect(at('US-KY', '2027-02-08T10:00-05:00', 'America/New_York')).toBe(true);
    expect(at('US-CT', '2027-02-08T19:59-05:00', 'America/New_York')).toBe(true);
    expect(at('US-CT', '2027-02-08T20:00-05:00', 'America/New_York')).toBe(false);
    expect(at('KR', '2027-02-08T20:59+09:00', 'Asia/Seoul')).toBe(true);
    expect(at('KR', '2027-02-08T21:00+09:00', 'Asia/Seoul')).toBe(false);
  });

  it('in Korea a consent for the night lifts the hours, elsewhere it does not', () => {
    expect(allowed(['KR'], 'promotional', Date.parse('2027-02-08T21:00+09:00'), 'Asia/Seoul', true)).toBe(true);
    expect(allowed(['US'], 'promotional', Date.parse('2027-02-08T22:00-05:00'), 'America/New_York', true)).toBe(false);
  });
});

describe('news of an order that can wait', () => {
  it('keeps 08:00 to 21:00 everywhere, holidays and Sundays included', () => {
    for (const id of Object.keys(packs.packs)) expect(week(id, 'transactional'), id).toBe('Mon-Sun 08-21');
  });
});
