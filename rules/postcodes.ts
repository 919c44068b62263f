/** The time zone at a postcode of the United States or Canada, whose states lie in several. */
import { createRequire } from 'node:module';
import { getTimezone } from 'countries-and-timezones';
import type * as GeoTz from 'geo-tz/all';
import { z } from 'zod';
import type { PostcodePlace, PostcodeZone } from '../domain/place/place.ts';

/** 44,000 codes and their coordinates. Canada: by the first three characters. */
const zipcodes = z.object({
  codes: z.custom<Readonly<Record<string, unknown>>>((value) => typeof value === 'object' && value !== null),
});
const point = z.object({
  latitude: z.number().min(-85).max(85),
  longitude: z.number().min(-180).max(180),
  state: z.string(),
});

interface Data {
  readonly codes: Readonly<Record<string, unknown>>;
  readonly zonesAt: (latitude: number, longitude: number) => readonly string[];
}

/** Codes whose answer is kept: one takes about 200 bytes. */
const KEPT = 5000;

/**
 * Loads its data (180 ms, 90 MB resident of which 26 MB heap; `bench/postcodes.ts` measures it) with the first postcode that looks like
 * one.
 *
 * The zone is the one at the code's own coordinates, the middle of its area or its post office, as people there keep it. So a code
 * whose area crosses a zone border has one zone, that of most of its people, and the few on the other side are an hour off. Rural
 * Canadian codes (second character 0) are as large as a country, so they tell their province and no zone; so do military ones.
 */
export function createPostcodes(): PostcodeZone {
  let data: Data | undefined;
  const kept = new Map<string, PostcodePlace | undefined>();
  return (country, postcode) => {
    const code = ZIP_COUNTRIES.has(country) ? zipOf(postcode) : country === 'CA' ? forwardAreaOf(postcode) : undefined;
    if (code === undefined) return undefined;
    if (kept.has(code)) return kept.get(code);
    data ??= load();
    const place = /^\d/.test(code) ? zipPlace(code, data) : canadianPlace(code, data);
    const [oldest] = kept.keys();
    if (kept.size >= KEPT && oldest !== undefined) kept.delete(oldest);
    kept.set(code, place);
    return place;
  };
}

function load(): Data {
  const require = createRequire(import.meta.url);
  const { codes } = zipcodes.parse(require('zipcodes'));
  const geo: typeof GeoTz = require('geo-tz/all');
  // Decoded map tiles would stay for ever otherwise: 110 MB once every code has been asked for.
  geo.setCache({ store: { get: () => undefined, set: () => {} } });
  return { codes, zonesAt: geo.find };
}

/** Countries whose addresses have a ZIP code. */
const ZIP_COUNTRIES: ReadonlySet<string> = new Set(['US', 'AS', 'FM', 'GU', 'MH', 'MP', 'PR', 'PW', 'VI']);

/** `32401` of `32401`, `32401-1234` and `324011234`. */
function zipOf(postcode: string): string | undefined {
  return /^(\d{5})(?:[\s-]?\d{4})?$/.exec(postcode.trim())?.[1];
}

/** `K1A` of `k1a 0b1`, `K1A-0B1` and `K1A`. */
function forwardAreaOf(postcode: string): string | undefined {
  return /^([A-Z]\d[A-Z])(?:[\s-]?\d[A-Z]\d)?$/.exec(postcode.trim().toUpperCase())?.[1];
}

/** By the first three digits, whether or not the list has the code: military post offices of the USPS (AE 090-098, AA 340, AP 962-966). */
const MILITARY: readonly (readonly [prefixes: RegExp, state: string])[] = [
  [/^09[0-8]/, 'AE'],
  [/^340/, 'AA'],
  [/^96[2-6]/, 'AP'],
];

function zipPlace(code: string, { codes, zonesAt }: Data): PostcodePlace | undefined {
  const military = MILITARY.find(([prefixes]) => prefixes.test(code));
  if (military) return { zones: [], region: military[1] };
  const { data: at } = point.safeParse(codes[code]);
  if (!at) return undefined;
  // Micronesia, Palau and the Marshall Islands are countries of their own with American postcodes.
  const zones = zonesOf(at, zonesAt, at.state.length === 2 ? ['US', at.state] : ['US']);
  return { zones, region: at.state };
}

/** Canada Post's first letter of a code. X is the Northwest Territories and Nunavut. */
const PROVINCES: Readonly<Record<string, string>> = {
  A: 'NL',
  B: 'NS',
  C: 'PE',
  E: 'NB',
  G: 'QC',
  H: 'QC',
  J: 'QC',
  K: 'ON',
  L: 'ON',
  M: 'ON',
  N: 'ON',
  P: 'ON',
  R: 'MB',
  S: 'SK',
  T: 'AB',
  V: 'BC',
  Y: 'YT',
};

function canadianPlace(code: string, { codes, zonesAt }: Data): PostcodePlace | undefined {
  const { data: at } = point.safeParse(codes[code]);
  // The list's own names of provinces are unreliable: some rows have a town there.
  const region = code.startsWith('X') ? (/^X0[ABC]/.test(code) ? 'NU' : 'NT') : PROVINCES[code.charAt(0)];
  if (region === undefined) return undefined;
  return { zones: at && code.charAt(1) !== '0' ? zonesOf(at, zonesAt, ['CA']) : [], region };
}

/** None where the coordinates are wrong, as those of one New York ZIP are: a zone has to be one of the country's. */
function zonesOf(
  { latitude, longitude }: z.infer<typeof point>,
  zonesAt: Data['zonesAt'],
  countries: readonly string[],
): readonly string[] {
  const zones = zonesAt(latitude, longitude);
  const inCountry = (zone: string): boolean =>
    getTimezone(zone)?.countries.some((id) => countries.includes(id)) === true;
  return zones.length === 1 ? zones.filter(inCountry) : [];
}
