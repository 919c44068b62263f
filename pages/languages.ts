/** The language that a visitor reads. */
import type { Locale } from '../domain/sending/message.ts';
import { LOCALES } from '../domain/sending/message.ts';

/** A language that was asked for, if it is one of ours: `ko`, `it-CH`. */
export function localeOf(tag: string | undefined): Locale | undefined {
  return LOCALES.find((locale) => tag?.toLowerCase().split(/[-_]/, 1)[0] === locale);
}

/** The first of ours that a browser asks for (`Accept-Language`), in the order of its list; else English. */
export function preferredLocale(acceptLanguage: string): Locale {
  const tags = acceptLanguage.split(',').map((part) => part.split(';', 1)[0]?.trim());
  return tags.map(localeOf).find((locale) => locale !== undefined) ?? 'en';
}
