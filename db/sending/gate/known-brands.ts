/**
 * Brands by the hash that the database keeps of their settings. A statement of a message reads the hash instead of some 4 KB of settings,
 * and a process that has met the hash needs no more: a change of the brand is another hash, so it counts at once.
 */
import type { Brand } from '../../../domain/orders/brand.ts';

/** Of brands in use and of what they were before. One takes some 20 KB. */
const MOST = 500;

/**
 * A hash stands for the same settings in every database, so one map serves the whole process. The entry that was used
 * longest ago is first.
 */
const byHash = new Map<string, Brand>();
/** Ids of brands as they were last met, to guess what has to be read. A wrong guess costs one more statement. */
const met = new Set<string>();
const metWithLimits = new Set<string>();

/** Undefined: the settings have to be read. */
export function brandByHash(hash: string): Brand | undefined {
  const brand = byHash.get(hash);
  if (brand) keep(hash, brand);
  return brand;
}

export function rememberBrand(hash: string, brand: Brand): Brand {
  keep(hash, brand);
  const [oldest] = byHash.keys();
  if (byHash.size > MOST && oldest !== undefined) byHash.delete(oldest);
  if (met.size > MOST) for (const ids of [met, metWithLimits]) ids.clear();
  met.add(brand.id);
  if (hasLimits(brand)) metWithLimits.add(brand.id);
  else metWithLimits.delete(brand.id);
  return brand;
}

function keep(hash: string, brand: Brand): void {
  byHash.delete(hash);
  byHash.set(hash, brand);
}

/** Columns of a gate that depend on the brand. */
export interface BrandColumns {
  /** Its spending of the day, and whether a country is held. */
  readonly limits: boolean;
  /** Its settings. */
  readonly settings: boolean;
}

/** `brand` absent: it may be any. */
export function columnsWorthReading(brand?: string): BrandColumns {
  if (brand === undefined ? met.size === 0 : !met.has(brand)) return ALL_OF_BRAND;
  return { limits: brand === undefined ? metWithLimits.size > 0 : metWithLimits.has(brand), settings: false };
}

export const ALL_OF_BRAND: BrandColumns = { limits: true, settings: true };

/** It limits its spending, or holds countries that were alarmed about. */
export function hasLimits({ spend, conversionAlarm }: Brand): boolean {
  return spend !== undefined || conversionAlarm?.hold === true;
}
