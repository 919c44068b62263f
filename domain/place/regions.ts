/** States and provinces as shops write them. */

/** A country, and its state or province where known. */
export interface Locality {
  /** ISO 3166-1 alpha-2; a territory of the United States is a state of theirs (`US`, `PR`). */
  readonly country: string;
  /** As in ISO 3166-2, without the country: `FL`. In any other spelling where the country's tables do not know it. */
  readonly region?: string;
}

/** Names that people type, without accents and dots, in capitals. */
const NAMES: Readonly<Record<string, string>> = {
  US: `AL Alabama, AK Alaska, AZ Arizona, AR Arkansas, CA California, CO Colorado, CT Connecticut, DE Delaware,
    DC District of Columbia, DC Washington DC, FL Florida, GA Georgia, HI Hawaii, HI Hawai'i, ID Idaho, IL Illinois, IN Indiana,
    IA Iowa, KS Kansas, KY Kentucky, LA Louisiana, ME Maine, MD Maryland, MA Massachusetts, MI Michigan, MN Minnesota,
    MS Mississippi, MO Missouri, MT Montana, NE Nebraska, NV Nevada, NH New Hampshire, NJ New Jersey, NM New Mexico, NY New York,
    NC North Carolina, ND North Dakota, OH Ohio, OK Oklahoma, OR Oregon, PA Pennsylvania, RI Rhode Island, SC South Carolina,
    SD South Dakota, TN Tennessee, TX Texas, UT Utah, VT Vermont, VA Virginia, WA Washington, WA Washington State,
    WV West Virginia, WI Wisconsin, WY Wyoming, AS American Samoa, GU Guam, MP Northern Mariana Islands, PR Puerto Rico,
    VI Virgin Islands, VI US Virgin Islands, AA Armed Forces Americas, AE Armed Forces Europe, AP Armed Forces Pacific`,
  CA: `AB Alberta, BC British Columbia, BC Colombie-Britannique, MB Manitoba, NB New Brunswick, NB Nouveau-Brunswick,
    NL Newfoundland and Labrador, NL Newfoundland, NL Terre-Neuve-et-Labrador, NL NF, NS Nova Scotia, NS Nouvelle-Ecosse,
    NT Northwest Territories, NT Territoires du Nord-Ouest, NU Nunavut, ON Ontario, PE Prince Edward Island,
    PE Ile-du-Prince-Edouard, QC Quebec, QC PQ, SK Saskatchewan, YT Yukon, YT Yukon Territory, YT YK`,
};

const CODES = new Map(
  Object.entries(NAMES).flatMap(([country, names]) =>
    names.split(',').map((entry) => {
      const [, code = '', name = ''] = /^\s*(..) (.+)$/s.exec(entry) ?? [];
      return [`${country} ${plain(name)}`, code] as const;
    }),
  ),
);

/** Countries of their own in ISO 3166-1 under the law and the postal service of the United States. */
const US_TERRITORIES: ReadonlySet<string> = new Set(['AS', 'GU', 'MP', 'PR', 'VI']);

/** Undefined without a country. */
export function localityOf(country: string | undefined, region: string | undefined): Locality | undefined {
  const code = country?.trim().toUpperCase() ?? '';
  if (code === '') return undefined;
  if (US_TERRITORIES.has(code)) return { country: 'US', region: code };
  const key = region === undefined ? '' : regionKey(code, region);
  return key === '' ? { country: code } : { country: code, region: key };
}

/**
 * A state's code as the tables have it: `us-ny`, `US-NY`, ` ny ` and `New York` are `NY`. An unknown region stays as it is,
 * in capitals.
 */
export function regionKey(country: string, region: string): string {
  const key = region.trim().toUpperCase();
  const code = key.startsWith(`${country}-`) ? key.slice(country.length + 1) : key;
  return CODES.get(`${country} ${plain(code)}`) ?? code;
}

/** Islands and departments with a clock or holidays of their own, by the first digits of their country's postcodes. */
const BY_POSTCODE: readonly (readonly [country: string, postcode: RegExp, locality: Locality])[] = [
  ['ES', /^35\d{3}$/, { country: 'ES', region: 'GC' }],
  ['ES', /^38\d{3}$/, { country: 'ES', region: 'TF' }],
  ['FR', /^57\d{3}$/, { country: 'FR', region: '57' }],
  ['FR', /^67\d{3}$/, { country: 'FR', region: '67' }],
  ['FR', /^68\d{3}$/, { country: 'FR', region: '68' }],
  ['FR', /^97133$/, { country: 'BL' }],
  ['FR', /^97150$/, { country: 'MF' }],
  ['FR', /^971\d\d$/, { country: 'GP' }],
  ['FR', /^972\d\d$/, { country: 'MQ' }],
  ['FR', /^973\d\d$/, { country: 'GF' }],
  ['FR', /^974\d\d$/, { country: 'RE' }],
  ['FR', /^975\d\d$/, { country: 'PM' }],
  ['FR', /^976\d\d$/, { country: 'YT' }],
  ['PT', /^9[0-4]\d\d(-?\d{3})?$/, { country: 'PT', region: '30' }],
  ['PT', /^9[5-9]\d\d(-?\d{3})?$/, { country: 'PT', region: '20' }],
];

/** Undefined where the postcode tells no more than the country. `country`: in capitals. */
export function localityOfPostcode(country: string, postcode: string): Locality | undefined {
  const written = postcode.trim();
  return BY_POSTCODE.find(([code, pattern]) => code === country && pattern.test(written))?.[2];
}

function plain(name: string): string {
  return name
    .normalize('NFD')
    .replace(/[\p{M}.,'’]/gu, '')
    .replaceAll('&', ' and ')
    .replace(/[\s-]+/gu, ' ')
    .trim()
    .toUpperCase();
}
