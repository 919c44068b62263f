/** The places where a person may be, from all that is recorded about the person. */
import { areaCodeOf } from '../contacts/phone.ts';
import type { RuleData } from '../rules/rule-data.ts';
import type { PlaceEvidence } from './place.ts';
import { jurisdictionsOf } from './place.ts';
import type { ResolvedZones, ZoneData } from './zones.ts';
import { countryOfZone, resolveZones } from './zones.ts';

/** Where a contact may be: whose rules apply and which clocks count. */
export interface ContactPlace extends ResolvedZones {
  readonly jurisdictions: readonly string[];
}

type Known = string | null | undefined;

/**
 * The recorded data about a person's place; null and undefined mean unknown. `address`: the number that gets the
 * texts.
 */
export interface PlacedContact {
  /** The zone that the person has chosen. */
  readonly zone?: Known;
  /** The zone that the shop reports. */
  readonly shopZone?: Known;
  readonly country?: Known;
  readonly region?: Known;
  readonly postcode?: Known;
  readonly address?: { readonly e164: string; readonly country?: Known } | undefined;
}

export function placeOf(
  contact: PlacedContact,
  { packs, zones, postcodes }: Pick<RuleData, 'packs' | 'zones' | 'postcodes'>,
): ContactPlace {
  const evidence = evidenceOf(contact, zones);
  const known = (id: string): boolean => Object.hasOwn(packs.packs, id);
  return {
    jurisdictions: jurisdictionsOf(evidence, known, zones.areaCodes, postcodes),
    ...resolveZones(evidence, zones, postcodes),
  };
}

/** A person's own zone also tells their country, where the zone lies in one country. */
function evidenceOf(
  { zone, shopZone, country, region, postcode, address }: PlacedContact,
  data: ZoneData,
): PlaceEvidence {
  return {
    statedZone: zone ?? undefined,
    statedCountry: zone == null ? undefined : countryOfZone(zone, data),
    shopZone: shopZone ?? undefined,
    country: country ?? undefined,
    region: region ?? undefined,
    postcode: postcode ?? undefined,
    phone: address && { country: address.country ?? undefined, areaCode: areaCodeOf(address.e164) },
  };
}
