/**
 * Makes a value from outside fit to stand in a text message: one line, bounded, nothing invisible. It is never read
 * as a template.
 */
import type { Locale } from '../domain/message.ts';
import { linkProblem } from '../domain/link-hosts.ts';
import { plainGsm, toNfc } from '../domain/segments.ts';
import { isName } from './names.ts';
import { holdsLink, withoutLinks, withoutLongDigits } from './no-link.ts';

/**
 * The segment calculator never splits what a person sees as one character, however many UTF-16 units that has (`Z̸̧̛`
 * can have hundreds). Six is enough for a flag, an emoji with skin tone and most Indic syllables.
 */
export const LONGEST_CLUSTER = 6;

/** Joiners, direction marks, fillers, private and unassigned characters: they make a text say something else than it shows. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Co}\p{Cn}\uFFFD]/gu;
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;
const BLANK = /[\p{Cc}\p{Z}]+/gu;
/**
 * A text of at most `longest` UTF-16 units, cut between words where that keeps at least half of it, else between
 * characters; null when nothing is left. Outside Korean, typographic signs become their GSM counterparts; letters are
 * never changed.
 */
export function cleanText(raw: string, longest: number, locale: Locale): string | null {
  // Whatever is cut away cannot grow back: NFC triples the length at worst.
  const bounded = raw.slice(0, longest * 8).toWellFormed();
  const composed = toNfc(bounded.replaceAll(INVISIBLE, '').replaceAll(BLANK, ' '));
  const plain = locale === 'ko' ? composed : plainGsm(composed);
  // A mark without a letter would change the letter of our own text before it.
  const text = cut(plain.replace(/^[\s\p{M}]+/u, '').trimEnd(), longest);
  return text === '' ? null : text;
}

/** As `cleanText`, but null if it cannot be a name (`names.ts`). */
export function cleanName(raw: string, longest: number, locale: Locale): string | null {
  const whole = cleanText(raw, longest * 8, locale);
  return whole === null || !isName(whole) ? null : cleanText(whole, longest, locale);
}

/** As `cleanText`, without words that a phone shows as a link and without numbers as long as a telephone number. */
export function cleanReported(raw: string, longest: number, locale: Locale): string | null {
  // Cutting can make a link of a text that had none: "goo.glass". So it is repeated until nothing changes.
  for (let before = cleanText(raw, longest * 8, locale); before !== null;) {
    const after = cleanText(withoutCalls(before), longest, locale);
    if (after === before) return after;
    before = after;
  }
  return null;
}

/** Removing one part can join others: "evil.1234567com". So it is repeated; every round shortens the text. */
function withoutCalls(text: string): string {
  for (let before = text; ;) {
    const after = withoutLinks(withoutLongDigits(before)).replaceAll(/ {2,}/g, ' ');
    if (after === before) return after;
    before = after;
  }
}

const ONE_WORD = /^[\p{L}\p{N}#_/.:-]+$/u;
/** "Call:0906123456" is one word too, and no number of an order: letters with a colon, or a word that asks to call or to text. */
const ASKS_TO_CALL = /\p{L}\p{M}*:|(?<![a-z])(?:call|tel|sms)(?![a-z])/iu;

/**
 * The number of an order or a parcel. A single word without a link may have any digits, unless it asks to call them; other texts are
 * cleaned as by `cleanReported`.
 */
export function cleanReference(raw: string, longest: number, locale: Locale): string | null {
  const whole = cleanText(raw, longest * 8, locale);
  const keepsDigits = whole !== null && ONE_WORD.test(whole) && !ASKS_TO_CALL.test(whole) && !holdsLink(whole);
  return keepsDigits && whole.length <= longest ? whole : cleanReported(raw, longest, locale);
}

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

function cut(text: string, longest: number): string {
  let kept = '';
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)) {
    const cluster =
      segment.length > LONGEST_CLUSTER
        ? segment.slice(0, LONGEST_CLUSTER).toWellFormed().replaceAll('\uFFFD', '')
        : segment;
    if (kept.length + cluster.length > longest) return atWord(kept, longest);
    kept += cluster;
  }
  return kept;
}

function atWord(kept: string, longest: number): string {
  const space = kept.lastIndexOf(' ');
  return (space >= longest / 2 ? kept.slice(0, space) : kept).replace(/[\s,;:(&+-]+$/, '');
}
