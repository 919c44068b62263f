/** The rules of this folder, read and checked once at start. */
import { getAllCountries, getAllTimezones } from 'countries-and-timezones';
import type { KeywordIndex } from '../domain/keywords.ts';
import { indexKeywords } from '../domain/keywords.ts';
import { isValidZone } from '../domain/local-time.ts';
import type { Jurisdiction, WindowRules } from '../domain/window-rules.ts';
import type { CountryZones, ZoneData } from '../domain/zones.ts';
import { readYamlFile } from '../yaml-file.ts';
import type { WindowsFile, ZonesFile } from './schema.ts';
import { keywordsFile, windowsFile, zonesFile } from './schema.ts';

export interface Rules {
  readonly windows: WindowRules;
  readonly zones: ZoneData;
  readonly keywords: KeywordIndex;
}

/** Reads `windows.yaml`, `zones.yaml` and `keywords.yaml` of a folder. Throws FileMistakes with file, line and column. */
export function loadRules(folder: URL = new URL('.', import.meta.url)): Rules {
  return {
    windows: windowRules(readYamlFile(new URL('windows.yaml', folder), 'rules/windows.yaml', windowsFile).value),
    zones: zoneData(readYamlFile(new URL('zones.yaml', folder), 'rules/zones.yaml', zonesFile).value),
    keywords: indexKeywords(
      readYamlFile(new URL('keywords.yaml', folder), 'rules/keywords.yaml', keywordsFile).value.languages,
    ),
  };
}

function windowRules(file: WindowsFile): WindowRules {
  const jurisdictions = Object.entries(file.jurisdictions).map(([id, { parent, daytime, promotional }]) => {
    const rules: Jurisdiction = {
      ...(parent !== undefined && { parent }),
      ...(daytime && { daytime: daytime.windows }),
      ...(promotional && { promotional: promotional.windows }),
    };
    return [id, rules] as const;
  });
  return {
    default: { daytime: file.default.daytime.windows, promotional: file.default.promotional.windows },
    jurisdictions: Object.fromEntries(jurisdictions),
  };
}

/** IANA's zones of every country, with our own table over it where a country has several. */
function zoneData(file: ZonesFile): ZoneData {
  const canonical = canonicalZones();
  const countries: Record<string, CountryZones> = {};
  for (const { id, timezones } of Object.values(getAllCountries())) countries[id] = { zones: timezones, regions: {} };
  for (const [id, { zones, regions }] of Object.entries(file)) {
    const byRegion = regions.flatMap((region) => region.in.map((code) => [code, region.zones] as const));
    countries[id] = { zones, regions: Object.fromEntries(byRegion) };
  }
  return { countries, canonical };
}

/**
 * `Asia/Calcutta` is the old name of `Asia/Kolkata`, but `Europe/Oslo` is not one of `Europe/Berlin`: that they share their clock
 * since 1970 is no reason to tell a Norwegian that he lives in Berlin. The platform resolves the former to one name only.
 */
function canonicalZones(): Record<string, string> {
  const zones = Object.values(getAllTimezones({ deprecated: true })).filter(({ name }) => isValidZone(name));
  const names = zones.map(({ name, aliasOf }) => {
    const renamed = aliasOf !== null && aliasOf !== undefined && resolved(name) === resolved(aliasOf);
    return [name, renamed ? aliasOf : name] as const;
  });
  return Object.fromEntries(names);
}

function resolved(zone: string): string {
  return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
}
