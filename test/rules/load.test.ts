import { describe, expect, it } from 'vitest';
import { allowedAt } from '../../domain/windows.ts';
import { windowsFor } from '../../domain/window-rules.ts';
import { loadRules } from '../../rules/load.ts';

const rules = loadRules();

function promotionAllowed(country: string, region: string | undefined, zone: string, at: string): boolean {
  const { windows } = windowsFor(rules.windows, { hours: 'promotional', country, region });
  return allowedAt(windows, [zone], Date.parse(at));
}

describe('the rules as shipped', () => {
  it.each([
    ['an Italian Sunday', 'IT', undefined, 'Europe/Rome', '2026-06-07T12:00+02:00', false],
    ['an Italian Saturday at 18:59', 'IT', undefined, 'Europe/Rome', '2026-06-06T18:59+02:00', true],
    ['an Italian Saturday at 19:00', 'IT', undefined, 'Europe/Rome', '2026-06-06T19:00+02:00', false],
    ['an Italian Monday at 09:00', 'IT', undefined, 'Europe/Rome', '2026-06-08T09:00+02:00', true],
    ['San Marino on a Sunday', 'SM', undefined, 'Europe/Rome', '2026-06-07T12:00+02:00', false],
    ['a French Saturday at 21:59', 'FR', undefined, 'Europe/Paris', '2026-06-06T21:59+02:00', false],
    ['a French Sunday', 'FR', undefined, 'Europe/Paris', '2026-06-07T12:00+02:00', false],
    ['Korea at 20:59', 'KR', undefined, 'Asia/Seoul', '2026-06-07T20:59+09:00', true],
    ['Korea at 21:00', 'KR', undefined, 'Asia/Seoul', '2026-06-07T21:00+09:00', false],
    ['Texas on Sunday at 11:59', 'US', 'TX', 'America/Chicago', '2026-06-07T11:59-05:00', false],
    ['Texas on Sunday at 12:00', 'US', 'TX', 'America/Chicago', '2026-06-07T12:00-05:00', true],
    ['Kentucky at 09:59', 'US', 'KY', 'America/New_York', '2026-06-08T09:59-04:00', false],
    ['Kentucky at 10:00', 'US', 'KY', 'America/New_York', '2026-06-08T10:00-04:00', true],
    ['Connecticut at 19:59', 'US', 'CT', 'America/New_York', '2026-06-08T19:59-04:00', true],
    ['Connecticut at 20:00', 'US', 'CT', 'America/New_York', '2026-06-08T20:00-04:00', false],
    ['New York at 20:59, by the federal rule', 'US', 'NY', 'America/New_York', '2026-06-08T20:59-04:00', true],
    ['Guernsey at 20:00, as in Britain', 'GG', undefined, 'Europe/London', '2026-06-08T20:00+01:00', false],
  ])('a promotion in %s', (_, country, region, zone, at, allowed) => {
    expect(promotionAllowed(country, region, zone, at)).toBe(allowed);
  });

  it('order news keeps 08:00 to 21:00 everywhere', () => {
    for (const country of ['IT', 'FR', 'US', 'KR', 'XX']) {
      expect(windowsFor(rules.windows, { hours: 'daytime', country })).toEqual({
        rule: 'default.daytime',
        windows: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '08:00', to: '21:00' }],
      });
    }
  });

  it('no state of the United States allows more than the federal hours', () => {
    for (const id of Object.keys(rules.windows.jurisdictions).filter((name) => name.startsWith('US-'))) {
      for (const { from, to } of windowsFor(rules.windows, { hours: 'promotional', country: 'US', region: id }).windows)
        expect(from >= '08:00' && to <= '21:00', id).toBe(true);
    }
  });

  it('STOP, START and HELP have words in English, Italian and Korean', () => {
    const found = [...rules.keywords.values()].map(({ kind, language }) => `${language}.${kind}`);
    for (const language of ['en', 'it', 'ko'])
      expect(found).toEqual(expect.arrayContaining([`${language}.stop`, `${language}.start`, `${language}.help`]));
  });

  it('a folder without the files is an error that names the file', () => {
    expect(() => loadRules(new URL('no-such-folder/', import.meta.url))).toThrow(/windows\.yaml/);
  });
});
