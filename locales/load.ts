/**
 * The languages of the product. A language is one folder, `locales/<tag>/`, and one entry of LOCALES (domain/sending/message.ts):
 * `messages.yaml` has its texts, `page.ts` the words of its pages, `terms.ts` the rest. Messages are read by templates/load.ts.
 */
import type { Locale } from '../domain/sending/message.ts';
import { LOCALES } from '../domain/sending/message.ts';
import type { PageWords } from './page-words.ts';
import type { Terms } from './terms.ts';

interface LocaleFolder {
  readonly page: PageWords;
  readonly terms: Terms;
}

// Looked up by name: imports of every folder would be one more place to change for a language.
const folders = await Promise.all(
  LOCALES.map(async (tag) => {
    const [{ page }, { terms }] = (await Promise.all([import(`./${tag}/page.ts`), import(`./${tag}/terms.ts`)])) as [
      Pick<LocaleFolder, 'page'>,
      Pick<LocaleFolder, 'terms'>,
    ];
    return [tag, { page, terms }] as const;
  }),
);

export const PAGE_WORDS = table(({ page }) => page);
export const TERMS = table(({ terms }) => terms);

function table<T>(of: (folder: LocaleFolder) => T): Readonly<Record<Locale, T>> {
  return Object.fromEntries(folders.map(([tag, folder]) => [tag, of(folder)])) as Record<Locale, T>;
}

/** A language as it is written in a country, as a BCP 47 tag: `en-GB` writes 5 March, `en-US` March 5. `country`: ISO 3166-1 alpha-2. */
export function languageTag(locale: Locale, country?: string): string {
  return `${locale}-${country !== undefined && /^[A-Z]{2}$/.test(country) ? country : TERMS[locale].home}`;
}

/** The requested language, if we have it: `ko`, `it-CH`. */
export function pageLocaleOf(tag: string | undefined): Locale | undefined {
  return LOCALES.find((locale) => tag?.toLowerCase().split(/[-_]/, 1)[0] === locale);
}

/** The first of our languages in the browser's list (`Accept-Language`); English if it has none of them. */
export function preferredLocale(acceptLanguage: string): Locale {
  const tags = acceptLanguage.split(',').map((part) => part.split(';', 1)[0]?.trim());
  return tags.map(pageLocaleOf).find((locale) => locale !== undefined) ?? 'en';
}
