/** The public holidays that rule packs name, as a table of days: a snapshot, so that a decision does not change with a package. */
import Holidays from 'date-holidays';
import { DAY } from '../domain/time/duration.ts';
import { localTime } from '../domain/time/local-time.ts';
import type { HolidaysFile } from '../rules/pack-schema.ts';

const YEARS: readonly number[] = [2026, 2027, 2028];

interface Calendar {
  /** Country and state, as date-holidays names them. */
  readonly of: readonly [string, string?];
  /** Only the holidays whose name matches. */
  readonly only?: RegExp;
}

/** By the names that packs use. The Moselle and both departments of Alsace keep the same days. */
const CALENDARS: Readonly<Record<string, Calendar>> = {
  ES: { of: ['ES'] },
  FR: { of: ['FR'] },
  'FR-67': { of: ['FR', '67'] },
  GF: { of: ['GF'] },
  GP: { of: ['GP'] },
  IT: { of: ['IT'] },
  MQ: { of: ['MQ'] },
  RE: { of: ['RE'] },
  'US-AL': { of: ['US', 'AL'] },
  'US-LA': { of: ['US', 'LA'] },
  'US-MS': { of: ['US', 'MS'] },
  // Pennsylvania's rule names no other day.
  'US-PA-christmas': { of: ['US', 'PA'], only: /^Christmas Day/ },
  'US-RI': { of: ['US', 'RI'] },
  'US-UT': { of: ['US', 'UT'] },
  YT: { of: ['YT'] },
};

/** The text of `rules/holidays.json`. */
export function holidaysText(): string {
  return `${JSON.stringify(holidaySnapshot(), null, 2)}\n`;
}

/** The content that `rules/holidays.json` has to have. */
export function holidaySnapshot(): HolidaysFile {
  return {
    about: 'Public holidays as local days. Written by `npm run rules -- holidays`; edit cli/holidays.ts instead.',
    // Its package.json says CC-BY-3.0, its LICENSE says BY-SA for this data: the stricter of the two.
    licence: 'CC BY-SA 3.0, https://creativecommons.org/licenses/by-sa/3.0/ (this file only)',
    attribution:
      'From date-holidays 3.37.0 by commenthol, https://github.com/commenthol/date-holidays, whose data comes from the ' +
      'Wikipedia articles named in its LICENSE file; reduced to the public holidays of some places and years.',
    firstYear: Math.min(...YEARS),
    lastYear: Math.max(...YEARS),
    calendars: Object.fromEntries(
      Object.entries(CALENDARS).map(([name, calendar]) => [name, publicHolidays(calendar, YEARS)]),
    ),
  };
}

/**
 * Public holidays by local day, in order. For a holiday of several days `date` names only the first, so each day is
 * listed.
 */
export function publicHolidays({ of, only }: Calendar, years: readonly number[]): Record<string, string> {
  const holidays = new Holidays(of[0], of[1] ?? '');
  const zone = holidays.getTimezones()[0] ?? 'UTC';
  const days = years
    .flatMap((year) => holidays.getHolidays(year))
    .filter(({ type, name }) => type === 'public' && (only?.test(name) ?? true))
    .flatMap(({ start, end, name }) => daysOf(start.getTime(), end.getTime(), zone).map((day) => [day, name] as const));
  return Object.fromEntries(days.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** The local days of `[start, end)`, epoch ms. The loop steps from noon to noon, because a day may have 23 hours. */
function daysOf(start: number, end: number, zone: string): string[] {
  const first = localDay(start, zone);
  const days: string[] = [];
  for (let noon = Date.parse(`${first}T12:00Z`); ; noon += DAY) {
    const day = new Date(noon).toISOString().slice(0, 10);
    if (day > localDay(end - 1, zone)) return days;
    days.push(day);
  }
}

function localDay(at: number, zone: string): string {
  const { year, month, day } = localTime(at, zone);
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}
