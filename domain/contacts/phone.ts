/** Phone numbers that can get an SMS. The only file that knows libphonenumber-js (with all its metadata: types need them). */
import type { CountryCode, PhoneNumber } from 'libphonenumber-js/max';
import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** Why a number cannot be texted. */
export const PHONE_PROBLEMS = [
  'not_a_number',
  'no_country', // a national number without a country
  'wrong_length',
  'not_assigned', // no range of that country's plan: a typo, or a film number such as +44 7700 900123
  'fixed_line',
  'not_mobile', // toll free, premium rate, shared cost, VoIP, pager
  'extension',
] as const;
export type PhoneProblem = (typeof PHONE_PROBLEMS)[number];

export type ParsedPhone =
  | {
      readonly kind: 'ok';
      readonly e164: string;
      /** ISO 3166-1 alpha-2, right inside shared codes: +44 7911 is Guernsey (`GG`), +7 701 Kazakhstan. */
      readonly country?: string;
    }
  | { readonly kind: 'invalid'; readonly why: PhoneProblem };

/**
 * Reads a number as people write it. National form needs `defaultCountry` (ISO 3166-1 alpha-2, that of the address or shop).
 * `00` counts as `+`. Without a default country, bare digits are read as international ones, as providers write them.
 */
export function parsePhone(raw: string, defaultCountry?: string): ParsedPhone {
  const text = withPlus(raw);
  const country = defaultCountry?.trim().toUpperCase();
  const home = country !== undefined && isSupportedCountry(country) ? country : undefined;
  const number = read(text, home);
  if (number) return judge(number, home);
  const national = !text.startsWith('+') && /^[\d\s().-]{5,}$/.test(text);
  return invalid(home === undefined && national ? 'no_country' : 'not_a_number');
}

function withPlus(raw: string): string {
  return raw.trim().replace(/^[0０]{2}\s*(?=\S)/u, '+');
}

/** Whether a number as people write it names its country, so that no default country changes what it is. */
export function namesCountry(raw: string): boolean {
  return /^[+＋]/u.test(withPlus(raw));
}

function read(text: string, home: CountryCode | undefined): PhoneNumber | undefined {
  // `extract: false` refuses a sentence that contains a number.
  if (home) return parsePhoneNumberFromString(text, { defaultCountry: home, extract: false });
  return parsePhoneNumberFromString(/^[1-9]/.test(text) ? `+${text}` : text, { extract: false });
}

function judge(number: PhoneNumber, home: CountryCode | undefined): ParsedPhone {
  if (number.ext !== undefined) return invalid('extension');
  if (!number.isPossible()) return invalid('wrong_length');
  if (!number.isValid()) return invalid('not_assigned');
  const type = number.getType();
  // In the +1 plan fixed and mobile numbers look alike: those are accepted, the carrier tells the rest.
  if (type === 'FIXED_LINE') return invalid('fixed_line');
  if (type !== 'MOBILE' && type !== 'FIXED_LINE_OR_MOBILE') return invalid('not_mobile');
  const country = number.country ?? home;
  return { kind: 'ok', e164: number.number, ...(country !== undefined && { country }) };
}

function invalid(why: PhoneProblem): ParsedPhone {
  return { kind: 'invalid', why };
}

/** The three digits after +1 that tell the state or province: `850`. Undefined for a number of another plan. */
export function areaCodeOf(e164: string): string | undefined {
  return /^\+1([2-9]\d{2})\d{7}$/.exec(e164)?.[1];
}

/** US federal law holds in its territories too. */
const US_AND_CANADA: readonly string[] = ['US', 'CA', 'PR', 'VI', 'GU', 'MP', 'AS'];

/**
 * True for a number of the US or Canada, and for a number of +1 that belongs to no single country, such as a
 * toll-free one.
 */
export function isUsOrCanadian(e164: string): boolean {
  if (!e164.startsWith('+1')) return false;
  return isUsOrCanada(parsePhoneNumberFromString(e164)?.country);
}

/** True if the country of a number is one of these, or is unknown. */
export function isUsOrCanada(country: string | undefined): boolean {
  return country === undefined || US_AND_CANADA.includes(country);
}

/** The country of a number in E.164, ISO 3166-1 alpha-2, as `parsePhone` tells it. Undefined: of none, or of several. */
export function countryOfNumber(e164: string): string | undefined {
  return parsePhoneNumberFromString(e164)?.country;
}

/** Whether a code (ISO 3166-1 alpha-2) is of a country or territory with a numbering plan, or a part in one. */
export function isCountry(code: string): boolean {
  return isSupportedCountry(code);
}

/** Of ISO 3166-1, without a numbering plan: Antarctica and some islands. */
const WITHOUT_NUMBERS: readonly string[] = ['AQ', 'BV', 'GS', 'HM', 'PN', 'TF', 'UM'];

/** Whether an order can be delivered to the country of a code (ISO 3166-1 alpha-2). `UK` is not one. */
export function isDestination(code: string): boolean {
  return isCountry(code) || WITHOUT_NUMBERS.includes(code);
}

/** For logs and pages: the calling code and the last two digits, `+39…45`; `…` alone for what is no number. */
export function maskPhone(e164: string): string {
  const code = parsePhoneNumberFromString(e164)?.countryCallingCode;
  return code === undefined ? '…' : `+${code}…${e164.slice(-2)}`;
}
