/**
 * Takes out of a text that strangers can write what a phone makes a link or a call of. People sign up as "goo.gl/x" or
 * "Call 0906 123456" to make a shop send that to somebody else.
 */
import tlds from 'tlds' with { type: 'json' };

/** The top-level domains of the root zone: with any two letters instead, "Dr.Martens" and "macinato.Scatola" would be hosts. */
const TOP_LEVEL: ReadonlySet<string> = new Set(tlds);

/** Dots that a phone, or IDNA (UTS 46), reads as the dot of a host name. NFKC maps the full-width and small ones only. */
const DOTS = /[。｡．﹒․]/gu;
const SCHEME = /:\/\/|www\./iu;
const DOTTED = /[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu;
const ADDRESS = /^\d{1,3}(?:\.\d{1,3}){3}$/;
/** The end of a host where a script without spaces goes on behind it. */
const ASCII_START = /^[a-z]{2,}/;

/** True where a phone would underline some of it: `goo.gl`, `evil。com`, `1.2.3.4`, `https://x`. */
export function holdsLink(text: string): boolean {
  // Compatibility forms, too: a phone makes a link of full-width letters.
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
 * Seven digits in a row, or nine with something between them, are as long as a telephone number. "Via Roma 12, 20121 Milano" has
 * seven with something between, "2026-2027" eight. Shorter numbers that cost money (892424) cannot be told from a house's.
 */
const LONG_DIGITS = /\+?(?:\p{Nd}{7,}|\p{Nd}(?:[\p{Z}\p{P}]{0,2}\p{Nd}){8,})/gu;
const PICTURE_OF_LINK = /\S+/gu;

/** The text without its words that hold a link and without its long numbers. */
export function withoutLinks(text: string): string {
  return text.replaceAll(PICTURE_OF_LINK, (word) => (holdsLink(word) ? '' : word));
}

export function withoutLongDigits(text: string): string {
  return text.replaceAll(LONG_DIGITS, '');
}
