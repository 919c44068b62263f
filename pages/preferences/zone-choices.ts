/** The time zones that the page offers. */
import type { ZoneData } from '../../domain/place/zones.ts';

export interface ZoneChoices {
  readonly country: readonly string[];
  readonly elsewhere: readonly string[];
}

/**
 * One current name of each zone: first those of a country, then all others. `own`: the zone that the form shows. It
 * keeps its stored name, even an old one: a form that could not show it would save no zone.
 */
export function zoneChoices({ countries, canonical }: ZoneData, country: string, own: string): ZoneChoices {
  const home = Object.hasOwn(countries, country) ? countries[country] : undefined;
  const near = new Set([...(home?.zones ?? []), ...Object.values(home?.regions ?? {}).flat()]);
  const chosen = Object.hasOwn(canonical, own) ? canonical[own] : undefined;
  const far = [...new Set(Object.values(canonical))].filter(
    (zone) => !near.has(zone) && (zone === chosen || (zone.includes('/') && !zone.startsWith('Etc/'))),
  );
  const shown = (zone: string): string => (zone === chosen ? own : zone);
  return { country: [...near].map(shown), elsewhere: far.map(shown) };
}
