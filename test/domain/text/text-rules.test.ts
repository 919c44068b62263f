import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OptOutMethod, TextRule } from '../../../domain/rules/rule-pack.ts';
import { OPT_OUT_METHODS } from '../../../domain/rules/rule-pack.ts';
import type { ComposedText, TextParts, TextRow } from '../../../domain/text/text-rules.ts';
import { OPT_OUT_SLOT, composeText } from '../../../domain/text/text-rules.ts';
import { casesOf } from '../../helpers/whole.ts';

const row = (text: TextRule, id = `xx.text.${text.kind}`): TextRow => ({
  id,
  jurisdiction: 'XX',
  rule: { kind: 'text', text },
});
const optOut = (...by: OptOutMethod[]): TextRow => row({ kind: 'opt_out', by });

const LINES: Readonly<Record<OptOutMethod, string>> = {
  phone: 'Free: 080-123-4567',
  short_code: 'STOP au 36179',
  reply: 'Reply STOP to opt out',
  link: 'Opt out: https://sole.example/p/x',
};
const VALUES: Readonly<Record<OptOutMethod, string>> = {
  phone: '080-123-4567',
  short_code: '36179',
  reply: '',
  link: 'https://sole.example/p/x',
};
const waysBy = (...methods: OptOutMethod[]) => methods.map((by) => ({ by, value: VALUES[by], line: LINES[by] }));

const parts: TextParts = {
  brand: 'Bottega Sole',
  contacts: ['+39 02 1234', 'https://sole.example/help'],
  contactLine: 'Contact: +39 02 1234',
  asksOptOut: true,
  ways: waysBy('reply', 'link'),
  bareLink: 'https://sole.example/p/x',
};
const BODY = 'Bottega Sole: news for you.';
const compose = (rows: readonly TextRow[], changes: Partial<TextParts> = {}, body = BODY): ComposedText =>
  composeText(body, rows, { ...parts, ...changes });
const textOf = (composed: ComposedText): string => (composed.kind === 'composed' ? composed.text : composed.rule);

describe('a text where nothing is asked for', () => {
  it('is its own words and what they end with', () => {
    expect(textOf(compose([]))).toBe(`${BODY} ${LINES.reply}`);
    expect(textOf(compose([], { asksOptOut: false }))).toBe(BODY);
  });

  it('that says how to refuse is refused where there is no way', () => {
    expect(compose([], { ways: [] })).toEqual({ kind: 'refused', rule: OPT_OUT_SLOT });
  });
});

describe('an advertisement in Korea', () => {
  const KOREA = [
    row({ kind: 'label', exact: '(광고)' }),
    row({ kind: 'contact' }),
    optOut('phone', 'link'),
    row({ kind: 'charset', charset: 'ks_x_1001' }),
    row({ kind: 'prepended', text: '[국제발신]' }),
  ];

  it('starts with the label, exactly, and ends with the free way to refuse', () => {
    const free = { ways: waysBy('phone', 'reply', 'link') };
    expect(compose(KOREA, free)).toEqual({
      kind: 'composed',
      text: `(광고) ${BODY} Contact: +39 02 1234 ${LINES.phone}`,
      prepended: '[국제발신]',
    });
  });

  it('never offers a reply', () => {
    expect(textOf(compose(KOREA))).toMatch(/Opt out: https:\S+$/);
  });

  it('is written in what its networks carry, or not at all', () => {
    expect(textOf(compose(KOREA, {}, 'Bottega Sole: café – 😀 ok'))).toContain(
      '(광고) Bottega Sole: cafe - ok. Contact',
    );
    expect(compose(KOREA, {}, 'Bottega Sole: مرحبا')).toEqual({ kind: 'refused', rule: 'xx.text.charset' });
  });
});

describe('a message about an order in France', () => {
  const FRANCE = [row({ kind: 'no_opt_out' })];
  const order = { asksOptOut: false };

  it('says nothing of how to refuse', () => {
    expect(textOf(compose(FRANCE, order))).toBe(BODY);
    for (const word of ['Répondez STOP', 'STOP au 36179', 'unsubscribe here', 'Per disiscriverti'])
      expect(compose(FRANCE, order, `Bottega Sole: ${word}`)).toEqual({ kind: 'refused', rule: 'xx.text.no_opt_out' });
  });

  it('may name a thing that is called so', () => {
    for (const body of ['Bottega Sole: Stop-motion kit on its way', 'Bottega Sole: Doorstop STOPPER'])
      expect(textOf(compose(FRANCE, order, body))).toBe(body);
  });

  it('for an address in Canada carries the link without a word', () => {
    expect(textOf(compose([...FRANCE, optOut('reply', 'link')], order))).toBe(`${BODY} https://sole.example/p/x`);
  });
});

describe('a way to refuse', () => {
  it('is one that every place accepts', () => {
    const ways = waysBy('short_code', 'reply', 'link');
    expect(textOf(compose([optOut('short_code', 'link')], { ways }))).toMatch(/STOP au 36179$/);
    expect(textOf(compose([optOut('short_code', 'link'), optOut('reply', 'link')], { ways }))).toMatch(/Opt out: \S+$/);
    expect(compose([optOut('phone')], { ways })).toEqual({ kind: 'refused', rule: 'xx.text.opt_out' });
  });
});

describe('a contact', () => {
  it('is named where one is asked for, unless the text does so itself', () => {
    const asked = [row({ kind: 'contact' })];
    expect(textOf(compose(asked))).toBe(`${BODY} Contact: +39 02 1234 ${LINES.reply}`);
    const body = `${BODY} https://sole.example/help`;
    expect(textOf(compose(asked, {}, body))).toBe(`${body} ${LINES.reply}`);
    const { contactLine: _none, ...without } = parts;
    expect(composeText(BODY, asked, { ...without, contacts: [] })).toEqual({
      kind: 'refused',
      rule: 'xx.text.contact',
    });
  });
});

describe('a text that does not name its brand', () => {
  it('is refused where it has to', () => {
    expect(compose([row({ kind: 'identify' })], {}, 'News for you.')).toEqual({
      kind: 'refused',
      rule: 'xx.text.identify',
    });
  });
});

describe('whatever the rules are', () => {
  const anyRow = fc.oneof(
    fc.constantFrom<TextRule>(
      { kind: 'identify' },
      { kind: 'contact' },
      { kind: 'no_opt_out' },
      { kind: 'charset', charset: 'ks_x_1001' },
      { kind: 'prepended', text: '[Web발신]' },
      { kind: 'label', exact: '(광고)' },
    ),
    fc
      .uniqueArray(fc.constantFrom(...OPT_OUT_METHODS), { minLength: 1 })
      .map((by): TextRule => ({ kind: 'opt_out', by })),
  );
  const anyParts = fc.record({
    asksOptOut: fc.boolean(),
    ways: fc.uniqueArray(fc.constantFrom(...OPT_OUT_METHODS)).map((methods) => waysBy(...methods)),
  });
  const anyBody = fc.oneof(
    fc.constant(BODY),
    fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) => `Bottega Sole: ${text}`),
  );

  it('the label is first, the way to refuse last, and there is one of each', () => {
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 8 }), anyParts, anyBody, (rules, changes, body) => {
        const rows = rules.map((rule) => row(rule));
        const composed = compose(rows, changes, body);
        if (composed.kind === 'refused') return;
        const asked = (kind: TextRule['kind']) => rules.some((rule) => rule.kind === kind);
        expect(composed.text.startsWith('(광고) ')).toBe(asked('label') || body.startsWith('(광고) '));
        expect(composed.text.split('(광고)').length - 1).toBe(asked('label') ? 1 : 0);
        const lines = [...Object.values(LINES), parts.bareLink ?? ''];
        const ending = lines.filter((line) => composed.text.endsWith(line));
        expect(ending.length > 0).toBe(changes.asksOptOut || asked('opt_out'));
        const said = Object.values(LINES).flatMap((line) => composed.text.split(line).slice(1));
        expect(said.length).toBeLessThanOrEqual(1);
      }),
      casesOf(1_000),
    );
  });
});
