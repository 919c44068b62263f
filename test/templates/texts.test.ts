import { describe, expect, it } from 'vitest';
import type { Locale, MessageKind, Tone } from '../../domain/message.ts';
import { LOCALES, MESSAGE_KINDS, isMessageKind, kindRule } from '../../domain/message.ts';
import type { MessageContext } from '../../domain/message-context.ts';
import { loadTemplates } from '../../templates/load.ts';
import { renderText } from '../../templates/render.ts';
import { TONES } from '../../templates/schema.ts';
import { fullContext, koreanContext, minimalContext } from './contexts.ts';

const templates = loadTemplates();
const KINDS = Object.keys(MESSAGE_KINDS).filter(isMessageKind);

function textOf(kind: MessageKind, tone: Tone, context: MessageContext): string {
  const rendered = renderText(templates, kind, tone, context);
  if (rendered.kind === 'missing') throw new Error(`${kind}: ${rendered.placeholder} is missing`);
  return rendered.text;
}

const everyText = LOCALES.flatMap((locale) => KINDS.flatMap((kind) => TONES.map((tone) => ({ locale, kind, tone }))));

describe('the texts that come with the service', () => {
  it('exist for every kind, tone and locale', () => {
    expect(everyText).toHaveLength(3 * 27 * 2);
    for (const { locale, kind, tone } of everyText) expect(templates[locale]?.texts[kind][tone].template).toBeDefined();
  });

  it.each([
    ['everything a shop can tell', fullContext],
    ['the least a shop can tell', minimalContext],
  ])('all read well with %s', (_what, contextOf) => {
    for (const { locale, kind, tone } of everyText) {
      const text = textOf(kind, tone, contextOf({ locale }));
      expect(text).toContain('Bottega Sole');
      expect(text).not.toMatch(/undefined|\bnull\b|NaN|Invalid|\[object|\{\{|\{%|%\}|\}\}/);
      expect(text, 'nothing is left hanging where a value is missing').not.toMatch(
        / {2}|\s[,.!?;]|[,:]\s*$|\(\)|,\s*,|[.!?] \p{Ll}(?!ttps)/u,
      );
      expect(text, 'no full stop is taken for a part of a link').not.toMatch(/https:\S*[.,!?](\s|$)/);
    }
  });

  it('keep to the segments they declare when values are ordinary', () => {
    for (const { locale, kind, tone } of everyText) {
      const context = locale === 'ko' ? koreanContext() : fullContext({ locale });
      const rendered = renderText(templates, kind, tone, context);
      const declared = templates[locale]?.texts[kind][tone];
      expect(rendered).toMatchObject({ kind: 'rendered', encoding: locale === 'ko' ? 'ucs2' : 'gsm7' });
      if (rendered.kind === 'rendered') expect(rendered.segments).toBeLessThanOrEqual(declared?.segments ?? 0);
    }
  });

  it('take one SMS each in English and Italian, but for those that carry a checklist or a gift', () => {
    for (const locale of ['en', 'it'] as const) {
      const longer = KINDS.filter((kind) => TONES.some((tone) => templates[locale]?.texts[kind][tone].segments !== 1));
      expect(longer).toEqual(['setup_guide', 'review_invitation']);
    }
  });

  it('refuse to be read as Korean advertising unless they are: only promotions start with the label', () => {
    for (const kind of KINDS) {
      for (const tone of TONES) {
        const labelled = textOf(kind, tone, fullContext({ locale: 'ko' })).startsWith('(광고)');
        expect(labelled).toBe(kindRule(kind).class === 'promotional');
      }
    }
  });
});

describe('the opt-out line', () => {
  const withLine = (locale: Locale, line: string): string[] =>
    KINDS.filter((kind) => TONES.every((tone) => textOf(kind, tone, fullContext({ locale })).includes(line)));

  const promotionsAndAnswers = [
    'review_invitation',
    'loyalty_invitation',
    'loyalty_tier',
    'bundle_offer',
    'replenishment',
    'reactivation',
    'opt_in_confirmed',
    'help',
  ];

  it.each([
    ['en', 'Reply STOP to opt out'],
    ['it', 'Rispondi STOP per non riceverne'],
    ['ko', '무료수신거부 https://sole.example/p/8f3k2'],
  ] as const)('is in the promotions and in the answers to START and HELP, and in nothing else (%s)', (locale, line) => {
    expect(withLine(locale, line)).toEqual(promotionsAndAnswers);
  });

  it('is a link for somebody in Korea, whatever the language', () => {
    const { contact } = fullContext();
    const text = textOf('replenishment', 'new', fullContext({ contact: { ...contact, country: 'KR' } }));
    expect(text).toMatch(/Per non riceverne: https:\/\/sole\.example\/p\/8f3k2$/);
  });

  it('is a link when the sender is a name that cannot receive replies', () => {
    const { brand } = fullContext();
    const text = textOf('bundle_offer', 'new', fullContext({ locale: 'en', brand: { ...brand, oneWaySender: true } }));
    expect(text).toMatch(/Opt out: https:\/\/sole\.example\/p\/8f3k2$/);
  });
});

describe('what the texts say', () => {
  it('names the parcel only when there are several', () => {
    const { order } = fullContext();
    const single = order && { ...order, parcelCount: 1 };
    expect(textOf('shipped', 'new', fullContext())).toContain('pacco 1 di 2');
    expect(textOf('shipped', 'new', fullContext(single && { order: single }))).not.toContain('pacco');
  });

  it.each([
    ['digital', 'https://sole.example/d/1'],
    ['service', 'https://sole.example/b/1'],
    ['shipped', 'https://sole.example/g/moka'],
  ] as const)('starts a %s order with its own link', (fulfilment, link) => {
    const { order } = fullContext();
    for (const locale of LOCALES) {
      const context = fullContext({ locale, ...(order && { order: { ...order, fulfilment } }) });
      for (const tone of TONES) expect(textOf('setup_guide', tone, context)).toContain(link);
    }
  });

  it('promises no date that has passed', () => {
    const { order, now } = fullContext();
    const late = order && { ...order, promisedAt: now - 1 };
    expect(textOf('delivery_delayed', 'new', fullContext())).toContain('Nuova data: sab 7 mar.');
    expect(textOf('delivery_delayed', 'new', fullContext(late && { order: late }))).toContain('Stiamo sollecitando');
  });

  it('invites to the public review in the same words whatever the rating: no text knows it', () => {
    for (const tone of TONES) {
      const uses = templates.en.texts.review_invitation[tone].uses;
      expect(uses.filter((name) => /rating|score/.test(name))).toEqual([]);
      expect(textOf('review_invitation', tone, fullContext({ locale: 'en' }))).toContain('Good or bad');
    }
  });

  it('reads as intended from the first message to the last', () => {
    const { order: whole, ...rest } = fullContext();
    const order = whole && { ...whole, parcelCount: 1 };
    const context = { ...rest, ...(order && { order }) };
    expect(textOf('order_confirmation', 'new', context)).toBe(
      "Bottega Sole: grazie Giulia! L'ordine #1042 è confermato, ti avvisiamo a ogni passo. Lo segui qui: https://sole.example/o/1042",
    );
    expect(textOf('refund_issued', 'loyal', { ...context, locale: 'en' })).toBe(
      'Bottega Sole: your refund of €12.90 for order #1042 is on its way to your bank.',
    );
    expect(textOf('reactivation', 'new', { ...context, locale: 'ko' })).toBe(
      '(광고) Bottega Sole: Giulia님, 90일 동안 못 뵈었네요. 새 소식을 보러 오세요. https://sole.example 문의 +39 02 1234 5678 무료수신거부 https://sole.example/p/8f3k2',
    );
    expect(textOf('help', 'new', { ...rest, items: [] })).toBe(
      'Bottega Sole: siamo qui per te. Assistenza: +39 02 1234 5678 o https://sole.example/aiuto Rispondi STOP per non riceverne',
    );
  });
});
