/** The language that a visitor reads. */
import type { Locale } from '../domain/sending/message.ts';
import { LOCALES } from '../domain/sending/message.ts';

/** The requested language, if we have it: `ko`, `it-CH`. */
export function pageLocaleOf(tag: string | undefined): Locale | undefined {
  return LOCALES.find((locale) => tag?.toLowerCase().split(/[-_]/, 1)[0] === locale);
}

/** The first of our languages in the browser's list (`Accept-Language`); English if it has none of them. */
export function preferredLocale(acceptLanguage: string): Locale {
  const tags = acceptLanguage.split(',').map((part) => part.split(';', 1)[0]?.trim());
  return tags.map(pageLocaleOf).find((locale) => locale !== undefined) ?? 'en';
}
