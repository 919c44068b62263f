import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Locale, MessageKind } from '../../domain/sending/message.ts';
import { MESSAGE_KINDS, isMessageKind, kindRule } from '../../domain/sending/message.ts';
import { loadTemplates } from '../../templates/load.ts';
import { compileLocale } from '../../templates/schema.ts';

const folder = mkdtempSync(join(tmpdir(), 'dopo-templates-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ALL_GOOD: Readonly<Record<MessageKind, string>> = Object.fromEntries(
  Object.keys(MESSAGE_KINDS)
    .filter(isMessageKind)
    .map((kind) => [kind, goodEntry(kind)]),
) as Record<MessageKind, string>;

function goodEntry(kind: MessageKind): string {
  if (kindRule(kind).class === 'promotional') return entry("'{{ brand.name }} {{ opt_out }}'", 1, 3);
  if (kind === 'help') return entry("'{{ brand.name }} {{ brand.supportUrl }}'", 1, 2);
  if (kind === 'access_code') return entry("'{{ brand.name }} {{ code.digits }}'", 1, 1);
  if (kind === 'erasure_planned') return entry("'{{ brand.name }} {{ brand.preferencesUrl }}'", 1, 2);
  if (kind === 'erasure_cancelled') return entry("'{{ brand.name }}: ok'", 1, 1);
  if (kind === 'opt_out_confirmed' || kind === 'opt_out_or_order')
    return entry("'{{ brand.name }}: no further messages'", 1, 1);
  if (kind === 'opt_in_confirmed') {
    return entry("'{{ brand.name }}: frequency varies, data rates may apply, HELP {{ opt_out }}'", 1, 3);
  }
  return entry("'{{ brand.name }}: ok'", 1, 3);
}

function entry(text: string, segments: number, worst: number): string {
  return `\n  text: ${text}\n  segments: ${segments}\n  worst: ${worst}\n`;
}

/** A whole English file in which one kind stands first, so that its text is on line 2 from column 9. */
function fileWith(kind: MessageKind, written: string): string {
  const { [kind]: _replaced, ...others } = ALL_GOOD;
  return [[kind, written], ...Object.entries<string>(others)].map(([name, body]) => `${name}:${body}`).join('');
}

function complaintsOf(source: string, locale: Locale = 'en'): string[] {
  try {
    compileLocale(source, 'templates/en.yaml', locale);
    return [];
  } catch (error) {
    return error instanceof Error ? error.message.split('\n') : [];
  }
}

/** Complaints about one text in double quotes, which begins in column 10 of line 2. Segment counts are not looked at. */
function complaintsAbout(kind: MessageKind, text: string, locale: Locale = 'en'): string[] {
  const all = complaintsOf(fileWith(kind, entry(`"${text.replaceAll('"', String.raw`\"`)}"`, 1, 1)), locale);
  return all.filter((complaint) => complaint.includes(`:2:`));
}

describe('a file of texts', () => {
  it('loads when nothing is wrong with it', () => {
    expect(complaintsOf(fileWith('shipped', ALL_GOOD.shipped))).toEqual([]);
  });

  it.each<[what: string, kind: MessageKind, text: string, complaint: string]>([
    [
      'an unknown placeholder',
      'shipped',
      '{{ brand.name }} {{ order.nmae }}',
      '2:30 shipped.text: unknown placeholder order.nmae',
    ],
    [
      'an unknown placeholder in a condition',
      'shipped',
      '{{ brand.name }}{% if parcel.x %}{% endif %}',
      '2:32 shipped.text: unknown placeholder parcel.x',
    ],
    [
      'a placeholder reached by brackets',
      'shipped',
      "{{ brand.name }} {{ order['name'] }}",
      "2:30 shipped.text: unknown placeholder order['name']",
    ],
    [
      'the inside of a value',
      'shipped',
      '{{ brand.name }} {{ order.total.minor | number }}',
      '2:30 shipped.text: unknown placeholder order.total.minor',
    ],
    [
      'a property of every object',
      'shipped',
      '{{ brand.name }} {{ brand.constructor }}',
      '2:30 shipped.text: unknown placeholder brand.constructor',
    ],
    [
      'a loop',
      'shipped',
      '{{ brand.name }} {% for x in order.items %}{% endfor %}',
      '2:27 shipped.text: tag "for" not found',
    ],
    ['an assignment', 'shipped', '{{ brand.name }}{% assign a = 1 %}', '2:26 shipped.text: tag "assign" not found'],
    ['an include', 'shipped', '{{ brand.name }}{% include "x" %}', '2:26 shipped.text: tag "include" not found'],
    ['a render', 'shipped', '{{ brand.name }}{% render "x" %}', '2:26 shipped.text: tag "render" not found'],
    ['a raw block', 'shipped', '{{ brand.name }}{% raw %}x{% endraw %}', '2:26 shipped.text: tag "raw" not found'],
    [
      'an unknown filter',
      'shipped',
      '{{ brand.name }} {{ order.name | upcase }}',
      '2:27 shipped.text: undefined filter: upcase',
    ],
    [
      "Liquid's own filters",
      'shipped',
      '{{ brand.name | append: "x" }}',
      '2:10 shipped.text: undefined filter: append',
    ],
    [
      'a tag that is not closed',
      'shipped',
      '{{ brand.name }} {% if order.name %}',
      '2:27 shipped.text: tag {% if order.name %} not closed',
    ],
    [
      'an output that is not closed',
      'shipped',
      '{{ brand.name }} {{ order.name',
      '2:27 shipped.text: output "{{ order.name" not closed',
    ],
    [
      'a text printed by Liquid',
      'shipped',
      '{{ brand.name }} {{ "x" }}',
      '2:27 shipped.text: print one placeholder: {{ name }} or {{ name | filter }}',
    ],
    [
      'two placeholders at once',
      'shipped',
      '{{ brand.name }} {{ order.name order.items }}',
      '2:27 shipped.text: print one placeholder: {{ name }} or {{ name | filter }}',
    ],
    [
      'two filters',
      'shipped',
      '{{ brand.name | default: "x" | default: "y" }}',
      '2:10 shipped.text: one filter at most: default is the second',
    ],
    [
      'a bare amount',
      'shipped',
      '{{ brand.name }} {{ order.total }}',
      '2:30 shipped.text: order.total is a money and needs a filter: money',
    ],
    [
      'a bare date',
      'shipped',
      '{{ brand.name }} {{ order.placedAt }}',
      '2:30 shipped.text: order.placedAt is a date and needs a filter: date or time',
    ],
    [
      'a filter on the wrong type',
      'shipped',
      '{{ brand.name | money }}',
      '2:10 shipped.text: money does not work on brand.name, a text',
    ],
    [
      'an unknown date style',
      'shipped',
      '{{ brand.name }} {{ time.now | date: "%Y" }}',
      '2:27 shipped.text: date takes one of "day", "weekday"',
    ],
    [
      'a date style that is a placeholder',
      'shipped',
      '{{ brand.name }} {{ time.now | date: order.name }}',
      '2:27 shipped.text: date takes one of "day", "weekday"',
    ],
    [
      'a plural without other',
      'shipped',
      '{{ brand.name }} {{ item.quantity | plural: one: "x" }}',
      '2:27 shipped.text: plural takes quoted words by plural category: one: "day", other: "days"',
    ],
    [
      'a default that is a placeholder',
      'shipped',
      '{{ brand.name }} {{ order.name | default: order.items }}',
      '2:27 shipped.text: default takes one quoted text',
    ],
    [
      'an argument too many',
      'shipped',
      '{{ brand.name }} {{ time.now | time: "x" }}',
      '2:27 shipped.text: time takes nothing',
    ],
    [
      'a filter in a condition',
      'shipped',
      '{{ brand.name }}{% if order.name | default: "x" %}{% endif %}',
      '2:26 shipped.text: a condition takes no filter',
    ],
    [
      'a range in a condition',
      'shipped',
      '{{ brand.name }}{% if order.parcelCount == (1..3) %}{% endif %}',
      '2:53 shipped.text: a condition takes no range',
    ],
    [
      'a choice that never happens',
      'shipped',
      '{{ brand.name }}{% case order.fulfilment %}{% when "shiped" %}x{% endcase %}',
      '2:61 shipped.text: order.fulfilment is never "shiped", but one of shipped, pickup, digital, service',
    ],
    [
      'a when that is no word',
      'shipped',
      '{{ brand.name }}{% case order.name %}{% when order.items %}x{% endcase %}',
      '2:55 shipped.text: when takes quoted words',
    ],
    [
      'no brand name',
      'shipped',
      'Your order is on its way',
      '2:10 shipped.text: {{ brand.name }} is missing, or only there under a condition',
    ],
    [
      'a brand name under a condition',
      'shipped',
      '{% if order.name %}{{ brand.name }}{% endif %}',
      '2:10 shipped.text: {{ brand.name }} is missing, or only there under a condition',
    ],
    [
      'a promotion without a way out',
      'bundle_offer',
      '{{ brand.name }}: hello',
      '2:10 bundle_offer.text: a promotional text ends with {{ opt_out }}',
    ],
    [
      'a way out that is not at the end',
      'bundle_offer',
      '{{ brand.name }} {{ opt_out }} {{ order.name }}',
      '2:10 bundle_offer.text: a promotional text ends with {{ opt_out }}',
    ],
    [
      'a way out under a condition',
      'bundle_offer',
      '{{ brand.name }}{% if order.name %}{{ opt_out }}{% endif %}',
      '2:10 bundle_offer.text: a promotional text ends with {{ opt_out }}',
    ],
    [
      'sales talk about an order',
      'shipped',
      '{{ brand.name }}: here is a coupon',
      '2:38 shipped.text: "coupon" sells, and shipped is transactional',
    ],
    [
      'a percentage about an order',
      'shipped',
      '{{ brand.name }}: 20% off',
      '2:30 shipped.text: "%" sells, and shipped is transactional',
    ],
    [
      'sales talk in the words of a filter',
      'shipped',
      '{{ brand.name | default: "Big sale" }}',
      '2:41 shipped.text: "sale" sells, and shipped is transactional',
    ],
    [
      'a product link about an order',
      'delivered',
      '{{ brand.name }} {{ item.complementUrl }}',
      '2:30 delivered.text: {{ item.complementUrl }} sells, and delivered is transactional',
    ],
    [
      'the public review link in a private question',
      'rating_request',
      '{{ brand.name }} {{ brand.reviewUrl }}',
      '2:30 rating_request.text: {{ brand.reviewUrl }} sells, and rating_request is service_feedback',
    ],
    [
      'sales talk in an answer to STOP',
      'opt_out_confirmed',
      '{{ brand.name }}: no further messages, but deals',
      '2:53 opt_out_confirmed.text: "deals" sells, and opt_out_confirmed is compliance',
    ],
    [
      'an answer to STOP that does not say so',
      'opt_out_confirmed',
      '{{ brand.name }}: bye',
      '2:10 opt_out_confirmed.text: must say "no further messages"',
    ],
    [
      'an answer to START without its costs',
      'opt_in_confirmed',
      '{{ brand.name }}: HELP, frequency {{ opt_out }}',
      '2:10 opt_in_confirmed.text: must say "data rates may apply"',
    ],
    [
      'an answer to HELP without a contact',
      'help',
      '{{ brand.name }}: hello',
      '2:10 help.text: {{ brand.supportUrl }} is missing, or only there under a condition',
    ],
    ['a curly quote', 'shipped', '{{ brand.name }}: it’s here', '2:30 shipped.text: "’" is not in the GSM alphabet'],
    [
      'a capital letter with an accent',
      'shipped',
      '{{ brand.name }}: È qui',
      '2:28 shipped.text: "È" is not in the GSM alphabet',
    ],
  ])('is refused for %s, at its line and column', (_what, kind, text, complaint) => {
    expect(complaintsAbout(kind, text)).toEqual([`templates/en.yaml:${complaint}`]);
  });

  it.each<[what: string, locale: Locale, kind: MessageKind, text: string, complaint: string]>([
    [
      'Italian sales talk',
      'it',
      'shipped',
      '{{ brand.name }}: uno Sconto per te',
      '2:32 shipped.text: "Sconto" sells, and shipped is transactional',
    ],
    [
      'Korean sales talk',
      'ko',
      'shipped',
      '{{ brand.name }}: 지금 할인중',
      '2:31 shipped.text: "할인" sells, and shipped is transactional',
    ],
    [
      'the Korean label',
      'ko',
      'bundle_offer',
      '(광고) {{ brand.name }} {{ opt_out }}',
      '2:10 bundle_offer.text: leave "(광고)" to the rules of the recipient\'s country',
    ],
    [
      'another spelling of a label',
      'ko',
      'bundle_offer',
      '[광고] {{ brand.name }} {{ opt_out }}',
      '2:10 bundle_offer.text: leave "[광고]" to the rules of the recipient\'s country',
    ],
    [
      'a label anywhere',
      'en',
      'shipped',
      '{{ brand.name }} <ADV>',
      '2:27 shipped.text: leave "<ADV>" to the rules of the recipient\'s country',
    ],
    [
      'a way out in the middle of an answer',
      'en',
      'help',
      '{{ brand.name }} {{ opt_out }} {{ brand.supportUrl }}',
      '2:30 help.text: {{ opt_out }} stands at the end, outside of every condition',
    ],
  ])('is refused for %s', (_what, locale, kind, text, complaint) => {
    expect(complaintsAbout(kind, text, locale)).toEqual([`templates/en.yaml:${complaint}`]);
  });

  it('is refused when a text takes another number of segments than it declares', () => {
    const tooLong = `'{{ brand.name }}: ${'x'.repeat(150)}'`;
    expect(complaintsOf(fileWith('shipped', entry(tooLong, 1, 9)))).toEqual([
      'templates/en.yaml:3:3 shipped.segments: takes 2, not 1',
      'templates/en.yaml:4:3 shipped.worst: takes up to 6, not 9',
    ]);
  });

  it('is refused when a text can become longer than the cap', () => {
    const endless = `'{{ brand.name }}${' {{ parcel.trackingUrl }}'.repeat(14)}'`;
    expect(complaintsOf(fileWith('shipped', entry(endless, 4, 31)))).toEqual([
      'templates/en.yaml:2:10 shipped.text: can be 1714 characters long; 1600 at most',
    ]);
  });

  it('is refused for a kind that is missing, unknown, or has neither one text nor two', () => {
    const { shipped: _left, ...others } = ALL_GOOD;
    const written = (entries: [string, string][]): string => entries.map(([name, body]) => `${name}:${body}`).join('');
    const rest = Object.entries(others);
    expect(complaintsOf(written(rest))[0]).toMatch(/^templates\/en\.yaml:1:1 shipped: /);
    expect(complaintsOf(written([['shiped', ALL_GOOD.shipped], ['shipped', ALL_GOOD.shipped], ...rest]))).toEqual([
      'templates/en.yaml:1:1 shiped: unknown key',
    ]);
    const onlyNew = "\n  new: { text: '{{ brand.name }}', segments: 1, worst: 1 }\n";
    expect(complaintsOf(written([['shipped', onlyNew], ...rest]))).toEqual([
      'templates/en.yaml:1:1 shipped: has text, segments and worst, or new and loyal which each have them',
    ]);
  });

  it('is refused for a key that is not known, and for YAML that is none', () => {
    expect(complaintsOf(fileWith('shipped', `${ALL_GOOD.shipped}  colour: red\n`))).toEqual([
      'templates/en.yaml:5:3 shipped.colour: unknown key',
    ]);
    expect(complaintsOf('shipped: [')[0]).toMatch(/^templates\/en\.yaml:1:\d+ /);
  });
});

describe('the place of a mistake', () => {
  it.each([
    ['folded over lines', '>-\n    {{ brand.name }}: your order\n    is {{ order.nmae }} here', '4:11'],
    ['kept in lines', '|-\n    {{ brand.name }}: your order\n\n    is {{ order.nmae }} here', '5:11'],
    ['plain', 'Hi {{ brand.name }} {{ order.nmae }}', '2:32'],
    ['plain over lines', 'Hi {{ brand.name }}\n    and {{ order.nmae }}', '3:12'],
    ['in single quotes with an apostrophe', "'{{ brand.name }} it''s {{ order.nmae }}'", '2:36'],
    ['in double quotes with quotes inside', '"{{ brand.name | default: \\"x\\" }} {{ order.nmae }}"', '2:47'],
  ])('is found in a text that is %s', (_style, text, place) => {
    expect(complaintsOf(fileWith('shipped', entry(text, 1, 1)))).toContain(
      `templates/en.yaml:${place} shipped.text: unknown placeholder order.nmae`,
    );
  });
});

describe('a folder of texts', () => {
  it('is refused with all mistakes of all files at once', () => {
    const written = (tag: string, text: string): void => {
      mkdirSync(join(folder, tag));
      writeFileSync(join(folder, tag, 'messages.yaml'), text);
    };
    written('en', fileWith('shipped', entry("'{{ brand.nmae }}'", 1, 1)));
    written('it', fileWith('shipped', entry("'{{ brand.name }} {{ x }} {{ y }}'", 1, 1)));
    written('fr', '');
    const italian =
      /it\/messages\.yaml:2:30 shipped\.text: unknown placeholder x\n.*it\/messages\.yaml:2:38 shipped\.text: unknown placeholder y/;
    expect(() => loadTemplates(folder)).toThrow(
      /en\/messages\.yaml:2:13 shipped\.text: unknown placeholder brand\.nmae/,
    );
    expect(() => loadTemplates(folder)).toThrow(italian);
    expect(() => loadTemplates(folder)).toThrow(/fr\/messages\.yaml:1:1 no such locale: en, it, ko/);
  });

  it('needs English, and no other language', () => {
    const english = mkdtempSync(join(folder, 'english-'));
    expect(() => loadTemplates(english)).toThrow(/en\/messages\.yaml:1:1 is missing/);
    mkdirSync(join(english, 'en'));
    const own = new URL('../../locales/en/messages.yaml', import.meta.url);
    writeFileSync(join(english, 'en', 'messages.yaml'), readFileSync(own));
    expect(Object.keys(loadTemplates(english))).toEqual(['en']);
  });
});
