import { describe, expect, it } from 'vitest';
import { rules } from '../helpers/rules.ts';
import { packRows, ruleRows } from '../../rules/pack-tables.ts';
import { checkReport, windowsTable } from '../../rules/show.ts';

function line(id: string, at: string): string {
  const found = windowsTable(rules, Date.parse(at))
    .split('\n')
    .find((each) => each.startsWith(`${id} `));
  return (found ?? '').replaceAll(/ {2,}/g, ' | ');
}

describe('the table of windows', () => {
  it('has every jurisdiction', () => {
    const ids = windowsTable(rules, Date.parse('2027-03-14T10:00Z'))
      .split('\n')
      .slice(1)
      .map((each) => each.split(' ')[0]);
    expect(new Set(ids)).toEqual(new Set(Object.keys(rules.packs.packs)));
  });

  it('says the local time, whether it is open, until when and by which rule', () => {
    // The night on which the clock of New York is put forward.
    expect(line('US-FL', '2027-03-14T06:59:00Z')).toBe(
      'US-FL | Florida | Sun 03-14 01:59 America/New_York | closed until Sun 03-14 08:00 (us-fl.hours) | closed until Sun 03-14 08:00 (default.hours.orders)',
    );
    expect(line('US-FL', '2027-03-14T07:00:00Z')).toContain('Sun 03-14 03:00 America/New_York');
    expect(line('US-TX', '2027-03-14T18:00:00Z')).toContain('open until Sun 03-14 21:00 (us-tx.hours)');
    expect(line('IT', '2027-03-14T10:00:00Z')).toBe(
      'IT | Italy | Sun 03-14 11:00 Europe/Rome | closed until Mon 03-15 09:00 (it.hours) | open until Sun 03-14 21:00 (default.hours.orders)',
    );
  });

  it('names the holiday where that is what closes', () => {
    expect(line('FR-67', '2027-03-26T10:00:00Z')).toContain('closed until Sat 03-27 08:00 (fr-67.holidays)');
    expect(line('FR', '2027-03-26T10:00:00Z')).toContain('open until Fri 03-26 20:00 (fr.hours)');
  });
});

describe('the check', () => {
  it('counts packs and rows, and has nothing to say about rules that are up to date', () => {
    expect(checkReport(rules.packs, Date.parse('2026-11-22T12:00Z')).split('\n')).toEqual([
      expect.stringMatching(
        /^\d+ packs and \d+ places that have their parent's, \d+ rows \(\d+ A, \d+ B, \d+ C, \d+ X\), no mistakes$/,
      ),
      expect.stringContaining('Not legal advice'),
    ]);
  });

  it('names a pack from the day after it was to be reviewed', () => {
    expect(checkReport(rules.packs, Date.parse('2027-01-15T23:59Z'))).not.toContain('reviewed since');
    expect(checkReport(rules.packs, Date.parse('2027-01-16T00:00Z'))).toContain(
      '\nUS: to be reviewed since 2027-01-15\n',
    );
  });

  it('names a calendar that ends within half a year', () => {
    expect(checkReport(rules.packs, Date.parse('2028-07-04T12:00Z'))).not.toContain('calendar ');
    expect(checkReport(rules.packs, Date.parse('2028-07-06T12:00Z'))).toContain('\ncalendar IT ends on 2028-12-31\n');
  });
});

describe('the tables for counsel', () => {
  it('have every row, and every place', () => {
    const ids = Object.values(rules.packs.packs).flatMap(({ rows }) => rows.map(({ id }) => `\`${id}\``));
    expect(new Set(ruleRows(rules.packs).map(([id]) => id))).toEqual(new Set(ids));
    const places = packRows(rules.packs)
      .map(([, place]) => place)
      .join(', ');
    for (const { name } of Object.values(rules.packs.packs)) expect(places).toContain(name);
  });
});
