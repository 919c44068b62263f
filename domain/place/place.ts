/**
 * The places where a person may be, and the laws that may protect them, from what the shop, the number and the person
 * say.
 */
import type { Locality } from './regions.ts';
import { localityOf, localityOfPostcode } from './regions.ts';

/** Shops leave out what they do not know; codes may be in any case, a region may be a name or carry its country (`US-NY`). */
export interface PlaceEvidence {
  /** The customer's own settings. */
  readonly statedZone?: string | undefined;
  readonly statedCountry?: string | undefined;
  /** The shop's zone for the person. It is often the shop's own zone, so it is only a guess and names no law. */
  readonly shopZone?: string | undefined;
  /** The delivery address. */
  readonly country?: string | undefined;
  readonly region?: string | undefined;
  readonly postcode?: string | undefined;
  readonly phone?:
    | {
        /** As libphonenumber tells it, so right inside shared codes (+44 Guernsey, +7 Kazakhstan, +1 Jamaica). */
        readonly country?: string | undefined;
        /** The three digits after +1. */
        readonly areaCode?: string | undefined;
      }
    | undefined;
}

/** States and provinces by area code of the +1 plan: `850` -> `US-FL`. A few codes serve more than one province (902, 867). */
export type AreaCodes = Readonly<Record<string, readonly string[]>>;

export interface PostcodePlace {
  /** Empty: the postcode tells no zone, but its state. */
  readonly zones: readonly string[];
  /** State or province: `FL`. */
  readonly region?: string;
}

/** Undefined: the postcode is unknown. `country`: ISO 3166-1 alpha-2 in capitals. Never throws. */
export type PostcodeZone = (country: string, postcode: string) => PostcodePlace | undefined;

/** The places that each kind of evidence names. Several localities of one kind: any of them may be the right one. */
export interface Whereabouts {
  readonly address: readonly Locality[];
  readonly postcode?: PostcodePlace;
  readonly number: readonly Locality[];
  readonly stated: readonly Locality[];
}

/** The postcode belongs to another state than the address names. One of them is wrong, so both count. */
export function whereabouts(evidence: PlaceEvidence, areas: AreaCodes, postcodeZone?: PostcodeZone): Whereabouts {
  const { country, region, postcode: code, phone, statedCountry } = evidence;
  const address = localityOf(country, region);
  const stated = localityOf(statedCountry, undefined);
  const postcode = address && code !== undefined ? postcodeZone?.(address.country, code) : undefined;
  return {
    address: address ? addressLocalities(address, code, postcode) : [],
    ...(postcode && { postcode }),
    number: numberLocalities(phone, areas),
    stated: stated ? [stated] : [],
  };
}

function addressLocalities(
  address: Locality,
  code: string | undefined,
  postcode: PostcodePlace | undefined,
): readonly Locality[] {
  const byPostcode =
    postcode?.region === undefined
      ? localityOfPostcode(address.country, code ?? '')
      : { country: address.country, region: postcode.region };
  if (!byPostcode || (byPostcode.country === address.country && byPostcode.region === address.region)) return [address];
  return address.region === undefined ? [byPostcode] : [byPostcode, address];
}

function numberLocalities(phone: PlaceEvidence['phone'], areas: AreaCodes): readonly Locality[] {
  const locality = localityOf(phone?.country, undefined);
  const { areaCode } = phone ?? {};
  const american = locality === undefined || locality.country === 'US' || locality.country === 'CA';
  const states = american && areaCode !== undefined && Object.hasOwn(areas, areaCode) ? (areas[areaCode] ?? []) : [];
  if (states.length > 0) return states.map((id) => ({ country: id.slice(0, 2), region: id.slice(3) }));
  return locality ? [locality] : [];
}

/**
 * Ids of the packs that may apply, states first, without repeats: all that the delivery address, the postcode, the
 * number and the customer's own statement name. A state without a pack has its country's. A place without any pack
 * adds nothing.
 */
export function jurisdictionsOf(
  evidence: PlaceEvidence,
  known: (id: string) => boolean,
  areas: AreaCodes,
  postcodeZone?: PostcodeZone,
): readonly string[] {
  const { address, number, stated } = whereabouts(evidence, areas, postcodeZone);
  const ids = [...address, ...number, ...stated].flatMap((locality) => packsOf(locality).find(known) ?? []);
  return [...new Set([...ids.filter(isState), ...ids])];
}

/** Most specific first. */
function packsOf({ country, region }: Locality): readonly string[] {
  return region === undefined ? [country] : [`${country}-${region}`, country];
}

function isState(id: string): boolean {
  return id.includes('-');
}
