/** The time zones that the page offers. */
import type { ZoneData } from '../domain/zones.ts';

export interface ZoneChoices {
  readonly country: readonly string[];
  readonly elsewhere: readonly string[];
}

/** Present names only: those of a country, and all others by continent and city. */
export function zoneChoices({ countries, canonical }: ZoneData, country: string): ZoneChoices {
  const home = Object.hasOwn(countries, country) ? countries[country] : undefined;
  const own = new Set([...(home?.zones ?? []), ...Object.values(home?.regions ?? {}).flat()]);
  const all = [...new Set(Object.values(canonical))].filter((zone) => zone.includes('/') && !zone.startsWith('Etc/'));
  return { country: [...own].toSorted(), elsewhere: all.filter((zone) => !own.has(zone)).toSorted() };
}
