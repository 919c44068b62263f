/**
 * Amounts, numbers, dates, times and plurals as a customer of each locale writes them. Spaces are plain: a no-break
 * space alone makes a text UCS-2.
 */
import { languageTag, TERMS } from '../locales/load.ts';
import { isValidZone } from '../domain/time/local-time.ts';
import type { Locale } from '../domain/sending/message.ts';
import type { Money } from '../domain/text/message-context.ts';

/**
 * Currencies whose sign is in the GSM alphabet. The others are written as their ISO code: `₹` alone would double the
 * price of a text.
 */
const SIGNS: readonly string[] = ['EUR', 'USD', 'GBP', 'JPY'];

/** Amounts above this, in minor units, are taken for mistakes: it bounds how long an amount can be. */
const MAX_MINOR = 999_999_999;

/** `day`: 5 mar. `weekday`: gio 5 mar. Short on purpose; the year is never in doubt in a message about an order. */
export const DATE_STYLES = {
  day: { day: 'numeric', month: 'short' },
  weekday: { weekday: 'short', day: 'numeric', month: 'short' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;
export type DateStyle = keyof typeof DATE_STYLES;

/** An instant (epoch ms) together with the zone in which a customer reads it, and the country (ISO 3166-1) as which it is written. */
export interface ZonedMoment {
  readonly at: number;
  readonly zone: string;
  readonly country?: string;
}

/** The platform's own names of zones; it knows former ones too, but to ask it about one takes 100 KB that the process keeps. */
const NAMED: ReadonlySet<string> = new Set(Intl.supportedValuesOf('timeZone'));

/** Each takes 100 KB that the process keeps, and a fifth of a millisecond to make; there are few. Dates have one for every zone: those are made anew. */
const numberFormat = once((locale: Locale) => new Intl.NumberFormat(languageTag(locale)));
const pluralRules = once((locale: Locale) => new Intl.PluralRules(languageTag(locale)));
const amountFormat = once(
  (locale: Locale, currency: string, display: 'symbol' | 'code') =>
    new Intl.NumberFormat(languageTag(locale), { style: 'currency', currency, currencyDisplay: display }),
);

/** Made once for the same words. */
function once<Words extends readonly string[], Made>(make: (...words: Words) => Made): (...words: Words) => Made {
  const made = new Map<string, Made>();
  return (...words) => {
    const name = words.join(' ');
    const known = made.get(name) ?? make(...words);
    made.set(name, known);
    return known;
  };
}

/** `12,90 €`, `$12.90`, `12,000원`. The value must be usable: see `isMoney`. */
export function formatMoney({ minor, currency }: Money, locale: Locale): string {
  const display = SIGNS.includes(currency) ? 'symbol' : 'code';
  const format = amountFormat(locale, currency, display);
  const amount = minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2);
  const word = TERMS[locale].currencyWords?.[currency];
  if (word !== undefined) return `${formatNumber(amount, locale)}${word}`;
  return plainSpaces(format.format(amount));
}

export function formatNumber(value: number, locale: Locale): string {
  return plainSpaces(numberFormat(locale).format(value));
}

/** `Thu, Mar 5` in the United States, `Thu 5 Mar` in the United Kingdom. */
export function formatDate({ at, zone, country }: ZonedMoment, style: DateStyle, locale: Locale): string {
  const options = { ...DATE_STYLES[style], timeZone: zone };
  return plainSpaces(new Intl.DateTimeFormat(languageTag(locale, country), options).format(at));
}

/** `16:30`, `4:30 PM`. */
export function formatTime({ at, zone, country }: ZonedMoment, locale: Locale): string {
  const options = { hour: 'numeric', minute: '2-digit', timeZone: zone } as const;
  return plainSpaces(new Intl.DateTimeFormat(languageTag(locale, country), options).format(at));
}

/** The plural category of a count, such as `one` or `other`. */
export function pluralCategory(count: number, locale: Locale): Intl.LDMLPluralRule {
  return pluralRules(locale).select(count);
}

/**
 * Whether an amount can be written at all: a whole, positive number of minor units in a currency code that Intl
 * accepts.
 */
export function isMoney(money: Money): boolean {
  return (
    Number.isInteger(money.minor) && money.minor >= 0 && money.minor <= MAX_MINOR && /^[A-Z]{3}$/.test(money.currency)
  );
}

/** Whether an instant can be written: Intl throws for an unknown zone and outside of the range of Date. */
export function isZonedMoment({ at, zone }: ZonedMoment): boolean {
  return !Number.isNaN(new Date(at).getTime()) && (NAMED.has(zone) || isValidZone(zone));
}

function plainSpaces(text: string): string {
  return text.replaceAll(/[\u00A0\u2009\u202F]/g, ' ');
}
