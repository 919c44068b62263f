/** Demands on the texts of each class, checked when they are loaded. */
import { measureSms } from '../domain/text/segments.ts';
import type { Locale, MessageKind } from '../domain/sending/message.ts';
import { kindRule } from '../domain/sending/message.ts';
import { TERMS } from '../locales/load.ts';
import type { Anatomy, GrammarFinding, Use } from './check-grammar.ts';
import { LABEL, REQUIRED_PLACEHOLDERS, sellingWords } from './compliance.ts';
import { PLACEHOLDERS } from './placeholders.ts';

/**
 * All that is wrong with what a text says; its grammar has been checked before. `source` is the template as written.
 */
export function checkText(source: string, anatomy: Anatomy, kind: MessageKind, locale: Locale): GrammarFinding[] {
  const promotional = kindRule(kind).class === 'promotional';
  return [
    ...missingPlaceholders(anatomy, kind),
    ...missingWords(anatomy, kind, locale),
    ...ownLabel(source),
    ...(promotional ? missingOptOut(source, anatomy) : salesTalk(anatomy, kind, locale)),
    ...(promotional ? [] : misplacedOptOut(source, anatomy)),
    ...(TERMS[locale].alphabet === 'gsm' ? foreignLetters(anatomy) : []),
  ];
}

function missingPlaceholders({ uses }: Anatomy, kind: MessageKind): GrammarFinding[] {
  const wanted = ['brand.name', ...(REQUIRED_PLACEHOLDERS[kind] ?? [])];
  return wanted
    .filter((name) => !uses.some((use) => isAlwaysPrinted(use, name)))
    .map((name) => ({ offset: 0, what: `{{ ${name} }} is missing, or only there under a condition` }));
}

function isAlwaysPrinted(use: Use, name: string): boolean {
  return use.name === name && use.printed && use.always;
}

function missingWords({ words }: Anatomy, kind: MessageKind, locale: Locale): GrammarFinding[] {
  const said = words
    .map(({ text }) => text)
    .join(' ')
    .toLowerCase();
  const wanted = TERMS[locale].required[kind] ?? [];
  return wanted
    .filter((word) => !said.includes(word.toLowerCase()))
    .map((word) => ({ offset: 0, what: `must say "${word}"` }));
}

/** One that stands there already would go to places that know none, or twice to those that do. */
function ownLabel(source: string): GrammarFinding[] {
  const label = LABEL.exec(source);
  return label ? [{ offset: label.index, what: `leave "${label[0]}" to the rules of the recipient's country` }] : [];
}

function missingOptOut(source: string, anatomy: Anatomy): GrammarFinding[] {
  return endsWithOptOut(source, anatomy) ? [] : [{ offset: 0, what: 'a promotional text ends with {{ opt_out }}' }];
}

function misplacedOptOut(source: string, anatomy: Anatomy): GrammarFinding[] {
  const use = anatomy.uses.find(({ name, printed }) => printed && name === 'opt_out');
  if (!use || endsWithOptOut(source, anatomy)) return [];
  return [{ offset: use.offset, what: '{{ opt_out }} stands at the end, outside of every condition' }];
}

/** People and networks look for it there. */
function endsWithOptOut(source: string, { uses }: Anatomy): boolean {
  const last = uses.findLast(({ printed }) => printed);
  const ends = last && isAlwaysPrinted(last, 'opt_out') && /^opt_out\s*-?\}\}\s*$/.test(source.slice(last.offset));
  return ends ?? false;
}

/** One promotional sentence turns the whole message into an advertisement. */
function salesTalk({ words, uses }: Anatomy, kind: MessageKind, locale: Locale): GrammarFinding[] {
  const { class: messageClass } = kindRule(kind);
  const said = words.flatMap(({ text, offset }) =>
    sellingWords(text, locale).map(({ word, offset: within }) => ({
      offset: offset + within,
      what: `"${word}" sells, and ${kind} is ${messageClass}`,
    })),
  );
  const printed = uses
    .filter(({ name }) => PLACEHOLDERS[name]?.sells)
    .map(({ name, offset }) => ({ offset, what: `{{ ${name} }} sells, and ${kind} is ${messageClass}` }));
  return [...said, ...printed];
}

/** One letter outside of the GSM alphabet takes a text from 160 to 70 characters per SMS. */
function foreignLetters({ words }: Anatomy): GrammarFinding[] {
  return words.flatMap(({ text, offset }) =>
    [...text.matchAll(/[^\n]/gu)]
      .filter(([character]) => measureSms(character).encoding === 'ucs2')
      .map((match) => ({ offset: offset + match.index, what: `"${match[0]}" is not in the GSM alphabet` })),
  );
}
