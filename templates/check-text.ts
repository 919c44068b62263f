/** What a text of each class must say and must not say, checked when it is loaded. */
import { measureSms } from '../domain/segments.ts';
import type { Locale, MessageKind } from '../domain/message.ts';
import { kindRule } from '../domain/message.ts';
import type { Anatomy, Finding, Use } from './check-grammar.ts';
import { AD_LABEL, REQUIRED_PLACEHOLDERS, REQUIRED_WORDS, sellingWords } from './compliance.ts';
import { PLACEHOLDERS } from './placeholders.ts';

/**
 * All that is wrong with what a text says; its grammar has been checked before. `source` is the template as written.
 */
export function checkText(source: string, anatomy: Anatomy, kind: MessageKind, locale: Locale): Finding[] {
  const promotional = kindRule(kind).class === 'promotional';
  return [
    ...missingPlaceholders(anatomy, kind),
    ...missingWords(anatomy, kind, locale),
    ...wrongLabel(source, promotional, locale),
    ...(promotional ? missingOptOut(source, anatomy) : salesTalk(anatomy, kind, locale)),
    ...(locale === 'ko' ? [] : foreignLetters(anatomy)),
  ];
}

function missingPlaceholders({ uses }: Anatomy, kind: MessageKind): Finding[] {
  const wanted = ['brand.name', ...(REQUIRED_PLACEHOLDERS[kind] ?? [])];
  return wanted
    .filter((name) => !uses.some((use) => isAlwaysPrinted(use, name)))
    .map((name) => ({ offset: 0, what: `{{ ${name} }} is missing, or only there under a condition` }));
}

function isAlwaysPrinted(use: Use, name: string): boolean {
  return use.name === name && use.printed && use.always;
}

function missingWords({ words }: Anatomy, kind: MessageKind, locale: Locale): Finding[] {
  const said = words
    .map(({ text }) => text)
    .join(' ')
    .toLowerCase();
  const wanted = REQUIRED_WORDS[kind]?.[locale] ?? [];
  return wanted
    .filter((word) => !said.includes(word.toLowerCase()))
    .map((word) => ({ offset: 0, what: `must say "${word}"` }));
}

function wrongLabel(source: string, promotional: boolean, locale: Locale): Finding[] {
  const label = AD_LABEL[locale];
  if (label === undefined || source.startsWith(label) === promotional) return [];
  return [
    {
      offset: 0,
      what: promotional ? `an advertisement starts with ${label}` : `only an advertisement starts with ${label}`,
    },
  ];
}

/** It stands last, where people and networks look for it. */
function missingOptOut(source: string, { uses }: Anatomy): Finding[] {
  const last = uses.findLast(({ printed }) => printed);
  if (last && isAlwaysPrinted(last, 'opt_out') && /^opt_out\s*-?\}\}\s*$/.test(source.slice(last.offset))) return [];
  return [{ offset: 0, what: 'a promotional text ends with {{ opt_out }}' }];
}

/** One promotional sentence turns the whole message into an advertisement. */
function salesTalk({ words, uses }: Anatomy, kind: MessageKind, locale: Locale): Finding[] {
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
function foreignLetters({ words }: Anatomy): Finding[] {
  return words.flatMap(({ text, offset }) =>
    [...text.matchAll(/[^\n]/gu)]
      .filter(([character]) => measureSms(character).encoding === 'ucs2')
      .map((match) => ({ offset: offset + match.index, what: `"${match[0]}" is not in the GSM alphabet` })),
  );
}
