/** The time zones a person may be in, by the best evidence at hand. */

export interface CountryZones {
  /** Where most people live: the zones to respect when nothing but the country is known. */
  readonly zones: readonly string[];
  /** By state or province. Empty: the state tells no zone (US military mail). */
  readonly regions: Readonly<Record<string, readonly string[]>>;
}

export interface ZoneData {
  /** By ISO 3166-1 alpha-2. */
  readonly countries: Readonly<Record<string, CountryZones>>;
  /** Every accepted zone id with its present name: `Asia/Calcutta` -> `Asia/Kolkata`. */
  readonly canonical: Readonly<Record<string, string>>;
}

/** Shops leave out what they do not know; codes may be in any case, a region may carry its country (`US-NY`). */
export interface ZoneEvidence {
  readonly explicitZone?: string | undefined;
  readonly country?: string | undefined;
  readonly region?: string | undefined;
  readonly phoneCountry?: string | undefined;
}

export interface ResolvedZones {
  /** Several: nobody knows which, so a moment has to suit all of them. Empty: unknown. */
  readonly zones: readonly string[];
  readonly source: 'customer' | 'address' | 'number' | 'unknown';
}

/**
 * The customer's own word, else the address, else the number if its country has one zone. A state that lies in two zones gives
 * both; a large country without a known state gives all its mainland zones. A number tells less than an address: people keep it
 * when they move.
 */
export function resolveZones(evidence: ZoneEvidence, data: ZoneData): ResolvedZones {
  const own = entry(data.canonical, evidence.explicitZone);
  if (own !== undefined) return { zones: [own], source: 'customer' };
  const address = addressZones(evidence, data);
  if (address.length > 0) return { zones: address, source: 'address' };
  const number = entry(data.countries, evidence.phoneCountry?.trim().toUpperCase())?.zones ?? [];
  if (number.length === 1) return { zones: number, source: 'number' };
  return { zones: [], source: 'unknown' };
}

function addressZones({ country, region }: ZoneEvidence, data: ZoneData): readonly string[] {
  const code = country?.trim().toUpperCase();
  const found = entry(data.countries, code);
  if (code === undefined || !found) return [];
  const byRegion = region === undefined ? undefined : entry(found.regions, regionKey(code, region));
  return byRegion ?? found.zones;
}

/** A state's code as the tables have it: `us-ny`, `US-NY` and ` ny ` are `NY`. */
export function regionKey(country: string, region: string): string {
  const key = region.trim().toUpperCase();
  return key.startsWith(`${country}-`) ? key.slice(country.length + 1) : key;
}

/** Own keys only: a country called `constructor` is no country. */
function entry<T>(table: Readonly<Record<string, T>>, key: string | undefined): T | undefined {
  return key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
}
