import { describe, expect, it } from 'vitest';
import { applyRules } from '../../domain/rules/applied-rules.ts';
import type { Locale, MessageKind, Tone } from '../../domain/sending/message.ts';
import { LOCALES, MESSAGE_KINDS, isMessageKind, kindRule } from '../../domain/sending/message.ts';
import type { MessageContext } from '../../domain/text/message-context.ts';
import { rules } from '../helpers/rules.ts';
import { loadTemplates } from '../../templates/load.ts';
import { measureSms } from '../../domain/text/segments.ts';
import { renderText } from '../../templates/render.ts';
import { TONES } from '../../templates/schema.ts';
import { TEXT_TIME, fullContext, koreanContext, minimalContext } from './contexts.ts';

const templates = loadTemplates();
const { packs } = rules;
/** The rules for a kind in some places; none without a place. */
const rulesIn = (kind: MessageKind, ...places: string[]) =>
  places.length === 0 ? undefined : applyRules(packs, places, kindRule(kind).class, TEXT_TIME);
const KINDS = Object.keys(MESSAGE_KINDS).filter(isMessageKind);

function textOf(kind: MessageKind, tone: Tone, context: MessageContext, ...places: string[]): string {
  const rendered = renderText(templates, kind, tone, context, rulesIn(kind, ...places));
  if (rendered.kind !== 'rendered') throw new Error(`${kind}: ${JSON.stringify(rendered)}`);
  return rendered.text;
}

const everyText = LOCALES.flatMap((locale) => KINDS.flatMap((kind) => TONES.map((tone) => ({ locale, kind, tone }))));

describe('the texts that come with the service', () => {
  it('exist for every kind, tone and locale', () => {
    expect(everyText).toHaveLength(3 * KINDS.length * 2);
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

  /** In Italy an advertisement names a contact, too. */
  const WITH_A_CONTACT = [
    'setup_guide',
    'review_invitation',
    'loyalty_invitation',
    'loyalty_tier',
    'bundle_offer',
    'replenishment',
    'reactivation',
    'help',
  ];

  it('take one SMS each in English and Italian, but for those that carry a checklist, a gift or a contact', () => {
    for (const locale of ['en', 'it'] as const) {
      const longer = KINDS.filter((kind) => TONES.some((tone) => templates[locale]?.texts[kind][tone].segments !== 1));
      expect(longer).toEqual(locale === 'en' ? ['setup_guide', 'review_invitation', 'help'] : WITH_A_CONTACT);
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
    ['en', 'Reply STOP to opt out.'],
    ['it', 'Per disiscriverti rispondi STOP.'],
    ['ko', '수신거부: STOP 회신'],
  ] as const)('is in the promotions and in the answers to START and HELP, and in nothing else (%s)', (locale, line) => {
    expect(withLine(locale, line)).toEqual(promotionsAndAnswers);
  });

  it('is a link when the sender is a name that cannot receive replies', () => {
    const text = textOf('bundle_offer', 'new', fullContext({ locale: 'en', sender: { kind: 'alphanumeric' } }));
    expect(text).toMatch(/Opt out: https:\/\/sole\.example\/p\/8f3k2$/);
  });

  it('is a reply to an RCS agent, wherever that is', () => {
    const text = textOf('bundle_offer', 'new', fullContext({ sender: { kind: 'agent', country: 'KR' } }), 'KR');
    expect(text).toMatch(/^\(광고\) .* Per disiscriverti rispondi STOP\.$/);
  });
});

describe('the place decides, not the language', () => {
  const korean = { kind: 'long_number', country: 'KR' } as const;

  it('an Italian text to Korea has the label first, a contact, and the free way to refuse last', () => {
    const text = textOf('replenishment', 'loyal', fullContext({ sender: korean }), 'KR');
    expect(text).toMatch(
      /^\(광고\) Bottega Sole: .* 문의 \+39 02 1234 5678 무료수신거부 https:\/\/sole\.example\/p\/8f3k2$/,
    );
    const free = fullContext({ sender: { ...korean, optOutPhone: '080-123-4567' } });
    expect(textOf('replenishment', 'loyal', free, 'KR')).toMatch(/^\(광고\) .* 무료수신거부 080-123-4567$/);
  });

  it('a Korean text to the US has no label and asks for a reply', () => {
    const text = textOf('replenishment', 'loyal', fullContext({ locale: 'ko' }), 'US');
    expect(text).not.toContain('광고');
    expect(text).toMatch(/수신거부: STOP 회신$/);
  });

  it('only advertisements start with the label, and all of them do', () => {
    for (const kind of KINDS.filter((one) => kindRule(one).class !== 'service_feedback')) {
      for (const tone of TONES) {
        const labelled = textOf(kind, tone, koreanContext(), 'KR').startsWith('(광고) ');
        expect(labelled).toBe(kindRule(kind).class === 'promotional');
      }
    }
  });

  it('an offer to Singapore starts with <ADV>', () => {
    expect(textOf('bundle_offer', 'new', fullContext({ locale: 'en' }), 'SG')).toMatch(/^<ADV> Bottega Sole: /);
  });

  it('an offer to France names the short code that takes STOP, or else a link', () => {
    const sender = { kind: 'alphanumeric', country: 'FR' } as const;
    const named = fullContext({ locale: 'en', sender: { ...sender, optOutCode: '36179' } });
    expect(textOf('bundle_offer', 'new', named, 'FR')).toMatch(/ STOP au 36179$/);
    expect(textOf('bundle_offer', 'new', fullContext({ locale: 'en', sender }), 'FR')).toMatch(/ Opt out: https:\S+$/);
  });

  it('no message about an order to France says how to refuse', () => {
    for (const { locale, kind, tone } of everyText) {
      if (kindRule(kind).class !== 'transactional') continue;
      expect(textOf(kind, tone, fullContext({ locale }), 'FR')).not.toMatch(/stop|opt.?out|수신거부|disiscriv/i);
    }
  });

  it('a message about an order to Canada says how to refuse, too', () => {
    expect(textOf('shipped', 'loyal', fullContext({ locale: 'en' }), 'CA')).toMatch(/ Reply STOP to opt out\.$/);
  });

  it('of two places every rule is kept', () => {
    const text = textOf('bundle_offer', 'new', fullContext({ sender: korean }), 'KR', 'FR');
    expect(text).toMatch(/^\(광고\) .* 무료수신거부 https:\S+$/);
  });

  it('the words that a network puts before a text are billed', () => {
    const context = koreanContext();
    const billed = renderText(templates, 'out_for_delivery', 'loyal', context, rulesIn('out_for_delivery', 'KR'));
    const alone = renderText(templates, 'out_for_delivery', 'loyal', context);
    if (billed.kind !== 'rendered' || alone.kind !== 'rendered') throw new Error('not rendered');
    expect(billed.text).toBe(alone.text);
    expect(billed.segments).toBe(measureSms(`[국제발신]${billed.text}`).segments);
  });

  it.each(Object.keys(packs.packs).filter((id) => !id.includes('-')))(
    'in %s every text can be written, within what it declares',
    (place) => {
      for (const { locale, kind, tone } of everyText) {
        const rules = rulesIn(kind, place);
        const country = place.slice(0, 2);
        for (const sender of [
          { kind: 'alphanumeric', country },
          { kind: 'long_number', country },
        ] as const) {
          const rendered = renderText(templates, kind, tone, fullContext({ locale, sender }), rules);
          if (rendered.kind !== 'rendered') throw new Error(`${kind} ${locale}: ${JSON.stringify(rendered)}`);
          expect(rendered.segments).toBeLessThanOrEqual(templates[locale]?.texts[kind][tone].worst ?? 0);
        }
      }
    },
  );
});

describe('the words of the texts', () => {
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
    expect(textOf('delivery_delayed', 'new', fullContext())).toContain('Nuova data prevista: sab 7 mar.');
    expect(textOf('delivery_delayed', 'new', fullContext(late && { order: late }))).toContain(
      'Stiamo sollecitando il corriere: ti aggiorniamo.',
    );
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
      'Bottega Sole: grazie, Giulia! Il tuo ordine #1042 è confermato: ti aggiorniamo a ogni passo. Seguilo qui: https://sole.example/o/1042',
    );
    expect(textOf('refund_issued', 'loyal', { ...context, locale: 'en' })).toBe(
      'Bottega Sole: your refund of €12.90 for order #1042 is on its way.',
    );
    expect(textOf('reactivation', 'new', { ...context, locale: 'ko' })).toBe(
      '[Bottega Sole] Giulia님, 오랜만에 인사드립니다. 새 소식을 확인해 보세요. https://sole.example 수신거부: STOP 회신',
    );
    expect(textOf('help', 'new', { ...rest, items: [] })).toBe(
      'Bottega Sole: siamo qui per aiutarti. Assistenza: +39 02 1234 5678 o https://sole.example/aiuto ' +
        'Scelte e disiscrizione: https://sole.example/p/8f3k2 Per disiscriverti rispondi STOP.',
    );
  });
});

describe('the copy', () => {
  const placesOf: readonly (readonly string[])[] = [[], ['IT'], ['GB'], ['US'], ['KR']];
  /** Every text with everything and with the least that a shop can tell, in the places of most readers. */
  const everywhere = everyText.flatMap(({ locale, kind, tone }) =>
    placesOf.flatMap((places) =>
      [fullContext, minimalContext].map((contextOf) => textOf(kind, tone, contextOf({ locale }), ...places)),
    ),
  );

  it('says who it is from first', () => {
    for (const text of everywhere) expect(text).toMatch(/^(?:\(광고\) )?(?:Bottega Sole:|\[Bottega Sole\])/);
  });

  it('has no doubled mark, no empty bracket, and no word for a missing value', () => {
    for (const text of everywhere) {
      expect(text.replaceAll(/https:\S+/g, '')).not.toMatch(/[.,:;!?]{2}|\(\)|\[\]|\b(?:null|undefined|NaN)\b/);
    }
  });

  it('has a full stop, or a link, between the text and each sentence that is appended to it', () => {
    const appended = / (?=Info: |Per disiscriverti |Reply STOP|Opt out: |문의 \+|무료수신거부|수신거부: STOP)/;
    for (const text of everywhere) {
      const [last, ...before] = text.split(appended).toReversed();
      expect(last).toBeDefined();
      for (const part of before) expect(part).toMatch(/[.!?]$|https:\S+$|문의 [+\d ]+$/);
    }
  });

  it('counts no days at a person', () => {
    for (const { locale, kind, tone } of everyText)
      expect(templates[locale]?.texts[kind][tone].uses.filter((name) => /days(?:Away|Since|Late)/.test(name))).toEqual(
        [],
      );
  });

  it('names no carrier where none is known', () => {
    for (const { locale, kind, tone } of everyText) {
      if (!['shipped', 'out_for_delivery'].includes(kind)) continue;
      const text = textOf(kind, tone, minimalContext({ locale }));
      expect(text).not.toMatch(/corriere|carrier|택배사/);
    }
  });

  it('gives a Korean customer the number of the parcel', () => {
    for (const tone of TONES) expect(textOf('shipped', tone, koreanContext())).toMatch(/운송장번호: \S+/);
  });

  it('keeps one register in Korean: no text about an order ends a sentence as one friend does to another', () => {
    for (const kind of KINDS.filter((one) => kindRule(one).topic === 'orders')) {
      for (const tone of TONES) expect(textOf(kind, tone, koreanContext())).not.toMatch(/(?<!세)요[.!?]/);
    }
  });

  it('prints no link twice', () => {
    for (const text of everywhere) {
      const links = text.match(/https:\S+/g) ?? [];
      expect(new Set(links).size).toBe(links.length);
    }
  });

  it('says to a person who refused or came back on which day, in Korean', () => {
    for (const kind of ['opt_out_confirmed', 'opt_out_or_order', 'opt_in_confirmed'] as const)
      expect(textOf(kind, 'new', koreanContext())).toMatch(/^\[\S+\] \d+월 \d+일 /);
  });

  it('names advertising where it asks for the consent to it', () => {
    const named = { en: /our offers and news/, it: /novità e pubblicità/, ko: /광고성 정보/ };
    for (const locale of LOCALES) {
      for (const kind of ['consent_request', 'consent_renewal'] as const)
        expect(textOf(kind, 'new', fullContext({ locale }))).toMatch(named[locale]);
    }
  });

  it('says message frequency and data rates in the US and Canada only', () => {
    const answerIn = (country: string) =>
      textOf('opt_in_confirmed', 'new', fullContext({ locale: 'en', sender: { kind: 'long_number', country } }));
    expect(answerIn('US')).toContain('Message frequency varies, message and data rates may apply.');
    expect(answerIn('GB')).not.toMatch(/frequency|data rates/);
  });
});
