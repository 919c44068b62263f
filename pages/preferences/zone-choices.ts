/** The time zones that the page offers. */
import type { ZoneData } from '../../domain/place/zones.ts';

export interface ZoneChoices {
  readonly country: readonly string[];
  readonly elsewhere: readonly string[];
}

/**
 * One present name of each zone: those of a country, and all others. `own` is the one that the form shows. It keeps the name that is
 * stored, old as it may be: a form that could not show it would save none.
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
