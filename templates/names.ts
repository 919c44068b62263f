/**
 * The characters that a name may have. Anybody can order with any name and with a stranger's number, so neither "Call 0906123456" nor what looks
 * like it may be printed as one.
 */

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
/** Modifier letters are signs of phonetics, except 々 of Japanese and ๆ of Thai. */
const LETTER = /[\p{Lu}\p{Ll}\p{Lt}\p{Lo}]/u;
/** Letters with their marks, spaces, apostrophes and hyphens; a dot only once, after a letter that stands alone: "Anna J. D'Amico-Rossi". */
const SIGNS =
  /^(?:[\p{Lu}\p{Ll}\p{Lt}\p{Lo}\p{Mn}\p{Mc}々ๆーʻʼ '’‐-]|(?<=(?:^|[ '’‐-])\p{L}\p{M}*)\.(?= |$)(?!.*\.))+$/u;

/** Of a text that `cleanText` has cleaned. */
export function isName(text: string): boolean {
  return SIGNS.test(text) && LETTER.test(text) && ONE_SCRIPT.test(text);
}
