/** The languages of the pages, and the one that a visitor reads. */
import type { Locale } from '../../domain/sending/message.ts';
import { LOCALES } from '../../domain/sending/message.ts';
import type { Words } from './words.ts';
import { en } from './en.ts';
import { it } from './it.ts';
import { ko } from './ko.ts';

export const WORDS: Readonly<Record<Locale, Words>> = { en, it, ko };

/** A language that was asked for, if it is one of ours: `ko`, `it-CH`. */
export function localeOf(tag: string | undefined): Locale | undefined {
  return LOCALES.find((locale) => tag?.toLowerCase().split(/[-_]/, 1)[0] === locale);
}

/** The first of ours that a browser asks for (`Accept-Language`), in the order of its list; else English. */
export function preferredLocale(acceptLanguage: string): Locale {
  const tags = acceptLanguage.split(',').map((part) => part.split(';', 1)[0]?.trim());
  return tags.map(localeOf).find((locale) => locale !== undefined) ?? 'en';
}
