import { describe, expect, it } from 'vitest';
import type { Locale } from '../../domain/sending/message.ts';
import { LOCALES } from '../../domain/sending/message.ts';
import { measureSms } from '../../domain/text/segments.ts';
import type { DateStyle, ZonedMoment } from '../../templates/formats.ts';
import { DATE_STYLES, formatDate, formatMoney, formatNumber, formatTime } from '../../templates/formats.ts';
import { createGrammar } from '../../templates/grammar.ts';
import { longestText } from '../../templates/worst-case.ts';
import { isWhole } from '../helpers/whole.ts';

const ROME = { at: Date.UTC(2026, 2, 5, 15, 30), zone: 'Europe/Rome' };

describe('amounts, numbers, dates and times', () => {
  it('are written as each language writes them', () => {
    expect(LOCALES.map((locale) => formatMoney({ minor: 129_000, currency: 'EUR' }, locale))).toEqual([
      '€1,290.00',
      '1290,00 €',
      '€1,290.00',
    ]);
    expect(formatMoney({ minor: 12_900, currency: 'KRW' }, 'ko')).toBe('12,900원');
    expect(formatMoney({ minor: 1_234, currency: 'KWD' }, 'en')).toBe('KWD 1.234');
    expect(LOCALES.map((locale) => formatNumber(12_500, locale))).toEqual(['12,500', '12.500', '12,500']);
    expect(LOCALES.map((locale) => formatDate(ROME, 'weekday', locale))).toEqual([
      'Thu, Mar 5',
      'gio 5 mar',
      '3월 5일 (목)',
    ]);
    expect(LOCALES.map((locale) => formatDate(ROME, 'day', locale))).toEqual(['Mar 5', '5 mar', '3월 5일']);
    expect(LOCALES.map((locale) => formatTime(ROME, locale))).toEqual(['4:30 PM', '16:30', '오후 4:30']);
  });

  it.each([
    ['US', 'Thu, Mar 5', '4:30 PM'],
    ['CA', 'Thu, Mar 5', '4:30 p.m.'],
    ['GB', 'Thu 5 Mar', '16:30'],
    ['IE', 'Thu, 5 Mar', '16:30'],
    ['AU', 'Thu, 5 Mar', '4:30 pm'],
    ['NZ', 'Thu, 5 Mar', '4:30 pm'],
    ['IN', 'Thu, 5 Mar', '4:30 pm'],
    ['ZZ', 'Thu, Mar 5', '4:30 PM'],
    ['gb-x', 'Thu, Mar 5', '4:30 PM'],
  ])('in English are dated as in the country: %s', (country, date, time) => {
    expect(formatDate({ ...ROME, country }, 'weekday', 'en')).toBe(date);
    expect(formatTime({ ...ROME, country }, 'en')).toBe(time);
  });

  it('never make an English or Italian text UCS-2, in any currency and on any day', () => {
    for (const locale of ['en', 'it'] as const) {
      const written = [
        ...Intl.supportedValuesOf('currency').map((currency) => formatMoney({ minor: 123_456_789, currency }, locale)),
        ...everywhere(locale).flatMap((moment) => [formatDate(moment, 'weekday', locale), formatTime(moment, locale)]),
      ];
      expect(written.filter((text) => measureSms(text).encoding !== 'gsm7')).toEqual([]);
    }
  });

  it('are never longer than the worst case that texts are counted with', () => {
    for (const locale of LOCALES) {
      const grammar = createGrammar(locale);
      const longest = (template: string): number =>
        longestText(grammar, grammar.parse(template), locale, 'longest').length;
      const longestMoney = longest('{{ order.total | money }}');
      for (const currency of Intl.supportedValuesOf('currency')) {
        expect(formatMoney({ minor: 999_999_999, currency }, locale).length).toBeLessThanOrEqual(longestMoney);
      }
      for (const style of Object.keys(DATE_STYLES) as DateStyle[]) {
        const longestDate = longest(`{{ time.now | date: "${style}" }}`);
        for (const moment of everywhere(locale))
          expect(formatDate(moment, style, locale).length).toBeLessThanOrEqual(longestDate);
      }
      const longestTime = longest('{{ time.now | time }}');
      for (const moment of everywhere(locale))
        expect(formatTime(moment, locale).length).toBeLessThanOrEqual(longestTime);
    }
  });
});

describe('plurals', () => {
  it.each([
    ['en', 1, 'day'],
    ['en', 0, 'days'],
    ['en', 2, 'days'],
    ['it', 1, 'day'],
    ['it', 3, 'days'],
    ['ko', 1, 'days'],
  ] as const)('follow the rules of %s for %i', (locale, quantity, word) => {
    const grammar = createGrammar(locale);
    const template = grammar.parse('{{ item.quantity | plural: one: "day", other: "days" }}');
    expect(grammar.renderSync(template, { item: { quantity } })).toBe(word);
  });
});

/**
 * A day of each month, or all days of a week of it, in every country with a way of its own to write the language, each day at another hour.
 */
function everywhere(locale: Locale): ZonedMoment[] {
  const letters = Array.from({ length: 26 }, (_, place) => String.fromCodePoint(65 + place));
  const all = letters.flatMap((one) => letters.map((other) => one + other));
  const countries = all.filter((country) => Intl.DateTimeFormat.supportedLocalesOf(`${locale}-${country}`).length > 0);
  const own = countries.filter(
    (country) => new Intl.DateTimeFormat(`${locale}-${country}`).resolvedOptions().locale !== locale,
  );
  const days = Array.from({ length: 84 }, (_, day) =>
    Date.UTC(2026, Math.floor(day / 7), 22 + (day % 7), day % 24, 59),
  );
  // The day of the week moves on with the month, and begins at another one in each country.
  return own.flatMap((country, place) =>
    days
      .filter((_, day) => isWhole || day % 7 === (Math.floor(day / 7) + place) % 7)
      .map((at) => ({ at, zone: 'UTC', country })),
  );
}
