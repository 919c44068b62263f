/** The time zones a person may be in, by the best evidence at hand. */
import type { AreaCodes, PlaceEvidence, PostcodeZone, Whereabouts } from './place.ts';
import { whereabouts } from './place.ts';
import type { Locality } from './regions.ts';

export interface CountryZones {
  /** The zones in which most people of a country live. They count if only the country is known. */
  readonly zones: readonly string[];
  /** By state or province. Empty: the state tells no zone (US military mail). */
  readonly regions: Readonly<Record<string, readonly string[]>>;
}

export interface ZoneData {
  /** By ISO 3166-1 alpha-2. */
  readonly countries: Readonly<Record<string, CountryZones>>;
  /** Every accepted zone id with its present name: `Asia/Calcutta` -> `Asia/Kolkata`. */
  readonly canonical: Readonly<Record<string, string>>;
  readonly areaCodes: AreaCodes;
}

export type ZoneSource = 'customer' | 'postcode' | 'address' | 'number' | 'shop' | 'unknown';

export interface ResolvedZones {
  /**
   * Where the person most likely is. Several: it is unknown which, so a moment has to suit all of them. Empty:
   * unknown.
   */
  readonly zones: readonly string[];
  /** All zones, with those of contradicting evidence: a promotion has to suit them all. */
  readonly all: readonly string[];
  /** The evidence that decided `zones`. */
  readonly source: ZoneSource;
  /** All evidence that put a zone into `all`, the best first. */
  readonly sources: readonly ZoneSource[];
}

/** The zones that one kind of evidence names, and the places that have them. */
interface Finding {
  readonly zones: readonly string[];
  readonly localities: readonly Locality[];
  readonly sources: readonly ZoneSource[];
}

const UNKNOWN: ResolvedZones = { zones: [], all: [], source: 'unknown', sources: [] };

/**
 * The customer's own zone, which then counts alone; else that of the postcode; else those of the state or country of the address, or of
 * the country the customer names; else those of the number, which also settles an address that tells no more than a large country; else
 * the one that the shop has on file. A state in two zones gives both, a large country all its mainland zones.
 *
 * A number tells less than an address, because people keep it when they move. The shop's zone tells less than both, because it may be one
 * default for all customers. Where they contradict each other, `all` has the zones of all of them. Military mail (US `AE`, `AP`, `AA`) is
 * unknown whatever the number says: the number is from home and its owner is not.
 */
export function resolveZones(evidence: PlaceEvidence, data: ZoneData, postcodeZone?: PostcodeZone): ResolvedZones {
  const own = entry(data.canonical, evidence.statedZone?.trim());
  if (own !== undefined) return { zones: [own], all: [own], source: 'customer', sources: ['customer'] };
  const where = whereabouts(evidence, data.areaCodes, postcodeZone);
  if (where.address.some((locality) => regionZones(locality, data)?.length === 0)) return UNKNOWN;
  const number = finding(where.number, 'number', data);
  const stated = finding(where.stated, 'customer', data);
  const address = byPostcode(where, data) ?? finding(where.address, 'address', data);
  const place = settled(address.zones.length > 0 ? address : stated, number, data);
  const shop = byShop(evidence.shopZone, data);
  const home = [place, number, shop].find(({ zones }) => zones.length > 0) ?? shop;
  const [source] = home.sources;
  if (source === undefined) return UNKNOWN;
  const against = [number, stated, shop].filter((other) => contradicts(other, home));
  return {
    zones: home.zones,
    all: union(home.zones, ...against.map(({ zones }) => zones)),
    source,
    sources: union(home.sources, ...against.map(({ sources }) => sources)),
  };
}

/** The country a zone belongs to; undefined where several share it (Rome keeps the time of the Vatican) or none does. */
export function countryOfZone(zone: string, { countries, canonical }: ZoneData): string | undefined {
  const own = entry(canonical, zone.trim());
  if (own === undefined) return undefined;
  const [country, ...others] = Object.entries(countries)
    .filter(([, { zones, regions }]) => [zones, ...Object.values(regions)].some((some) => some.includes(own)))
    .map(([id]) => id);
  return others.length === 0 ? country : undefined;
}

function finding(localities: readonly Locality[], source: ZoneSource, data: ZoneData): Finding {
  const zones = union(...localities.map((locality) => zonesOf(locality, data)));
  return { zones, localities, sources: zones.length > 0 ? [source] : [] };
}

/**
 * Undefined: the postcode names no zone. If the address names another state than the postcode, its zone counts too.
 * So does the one legal zone of a state in which some people keep another (Phenix City, Alabama, lives by the clock
 * of Georgia).
 */
function byPostcode({ address, postcode }: Whereabouts, data: ZoneData): Finding | undefined {
  const zones = (postcode?.zones ?? []).flatMap((zone) => entry(data.canonical, zone) ?? []);
  if (zones.length === 0) return undefined;
  const byState = address.flatMap((locality) => {
    const legal = regionZones(locality, data) ?? [];
    return locality.region !== postcode?.region || legal.length === 1 ? legal : [];
  });
  const both = union(zones, byState);
  return {
    zones: both,
    localities: address,
    sources: both.length > zones.length ? ['postcode', 'address'] : ['postcode'],
  };
}

function byShop(zone: string | undefined, { canonical }: ZoneData): Finding {
  const own = entry(canonical, zone?.trim());
  return { zones: own === undefined ? [] : [own], localities: [], sources: own === undefined ? [] : ['shop'] };
}

/** If only a large country is known, the single zone of the number is the better guess. */
function settled(place: Finding, number: Finding, data: ZoneData): Finding {
  const [zone, ...others] = number.zones;
  const vague =
    place.zones.length > 1 && place.localities.every((locality) => regionZones(locality, data) === undefined);
  if (!vague || zone === undefined || others.length > 0 || !place.zones.includes(zone)) return place;
  return { zones: [zone], localities: number.localities, sources: ['number', ...place.sources] };
}

/**
 * The number contradicts the address only if both its zone and its place differ. A number of the same state, or one
 * that names only the same country, does not contradict it.
 */
function contradicts(other: Finding, home: Finding): boolean {
  const sameZone = other.zones.some((zone) => home.zones.includes(zone));
  const samePlace = other.localities.some(({ country, region }) =>
    home.localities.some((at) => at.country === country && (region === undefined || at.region === region)),
  );
  return !sameZone && !samePlace;
}

function zonesOf(locality: Locality, data: ZoneData): readonly string[] {
  return regionZones(locality, data) ?? entry(data.countries, locality.country)?.zones ?? [];
}

function regionZones({ country, region }: Locality, data: ZoneData): readonly string[] | undefined {
  return entry(entry(data.countries, country)?.regions ?? {}, region);
}

function union<T>(...lists: readonly (readonly T[])[]): readonly T[] {
  return [...new Set(lists.flat())];
}

/** Looks at own keys only, so that a country called `constructor` is not found. */
function entry<T>(table: Readonly<Record<string, T>>, key: string | undefined): T | undefined {
  return key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
}
