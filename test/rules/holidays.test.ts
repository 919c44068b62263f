import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rules } from '../helpers/rules.ts';
import { holidaySnapshot, holidaysText, publicHolidays } from '../../cli/holidays.ts';

const { packs } = rules;

describe('the snapshot of holidays', () => {
  it('is what the script writes (npm run rules -- holidays)', () => {
    const written = readFileSync(new URL('../../rules/holidays.json', import.meta.url), 'utf8');
    expect(written.replaceAll('\r\n', '\n')).toBe(holidaysText());
  });

  it('names its source and its licence', () => {
    const { attribution, licence } = holidaySnapshot();
    expect(attribution).toContain('https://github.com/commenthol/date-holidays');
    expect(licence).toContain('CC BY-SA 3.0');
  });

  it('has the calendars that packs name, each for three years, and no other', () => {
    const named = Object.values(packs.packs).flatMap(({ rows }) =>
      rows.flatMap(({ rule }) => (rule.kind === 'holidays' ? [rule.calendar] : [])),
    );
    expect(Object.keys(packs.calendars).toSorted()).toEqual([...new Set(named)].toSorted());
    for (const [name, days] of Object.entries(packs.calendars))
      expect([...new Set([...days].map((day) => day.slice(0, 4)))], name).toEqual(['2026', '2027', '2028']);
  });

  it('the overseas departments have the holidays of France and their own', () => {
    const france = [...(packs.calendars['FR'] ?? [])];
    expect(france).toHaveLength(33);
    for (const name of ['FR-67', 'GF', 'GP', 'MQ', 'RE', 'YT'])
      expect([...(packs.calendars[name] ?? [])], name).toEqual(expect.arrayContaining(france));
  });
});

describe('public holidays', () => {
  it('of several days have each of them', () => {
    expect(Object.keys(publicHolidays({ of: ['KR'] }, [2027])).filter((day) => day.startsWith('2027-09'))).toEqual([
      '2027-09-14',
      '2027-09-15',
      '2027-09-16',
    ]);
  });

  it('leave out what is only observed, and have the day instead', () => {
    const days = publicHolidays({ of: ['US', 'RI'] }, [2027]);
    expect(days['2027-10-31']).toBeUndefined();
    expect(days['2027-07-05']).toBe('Independence Day (substitute day)');
  });

  it('are local days, also where the clock changes on one', () => {
    // Easter 2027 in Italy has 23 hours.
    const days = publicHolidays({ of: ['IT'] }, [2027]);
    expect(days['2027-03-28']).toBe('Domenica di Pasqua');
    expect(Object.keys(days)).toHaveLength(13);
  });
});
