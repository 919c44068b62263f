/**
 * Liquid cut down to what a text message needs: `{{ placeholder | filter }}`, if/elsif/else and case/when. No loops,
 * no assignments, no includes: LiquidJS's own render limits were got round twice in 2026 (CVE-2026-44645 with an
 * empty `for`, CVE-2026-45357 with the width of its `date`), and neither is here.
 */
import { Liquid } from 'liquidjs';
import type { Locale } from '../domain/sending/message.ts';
import type { Money } from '../domain/text/message-context.ts';
import type { DateStyle, ZonedMoment } from './formats.ts';
import { DATE_STYLES, formatDate, formatMoney, formatNumber, formatTime, pluralCategory } from './formats.ts';
import type { PlaceholderType } from './value-types.ts';

/** Characters of a template's source, and of the longest text it may become: ten SMS. */
const MAX_SOURCE = 2_000;
export const MAX_TEXT = 1_600;

const TAGS: readonly string[] = ['if', 'case'];

export interface FilterRule {
  /** Types it can be used on. */
  readonly on: readonly PlaceholderType[];
  /** named: `one: "day", other: "days"`. text: any quoted words. A list: one of these words. */
  readonly takes: 'nothing' | 'named' | 'text' | readonly string[];
}

export const FILTERS = {
  plural: { on: ['count'], takes: 'named' },
  number: { on: ['number'], takes: 'nothing' },
  money: { on: ['money'], takes: 'nothing' },
  date: { on: ['date'], takes: Object.keys(DATE_STYLES) },
  time: { on: ['date'], takes: 'nothing' },
  default: { on: ['text', 'wording', 'reported', 'reference', 'name'], takes: 'text' },
} as const satisfies Record<string, FilterRule>;

/** Types that make no sense without one of their filters. */
export const NEEDS_FILTER: readonly PlaceholderType[] = ['number', 'money', 'date'];

/** The grammar with one locale's formats. Values given to a render are printed as they are, never parsed. */
export function createGrammar(locale: Locale): Liquid {
  const liquid = new Liquid({
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    parseLimit: MAX_SOURCE,
  });
  for (const tag of Object.keys(liquid.tags)) if (!TAGS.includes(tag)) delete liquid.tags[tag];
  for (const filter of Object.keys(liquid.filters)) delete liquid.filters[filter];

  const print: Record<keyof typeof FILTERS, (value: never, ...args: never[]) => string> = {
    plural: (count: number, ...forms: [category: string, words: string][]) => plural(count, forms, locale),
    number: (value: number) => formatNumber(value, locale),
    money: (value: Money) => formatMoney(value, locale),
    date: (value: ZonedMoment, style: DateStyle) => formatDate(value, style, locale),
    time: (value: ZonedMoment) => formatTime(value, locale),
    default: (value: string) => value,
  };
  for (const [name, filter] of Object.entries(print)) {
    // A missing value prints nothing, except that `default` puts its words there.
    const missing = (words: unknown): unknown => (name === 'default' ? words : '');
    liquid.registerFilter(name, (value: unknown, ...args: unknown[]) =>
      value === null ? missing(args[0]) : filter(value as never, ...(args as never[])),
    );
  }
  return liquid;
}

function plural(count: number, forms: readonly (readonly [string, string])[], locale: Locale): string {
  const words = new Map(forms);
  return words.get(pluralCategory(count, locale)) ?? words.get('other') ?? '';
}
