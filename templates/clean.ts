/**
 * Makes a value from outside fit to stand in a text message: one line, bounded, nothing invisible. It is never read
 * as a template.
 */
import { plainGsm, toNfc } from '../domain/segments.ts';
import type { Locale } from '../domain/message.ts';

/**
 * The segment calculator never splits what a person sees as one character, however many UTF-16 units that has (`Z̸̧̛`
 * can have hundreds). Six is enough for a flag, an emoji with skin tone and most Indic syllables.
 */
export const LONGEST_CLUSTER = 6;

/** Joiners, direction marks, private and unassigned characters: they make a text say something else than it shows. */
const INVISIBLE = /[\p{Cf}\p{Co}\p{Cn}\uFFFD]/gu;
const BLANK = /[\p{Cc}\p{Z}]+/gu;
/** People sign up as "Hi, visit evil.example" to make a shop send that to a stranger. */
const LINK =
  /:\/\/|www\.|\.\p{L}{2,}\/|[\p{L}\p{N}]\.(com|net|org|info|biz|shop|store|site|online|xyz|top|club|link|click|app|me|co|io|ly|it|kr|uk|ru|cn)(?!\p{L})/iu;

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

/** As `cleanText`, and null for a name that holds a link. */
export function cleanName(raw: string, longest: number, locale: Locale): string | null {
  const whole = cleanText(raw, longest * 8, locale);
  // Compatibility forms too: a phone makes a link of full-width letters.
  return whole === null || LINK.test(whole.normalize('NFKC')) ? null : cleanText(whole, longest, locale);
}

/** The link in plain ASCII, or null when it is none, is not http(s), or is too long: half a link is worse than none. */
export function usableUrl(raw: string, longest: number): string | null {
  const given = raw.trim();
  const url = given.length > longest ? null : URL.parse(given);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return null;
  const ascii = /^[\x21-\x7E]+$/.test(given) ? given : url.href;
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
