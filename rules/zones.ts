/** The time zones of countries and of their parts, and the area codes of the +1 plan by state and province. */
import { getAllCountries, getAllTimezones } from 'countries-and-timezones';
import { z } from 'zod';
import type { AreaCodes } from '../domain/place/place.ts';
import type { CountryZones, ZoneData } from '../domain/place/zones.ts';
import { isValidZone } from '../domain/time/local-time.ts';
import { readYamlFile } from '../kit/yaml-file.ts';

const COUNTRY = /^[A-Z]{2}$/;
const zone = z.string().refine(isValidZone, 'not a time zone');

const region = z.strictObject({ in: z.array(z.string().min(1)).min(1), zones: z.array(zone) });

const country = z
  .strictObject({ zones: z.array(zone).min(1), regions: z.array(region).default([]) })
  .superRefine(({ regions }, context) => {
    const seen = new Set<string>();
    for (const [index, { in: codes }] of regions.entries()) {
      for (const [at, code] of codes.entries()) {
        const path = ['regions', index, 'in', at];
        if (seen.has(code)) context.addIssue({ code: 'custom', path, message: `${code} stands twice` });
        seen.add(code);
      }
    }
  });

/** `zones.yaml`. Unknown keys are refused, so that a misspelt rule is a mistake and not a rule less. */
export const zonesFile = z.record(z.string().regex(COUNTRY, 'not a country code'), country);
type ZonesFile = z.infer<typeof zonesFile>;

/** IANA's zones of every country, with our own table over it where a country has several. */
export function loadZones(folder: URL, areaCodes: AreaCodes): ZoneData {
  const file: ZonesFile = readYamlFile(new URL('zones.yaml', folder), 'rules/zones.yaml', zonesFile).value;
  const canonical = canonicalZones();
  const countries: Record<string, CountryZones> = {};
  for (const { id, timezones } of Object.values(getAllCountries())) countries[id] = { zones: timezones, regions: {} };
  for (const [id, { zones, regions }] of Object.entries(file)) {
    const byRegion = regions.flatMap((region) => region.in.map((code) => [code, region.zones] as const));
    countries[id] = { zones, regions: Object.fromEntries(byRegion) };
  }
  return { countries, canonical, areaCodes };
}

/**
 * `Asia/Calcutta` is the old name of `Asia/Kolkata`, but `Europe/Oslo` is not one of `Europe/Berlin`: that they share their clock
 * since 1970 is no reason to tell a Norwegian that he lives in Berlin. The platform resolves the former to one name only. Of several
 * such names that the table calls by none of them (`Africa/Asmara`, `Africa/Asmera`), the first by the alphabet is the present one, all
 * eight times. `Etc/UTC` is no old name of `Etc/GMT`.
 */
function canonicalZones(): Record<string, string> {
  const known = new Set(Intl.supportedValuesOf('timeZone'));
  const all = Object.values(getAllTimezones({ deprecated: true }));
  // To ask about a zone takes 100 KB that the process keeps, and the platform's own names need not be asked about.
  const resolved = new Map(all.map(({ name }) => [name, known.has(name) ? name : resolvedName(name)]));
  const zones = all.filter(({ name }) => resolved.get(name) !== undefined);
  const names = zones.map(({ name, aliasOf }) => {
    const renamed = aliasOf !== null && aliasOf !== undefined && resolved.get(name) === resolved.get(aliasOf);
    return [name, renamed ? aliasOf : name] as const;
  });
  const first = new Map<string | undefined, string>();
  for (const name of names.map(([, now]) => now).toSorted()) {
    const one = name.startsWith('Etc/') ? name : resolved.get(name);
    if (!first.has(one)) first.set(one, name);
  }
  return Object.fromEntries(names.map(([name, now]) => [name, first.get(resolved.get(now)) ?? now]));
}

/** Undefined: the platform does not know it. */
function resolvedName(zone: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

const codes = z
  .string()
  .regex(/^[2-9]\d\d( [2-9]\d\d)*$/, { error: 'not area codes such as 205 251', abort: true })
  .transform((text) => text.split(' '))
  .refine((list) => new Set(list).size === list.length, 'a code stands twice');

const areaCodesFile = z.strictObject({
  source: z.string().min(1),
  seen: z.iso.date(),
  areas: z.record(z.string().regex(/^(US|CA)-[A-Z]{2}$/, 'not a state `US-TX` or province `CA-ON`'), codes),
});

/** Reads `area-codes.yaml` of a folder. Throws FileMistakes with file, line and column. */
export function loadAreaCodes(folder: URL): AreaCodes {
  const { areas } = readYamlFile(new URL('area-codes.yaml', folder), 'rules/area-codes.yaml', areaCodesFile).value;
  const byCode: Record<string, string[]> = {};
  for (const [state, list] of Object.entries(areas)) for (const code of list) (byCode[code] ??= []).push(state);
  return byCode;
}
