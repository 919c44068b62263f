/**
 * The longest text that a template can give, and its cost as SMS, known when the template is loaded and not only when
 * it is sent.
 */
import { CaseTag, IfTag, Output } from 'liquidjs';
import type { Liquid, Template } from 'liquidjs';
import { measureSms } from '../domain/text/segments.ts';
import type { Locale, MessageClass } from '../domain/sending/message.ts';
import { TERMS } from '../locales/load.ts';
import { LONGEST_CLUSTER } from './clean/text.ts';
import { mostAdded, usuallyAdded } from './completion.ts';
import { PLACEHOLDERS } from './placeholders.ts';
import type { Placeholder } from './value-types.ts';
import { MAX_COUNT, MAX_NUMBER } from './value-types.ts';
import type { Value } from './values.ts';
import { fallbackOf, nest } from './values.ts';

/**
 * usual: long but ordinary values in the locale's own letters. longest: as long as they are let through, in any
 * script.
 */
export type Size = 'usual' | 'longest';

/** UTF-16 units of a text that fits one UCS-2 SMS. */
const ONE_UCS2 = 70;
/**
 * Units that every part of a longer one holds at least: 67, less the longest character that did not fit any more. A
 * value's character can be joined by one unit of the text before or after it.
 */
const PART_UCS2 = 67 - LONGEST_CLUSTER - 1;

const EXTENDED_GSM = /[€^{}[\]~|\\]/g;

/**
 * Two digits, and the months and the hour with the longest short names (in 12월, 23 Sept, 10:59 p.m.), in the countries that write most:
 * every other date is as long or shorter.
 */
const LONG_DATES = [Date.UTC(2026, 11, 23, 22, 59), Date.UTC(2026, 8, 23, 22, 59)];
const LONG_COUNTRIES = ['GB', 'IE', 'CA'];
const LONG_MINOR = { usual: 99_999, longest: 999_999_999 };
const LONGEST_CURRENCIES = ['EUR', 'KRW', 'KWD', 'PLN'];

/** The addition to a text by the rules of a place, beside its own words. */
export interface Completed {
  readonly grammar: Liquid;
  readonly template: readonly Template[];
  readonly locale: Locale;
  readonly class: MessageClass;
  readonly asksOptOut: boolean;
}

/** Segments with usual values, all of them long at once, where most people live who read the language. */
export function usualSegments(text: Completed): number {
  const { before, after } = usuallyAdded(text);
  return measureSms(`${before}${longestText(text.grammar, text.template, text.locale, 'usual').trim()}${after}`)
    .segments;
}

/** Segments that no text of this template can exceed, whatever the values and wherever it goes: a single `Ł` makes it UCS-2. */
export function worstSegments(text: Completed): number {
  const length = longestText(text.grammar, text.template, text.locale, 'longest').length + mostAdded(text);
  return length <= ONE_UCS2 ? 1 : Math.ceil(length / PART_UCS2);
}

/**
 * The longest text over all branches; branches that exclude each other are still both counted where they stand apart.
 */
export function longestText(grammar: Liquid, template: readonly Template[], locale: Locale, size: Size): string {
  const longestOf = (pieces: readonly Template[]): string => pieces.map(longestPiece).join('');
  const longestPiece = (piece: Template): string => {
    if (piece instanceof IfTag || piece instanceof CaseTag) {
      const branches = [...piece.branches.map(({ templates }) => templates), piece.elseTemplates ?? []];
      return longest(branches.map(longestOf), size);
    }
    if (!(piece instanceof Output)) return String(grammar.renderSync([piece], {}));
    const name = placeholderOf(piece);
    const printed = samples(name, locale, size).map((value) =>
      String(grammar.renderSync([piece], nest([[name, value]]))),
    );
    return longest(printed, size);
  };
  return longestOf(template);
}

/** The placeholder an output prints, as written. The checks have made sure that it prints exactly one. */
function placeholderOf({ value }: Output): string {
  return value.initial.postfix[0]?.getText() ?? '';
}

/** Values among which is the one that prints longest. */
function samples(name: string, locale: Locale, size: Size): Value[] {
  const placeholder = PLACEHOLDERS[name];
  if (!placeholder) return [];
  const fallback = fallbackOf(placeholder, locale);
  return [...ownSamples(placeholder, locale, size), ...(fallback === undefined ? [] : [fallback])];
}

function ownSamples(placeholder: Placeholder, locale: Locale, size: Size): Value[] {
  const usual = size === 'usual';
  switch (placeholder.type) {
    case 'text':
    case 'reported':
    case 'reference':
    case 'wording':
    case 'name':
      return [usual ? TERMS[locale].ordinary(placeholder.length[0]) : 'Ł'.repeat(placeholder.length[1])];
    case 'url':
    case 'reported_url':
      return [link(placeholder.length[usual ? 0 : 1])];
    case 'choice':
      return [...placeholder.values];
    case 'count':
      return [0, 1, 2, 5, usual ? 99 : MAX_COUNT];
    case 'number':
      return [usual ? 12_500 : MAX_NUMBER];
    case 'money': {
      const currencies = [...(usual ? [] : LONGEST_CURRENCIES), ...TERMS[locale].currencies];
      return currencies.map((currency) => ({ minor: LONG_MINOR[size], currency }));
    }
    case 'date':
      return LONG_DATES.flatMap((at) => LONG_COUNTRIES.map((country) => ({ at, zone: 'UTC', country })));
    case 'opt_out':
      return [null];
  }
}

function link(length: number): string {
  return 'https://'.padEnd(length, 'x');
}

function longest(texts: readonly string[], size: Size): string {
  const cost = (text: string): number => text.length + (size === 'usual' ? (text.match(EXTENDED_GSM)?.length ?? 0) : 0);
  return texts.reduce((one, other) => (cost(other) > cost(one) ? other : one), '');
}
