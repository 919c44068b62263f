/**
 * Removes words that a phone shows as a link or a telephone number from text that strangers can write. People sign up as "goo.gl/x" or
 * "Call 0906 123456" to make a shop text that to others.
 */
import tlds from 'tlds' with { type: 'json' };

/** The top-level domains of the root zone. If any two letters counted, "Dr.Martens" and "macinato.Scatola" would be hosts. */
const TOP_LEVEL: ReadonlySet<string> = new Set(tlds);

/** Characters that a phone, or IDNA (UTS 46), reads as the dot of a host name. NFKC maps only the full-width and small ones. */
const DOTS = /[。｡．﹒․]/gu;
const SCHEME = /:\/\/|www\./iu;
const DOTTED = /[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu;
const ADDRESS = /^\d{1,3}(?:\.\d{1,3}){3}$/;
/** The ASCII end of a host, before letters of a script that has no spaces. */
const ASCII_START = /^[a-z]{2,}/;

/** True if a phone would show part of the text as a link: `goo.gl`, `evil。com`, `1.2.3.4`, `https://x`. */
export function holdsLink(text: string): boolean {
  // NFKC, because a phone makes links of full-width letters too.
  const plain = text.normalize('NFKC').replaceAll(DOTS, '.').toLowerCase();
  return SCHEME.test(plain) || [...plain.matchAll(DOTTED)].some(([dotted]) => isHost(dotted));
}

function isHost(dotted: string): boolean {
  if (ADDRESS.test(dotted)) return true;
  // Any label may be the last one of the host: `여기evil.com방문`, `evil.de.Now`.
  const [, ...ends] = dotted.split('.');
  return ends.some((end) => TOP_LEVEL.has(end) || TOP_LEVEL.has(ASCII_START.exec(end)?.[0] ?? ''));
}

/**
 * Seven digits in a row, or nine with separators, are as long as a telephone number. "Via Roma 12, 20121 Milano" has seven with
 * separators, "2026-2027" eight. Shorter premium numbers (892424) cannot be told from a house number.
 */
const LONG_DIGITS = /\+?(?:\p{Nd}{7,}|\p{Nd}(?:[\p{Z}\p{P}]{0,2}\p{Nd}){8,})/gu;
const PICTURE_OF_LINK = /\S+/gu;

/** The text without words that hold a link and without long numbers. */
export function withoutLinks(text: string): string {
  return text.replaceAll(PICTURE_OF_LINK, (word) => (holdsLink(word) ? '' : word));
}

export function withoutLongDigits(text: string): string {
  return text.replaceAll(LONG_DIGITS, '');
}
