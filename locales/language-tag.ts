/** A language as it is written in a country, as a BCP 47 tag. */
import type { Locale } from '../domain/sending/message.ts';
import { TERMS } from './load.ts';

/** `en-GB` writes 5 March, `en-US` March 5. `country`: ISO 3166-1 alpha-2. */
export function languageTag(locale: Locale, country?: string): string {
  return `${locale}-${country !== undefined && /^[A-Z]{2}$/.test(country) ? country : TERMS[locale].home}`;
}
