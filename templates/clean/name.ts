/**
 * People's names. A customer can order with any name and with a stranger's number, so neither "Call 0906123456" nor a text that looks like
 * it may be printed as one.
 */
import type { Locale } from '../../domain/sending/message.ts';
import { cleanText } from './text.ts';

/** The scripts that UTS 39 recommends. In others there are letters that look like a dot, a slash or a digit: `evilꓸcom` in Lisu. */
const SCRIPTS =
  'Arabic Armenian Bengali Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi Hebrew Kannada Khmer Lao Latin Malayalam Myanmar Oriya Sinhala Tamil Telugu Thaana Thai Tibetan';
/** Scripts that stand in one name together. */
const TOGETHER = ['Han Hiragana Katakana', 'Han Hangul', 'Han Bopomofo'];
/** Letters of no script of their own: ー of Japanese, the apostrophes of Hawaiian and Ukrainian. */
const SHARED = 'ーʻʼ';

/** One script only: letters of two can spell what neither can (`OՑOᏮ`, `evilノ`). */
const ONE_SCRIPT = new RegExp(
  [...SCRIPTS.split(' '), ...TOGETHER]
    .map((scripts) => `^[\\P{L}${SHARED}${scripts.replaceAll(/\w+ ?/g, (name) => `\\p{Script=${name.trim()}}`)}]+$`)
    .join('|'),
  'u',
);
/** All but modifier letters, which are signs of phonetics. Two of them are in names: 々 of Japanese and ๆ of Thai. */
const LETTER = String.raw`\p{Lu}\p{Ll}\p{Lt}\p{Lo}`;
const SOME_LETTER = new RegExp(`[${LETTER}]`, 'u');
/** Letters with their marks, spaces, apostrophes and hyphens. */
const SIGN = String.raw`[${LETTER}\p{Mn}\p{Mc}々ๆーʻʼ '’‐-]`;
/** A dot of an initial ("J.R.", "Hans-J. Weber") or of an abbreviation of two or three letters ("St. John"). No host has one there. */
const DOT = String.raw`(?<=(?:^|[ .'’‐-])(?:\p{L}\p{M}*|\p{Lu}\p{M}*(?:\p{L}\p{M}*){1,2}))\.(?=$|[ ‐-]|\p{L}\p{M}*(?:$|[. ‐-]))`;
const SIGNS = new RegExp(`^(?:${SIGN}|${DOT})+$`, 'u');

/** As `cleanText`, but null if it cannot be a name. */
export function cleanName(raw: string, longest: number, locale: Locale): string | null {
  const whole = cleanText(raw, longest * 8, locale);
  return whole === null || !isName(whole) ? null : cleanText(whole, longest, locale);
}

/** Words that shop systems and people put where a name is missing. Without letters there is none anyway: ".", "-", a number, an emoji. */
const NO_NAMES: ReadonlySet<string> = new Set(
  [
    'null|nil|none|nan|undefined|n.a.|n.a|not available|not provided|no name|noname|unnamed|unknown|anonymous|test|test test|testing|tester|test user|guest|customer|user',
    'name|first name|firstname|prova|sconosciuto|sconosciuta|ospite|cliente|utente|nome|nessuno|테스트|없음|이름|이름없음|고객|고객님|손님|미상|익명',
  ].flatMap((words) => words.split('|')),
);

/** "xxx", "aaaa" */
const ONE_LETTER = /^(\p{L})\1{2,}$/iu;

/** Left in a name by a program that had half of it: "Emma null". Not "Nan" or "None", which are names beside another word. */
const LEFTOVER = /^(?:null|undefined)$/;

/** Of a text that `cleanText` has cleaned. */
function isName(text: string): boolean {
  const plain = text.toLowerCase();
  const words = plain.split(/[ ‐-]+/u).filter((word) => word !== '');
  if (NO_NAMES.has(plain) || words.some((word) => LEFTOVER.test(word))) return false;
  if (words.every((word) => NO_NAMES.has(word) || ONE_LETTER.test(word))) return false;
  return SIGNS.test(text) && SOME_LETTER.test(text) && ONE_SCRIPT.test(text);
}
