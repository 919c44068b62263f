/**
 * Finds links and numbers to call, as a phone shows them, in text that strangers can write. People sign up as "goo.gl/x" or "Call 0906
 * 123456" to make a shop text that to others.
 */
import type { Locale } from '../../domain/sending/message.ts';
import { cleanText } from './text.ts';
import { linkProblem } from '../../domain/orders/link-hosts.ts';

import tlds from 'tlds' with { type: 'json' };

/** The top-level domains of the root zone. If any two letters counted, "Dr.Martens" and "macinato.Scatola" would be hosts. */
const TOP_LEVEL: ReadonlySet<string> = new Set(tlds.map((tld) => tld.normalize('NFKC')));

/** Characters that a phone, or IDNA (UTS 46), reads as the dot of a host name. NFKC maps only the full-width and small ones. */
const DOTS = /[。｡．﹒․]/gu;
/** The schemes of numbers to call or to text. */
const DIALS = String.raw`(?<![\p{L}\p{N}])(?:tel|sms)`;
const SCHEME = new RegExp(String.raw`:\/\/|www\.|${DIALS}:`, 'u');
/** The part after a dot inside a word. Before the dot may be anything, because an emoji or a mark can be a host: `💩.la`. */
const AFTER_DOT = /(?<=[^\s.])\.([\p{L}\p{M}]+)/gu;
/** The end of a host that is not ASCII, as it is spelled in ASCII: `xn--p1ai` is `рф`. */
const SPELLED_OUT = /[^\s.]\.xn--/;
const ADDRESS = /(?<![\p{L}\p{N}-])\d{1,3}(?:\.\d{1,3}){3}(?![\p{L}\p{N}-])/u;
/** The ASCII end of a host, before letters of a script that has no spaces. */
const ASCII_START = /^[a-z]{2,}/;

/** True if a phone would show part of the text as a link: `goo.gl`, `evil。com`, `1.2.3.4`, `https://x`, `tel:1`. */
export function holdsLink(text: string): boolean {
  // NFKC, because a phone makes links of full-width letters too.
  const plain = text.normalize('NFKC').replaceAll(DOTS, '.').toLowerCase();
  if (SCHEME.test(plain) || ADDRESS.test(plain) || SPELLED_OUT.test(plain)) return true;
  // Any label may be the last one of the host: `여기evil.com방문`, `evil.de.Now`.
  return [...plain.matchAll(AFTER_DOT)].some(([, end = '']) => isTopLevel(end));
}

function isTopLevel(end: string): boolean {
  return TOP_LEVEL.has(end) || TOP_LEVEL.has(ASCII_START.exec(end)?.[0] ?? '');
}

/**
 * Seven digits in a row, with or without marks (the frame of a keycap is one), or nine with separators, are as long as a telephone number.
 * "Via Roma 12, 20121 Milano" has seven with separators, "2026-2027" eight. Shorter premium numbers (892424) cannot be told from a house
 * number. "tel" and signs before it go with it: of "Call:0906123456" stays "Call".
 */
const LONG_DIGITS = new RegExp(
  String.raw`(?:${DIALS}[:.\s]*)?[+:#-]*(?:\p{N}(?:\p{M}*\p{N}){6,}|\p{N}(?:[^\p{L}\p{N}]{0,2}\p{N}){8,})\p{M}*`,
  'giu',
);
const WORD = /\S+/gu;

/**
 * The text without words that hold a link and without long numbers. Removing one part can join others: "evil.1234567com". So it is
 * repeated; every round shortens the text.
 */
function withoutCalls(text: string): string {
  for (let before = text; ;) {
    const after = withoutLinks(withoutLongDigits(before)).replaceAll(/ {2,}/g, ' ');
    if (after === before) return after;
    before = after;
  }
}

function withoutLinks(text: string): string {
  return text.replaceAll(WORD, (word) => (holdsLink(word) ? '' : word));
}

function withoutLongDigits(text: string): string {
  // NFKC, because ① and ⁰ are read as digits too.
  const plain = text.normalize('NFKC');
  const short = plain.replaceAll(LONG_DIGITS, '');
  return short === plain ? text : short;
}

/** "Call:0906123456" is one word too, and no number of an order: letters with a colon, or a word that asks to call or to text. */
const ASKS_TO_CALL = /\p{L}\p{M}*:|(?<![a-z])(?:call|tel|sms)(?![a-z])/iu;

function asksToCall(word: string): boolean {
  return ASKS_TO_CALL.test(word);
}

/** Of words that come with an order or from a carrier. As `cleanText`, without links and without numbers as long as a telephone number. */
export function cleanReported(raw: string, longest: number, locale: Locale): string | null {
  // Cutting can make a link of a text that had none: "goo.glass". So it is repeated until nothing changes.
  for (let before = cleanText(raw, longest * 8, locale); before !== null;) {
    const after = cleanText(withoutCalls(before), longest, locale);
    if (after === before) return after;
    before = after;
  }
  return null;
}

const ONE_WORD = /^[\p{L}\p{N}#_/.:-]+$/u;

/**
 * The number of an order or a parcel. A single word without a link may have any digits, unless it asks to call them; other texts are
 * cleaned as by `cleanReported`.
 */
export function cleanReference(raw: string, longest: number, locale: Locale): string | null {
  const whole = cleanText(raw, longest * 8, locale);
  const keepsDigits = whole !== null && ONE_WORD.test(whole) && !asksToCall(whole) && !holdsLink(whole);
  return keepsDigits && whole.length <= longest ? whole : cleanReported(raw, longest, locale);
}

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/**
 * The link in plain ASCII, or null when it is none, is not https, or is too long: half a link is worse than none. `hosts`: the hosts it
 * may lead to. Left out, for the brand's own links: any host, and http for this machine itself, where the pages of `npm start` are.
 */
export function usableUrl(raw: string, longest: number, hosts?: readonly string[]): string | null {
  const given = raw.trim();
  const url = given.length > longest ? null : URL.parse(given);
  if (!url || url.username !== '' || url.password !== '') return null;
  const isOfThisMachine = url.protocol === 'http:' && LOOPBACK.test(url.hostname);
  if (url.protocol !== 'https:' && !isOfThisMachine) return null;
  if (hosts && linkProblem(given, hosts) !== undefined) return null;
  // The checked form is printed. In the letters that were given, another reader may find another host.
  const ascii = url.href === `${given}/` ? given : url.href;
  return ascii.length <= longest ? ascii : null;
}
