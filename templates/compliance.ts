/** Demands of the law and of networks on a text: labels, placeholders, and words that make a text an advertisement. */
import type { Locale, MessageKind } from '../domain/sending/message.ts';
import { LOCALES } from '../domain/sending/message.ts';
import { TERMS } from '../locales/load.ts';

/** The label at the start of an advertisement in some countries. The renderer adds it, by the recipient's place. */
export const LABEL = /[([<【〈]\s*(?:광\s*고|ADV?|PUBLI)\s*[)\]>】〉]/iu;

/** Placeholders that a kind cannot do without: HELP must name a way to reach the brand (CTIA). */
export const REQUIRED_PLACEHOLDERS: Readonly<Partial<Record<MessageKind, readonly string[]>>> = {
  help: ['brand.supportUrl'],
  opt_in_confirmed: ['opt_out'],
  access_code: ['code.digits'],
  // If the sender takes no replies, the person takes the request back on the page.
  erasure_planned: ['brand.preferencesUrl'],
};

/** Terms of a language as patterns. Made once: they stand in every check of a text. */
const SELLING = Object.fromEntries(LOCALES.map((locale) => [locale, sellingPattern(locale)])) as Record<Locale, RegExp>;

/** A per cent sign sells in every language. */
function sellingPattern(locale: Locale): RegExp {
  const { words, inside } = TERMS[locale].selling;
  const each = words.split(/,\s+/);
  return new RegExp([...(inside ? each : each.map(wholeWord)), '%'].join('|'), 'giu');
}

function wholeWord(word: string): string {
  return `(?<!\\p{L})${word.replace('*', String.raw`\p{L}*`)}(?!\\p{L})`;
}

/** Where a text sells: each word found, with its offset. */
export function sellingWords(text: string, locale: Locale): { word: string; offset: number }[] {
  return [...text.matchAll(SELLING[locale])].map((match) => ({ word: match[0], offset: match.index }));
}
