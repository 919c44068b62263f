/** The rules of this folder, read and checked once at start. */
import { getAllCountries, getAllTimezones } from 'countries-and-timezones';
import { indexCourtesy } from '../domain/conversation/courtesy.ts';
import type { WordIndex } from '../domain/conversation/inbound.ts';
import { indexKeywords } from '../domain/conversation/keywords.ts';
import type { NumberRange } from '../domain/rules/number-ranges.ts';
import type { AreaCodes, PostcodeZone } from '../domain/place/place.ts';
import { indexScale } from '../domain/conversation/rating.ts';
import type { RulePacks } from '../domain/rules/rule-pack.ts';
import type { CountryZones, ZoneData } from '../domain/place/zones.ts';
import { readYamlFile } from '../kit/yaml-file.ts';
import { loadAreaCodes } from './area-codes.ts';
import { loadPacks } from './load-packs.ts';
import { loadNumberRanges } from './number-ranges.ts';
import { createPostcodes } from './postcodes.ts';
import type { ZonesFile } from './schema.ts';
import { keywordsFile, scaleFile, zonesFile } from './schema.ts';

export interface Rules {
  readonly zones: ZoneData;
  readonly postcodes: PostcodeZone;
  readonly keywords: WordIndex;
  readonly packs: RulePacks;
  /** Ranges of numbers that are never texted. */
  readonly neverTexted: readonly NumberRange[];
}

/**
 * Reads `zones.yaml`, `area-codes.yaml`, `keywords.yaml`, `scale.yaml`, `number-ranges.yaml` and the packs of a folder. Throws an error
 * with file, line and column of each mistake.
 */
export function loadRules(folder: URL = new URL('.', import.meta.url)): Rules {
  return {
    zones: zoneData(
      readYamlFile(new URL('zones.yaml', folder), 'rules/zones.yaml', zonesFile).value,
      loadAreaCodes(folder),
    ),
    postcodes: createPostcodes(),
    keywords: wordIndex(folder),
    packs: loadPacks(folder),
    neverTexted: loadNumberRanges(folder),
  };
}

function wordIndex(folder: URL): WordIndex {
  const { value } = readYamlFile(new URL('keywords.yaml', folder), 'rules/keywords.yaml', keywordsFile);
  const scale = readYamlFile(new URL('scale.yaml', folder), 'rules/scale.yaml', scaleFile).value;
  const courtesy = [value.courtesy, value.besides].flatMap((lists) => Object.values(lists).flat());
  return { ...indexKeywords(value.languages), courtesy: indexCourtesy(value), scale: indexScale(scale, courtesy) };
}

/** IANA's zones of every country, with our own table over it where a country has several. */
function zoneData(file: ZonesFile, areaCodes: AreaCodes): ZoneData {
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
