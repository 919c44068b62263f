import { describe, expect, it } from 'vitest';
import { LOCALES } from '../../domain/message.ts';
import { measureSms } from '../../domain/segments.ts';
import type { DateStyle } from '../../templates/formats.ts';
import { DATE_STYLES, formatDate, formatMoney, formatNumber, formatTime } from '../../templates/formats.ts';
import { createGrammar } from '../../templates/grammar.ts';
import { longestText } from '../../templates/worst-case.ts';

const ROME = { at: Date.UTC(2026, 2, 5, 15, 30), zone: 'Europe/Rome' };
const DAY = 86_400_000;

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

  it('never make an English or Italian text UCS-2, in any currency and on any day', () => {
    for (const locale of ['en', 'it'] as const) {
      const written = [
        ...Intl.supportedValuesOf('currency').map((currency) => formatMoney({ minor: 123_456_789, currency }, locale)),
        ...wholeYear().flatMap((at) => [
          formatDate({ ...ROME, at }, 'weekday', locale),
          formatTime({ ...ROME, at }, locale),
        ]),
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
        for (const at of wholeYear())
          expect(formatDate({ ...ROME, at }, style, locale).length).toBeLessThanOrEqual(longestDate);
      }
      const longestTime = longest('{{ time.now | time }}');
      for (let hour = 0; hour < 24; hour++) {
        const at = ROME.at + (hour * DAY) / 24;
        expect(formatTime({ ...ROME, at }, locale).length).toBeLessThanOrEqual(longestTime);
      }
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

function wholeYear(): number[] {
  return Array.from({ length: 365 }, (_, day) => ROME.at + day * DAY);
}
