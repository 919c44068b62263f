import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { describe, expect, it } from 'vitest';
import { loadAreaCodes } from '../../rules/zones.ts';

const areas = loadAreaCodes(new URL('../../rules/', import.meta.url));

/** Of every code that libphonenumber knows: country and type, by numbers that are free in most of them. */
function plan(): Map<string, { country: string | undefined; type: string | undefined }> {
  const codes = Array.from({ length: 800 }, (_, index) => String(200 + index));
  const known = codes.flatMap((code) => {
    const valid = ['2345678', '5552671', '9876543']
      .map((rest) => parsePhoneNumberFromString(`+1${code}${rest}`))
      .find((number) => number?.isValid());
    return valid ? [[code, { country: valid.country, type: valid.getType() }] as const] : [];
  });
  return new Map(known);
}

describe('area codes', () => {
  const known = [...plan()];
  const geographic = known.filter(([, { type }]) => type === 'FIXED_LINE_OR_MOBILE');

  it('every geographic code of the United States and Canada has a state or province of that country', () => {
    const american = geographic.filter(([, { country }]) => country === 'US' || country === 'CA');
    expect(american.length).toBeGreaterThan(400);
    expect(american.filter(([code, { country }]) => areas[code]?.[0]?.slice(0, 2) !== country)).toEqual([]);
  });

  it('toll-free, premium and personal codes, the Caribbean and the territories have none', () => {
    const others = known.filter(
      ([, { country, type }]) => type !== 'FIXED_LINE_OR_MOBILE' || (country !== 'US' && country !== 'CA'),
    );
    expect(others.map(([code]) => code)).toEqual(expect.arrayContaining(['800', '900', '500', '787', '671', '876']));
    expect(others.filter(([code]) => Object.hasOwn(areas, code))).toEqual([]);
  });

  it('no code is listed that libphonenumber does not know', () => {
    const codes = new Set(geographic.map(([code]) => code));
    expect(Object.keys(areas).filter((code) => !codes.has(code))).toEqual([]);
  });

  it.each([
    ['235', ['US-MO']],
    ['324', ['US-FL']],
    ['472', ['US-NC']],
    ['645', ['US-FL']],
    ['656', ['US-FL']],
    ['771', ['US-DC']],
    ['943', ['US-GA']],
    ['945', ['US-TX']],
    ['850', ['US-FL']],
    ['605', ['US-SD']],
    ['931', ['US-TN']],
    ['416', ['CA-ON']],
    ['902', ['CA-NS', 'CA-PE']],
    ['867', ['CA-NT', 'CA-NU', 'CA-YT']],
  ])('%s is in %j', (code, states) => {
    expect(areas[code]).toEqual(states);
  });

  it('every state and the ten provinces have one', () => {
    const states = new Set(Object.values(areas).flat());
    expect([...states].filter((id) => id.startsWith('US-'))).toHaveLength(51);
    expect([...states].filter((id) => id.startsWith('CA-'))).toHaveLength(13);
  });

  it.each([
    ['seen: 2026-11-21\nareas: { US-FL: 305 850 }', /source/],
    ['source: x\nseen: 2026-11-21\nareas: { US-FL: 305 305 }', /2?:?.*US-FL: a code stands twice/],
    ['source: x\nseen: 2026-11-21\nareas: { US-FL: 105 305 }', /not area codes/],
    ['source: x\nseen: 2026-11-21\nareas: { Florida: 305 850 }', /not a state/],
    ['source: x\nseen: 2026-11-21\nareas: {}\nstates: {}', /unknown key/],
  ])('a file with a mistake is refused with its line: %j', (text, what) => {
    const folder = mkdtempSync(join(tmpdir(), 'dopo-areas-'));
    writeFileSync(join(folder, 'area-codes.yaml'), text);
    const load = (): unknown => loadAreaCodes(pathToFileURL(`${folder}/`));
    expect(load).toThrow(what);
    expect(load).toThrow(/^rules\/area-codes\.yaml:\d+:\d+ /);
  });
});
