/**
 * Makes any value from outside fit to stand in a text message: one line, bounded, nothing invisible. It is never read as a template. The
 * other files of this folder say what values of one type may hold besides: `name.ts` (people's names), `reported.ts` (other words that come
 * with an order or from a carrier, and numbers of orders and parcels), `url.ts` (links). `calls.ts` finds what a phone shows as a link or a
 * number to call.
 */
import type { Locale } from '../../domain/sending/message.ts';
import { TERMS } from '../../locales/load.ts';
import { plainGsm, toNfc } from '../../domain/text/segments.ts';

/**
 * The segment calculator never splits what a person sees as one character, however many UTF-16 units that has (`Z̸̧̛`
 * can have hundreds). Six is enough for a flag, an emoji with skin tone and most Indic syllables.
 */
export const LONGEST_CLUSTER = 6;

/** Joiners, direction marks, fillers, private and unassigned characters: they make a text say something else than it shows. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Co}\p{Cn}\uFFFD]/gu;
const BLANK = /[\p{Cc}\p{Z}]+/gu;

/**
 * A text of at most `longest` UTF-16 units, cut between words where that keeps at least half of it, else between
 * characters, and never behind a word that leads to the next one ("macinato per"); null when nothing is left. In a language of the GSM alphabet, typographic signs become their GSM counterparts; letters are
 * never changed.
 */
export function cleanText(raw: string, longest: number, locale: Locale): string | null {
  // A part that is cut away cannot grow back: NFC triples the length at worst.
  const bounded = raw.slice(0, longest * 8).toWellFormed();
  const composed = toNfc(bounded.replaceAll(INVISIBLE, '').replaceAll(BLANK, ' '));
  const plain = TERMS[locale].alphabet === 'gsm' ? plainGsm(composed) : composed;
  // A mark without a letter would change the letter of our own text before it.
  const text = cut(plain.replace(/^[\s\p{M}]+/u, '').trimEnd(), longest);
  return text === '' ? null : text;
}

/** Made once: it takes longer to make than to cut a text with. */
const CHARACTERS = new Intl.Segmenter('en', { granularity: 'grapheme' });

function cut(text: string, longest: number): string {
  let kept = '';
  for (const { segment } of CHARACTERS.segment(text)) {
    const cluster =
      segment.length > LONGEST_CLUSTER
        ? segment.slice(0, LONGEST_CLUSTER).toWellFormed().replaceAll('\uFFFD', '')
        : segment;
    if (kept.length + cluster.length > longest) return atWord(kept, longest, segment === ' ');
    kept += cluster;
  }
  return kept;
}

/** `whole`: the part that was kept ends with a word. */
function atWord(kept: string, longest: number, whole: boolean): string {
  const space = whole ? kept.length : kept.lastIndexOf(' ');
  let text = (space >= longest / 2 ? kept.slice(0, space) : kept).replace(LOOSE_END, '');
  while (LEADS_ON.test(text)) text = text.replace(LEADS_ON, '').replace(LOOSE_END, '');
  return text;
}

const LOOSE_END = /[\s,;:(&+/-]+$/;

/** Prepositions, articles and conjunctions of the languages of our texts. A title can be in any of them, whatever the customer reads. */
export const LEADING_ON: readonly string[] = [
  ...'a an the of for with without and or to in on at by from per as into your'.split(' '),
  ...'di del dello della dei degli delle da dal dallo dalla dai dagli dalle al allo alla ai agli alle nel nello nella nei negli nelle'.split(
    ' ',
  ),
  ...'con col coi su sul sullo sulla sui sugli sulle tra fra e ed o od il lo la i gli le un uno una senza'.split(' '),
  ..."l’ l' dell’ dell' all’ all' nell’ nell' sull’ sull' dall’ dall' d’ d' un’ un'".split(' '),
  ...'및 또는 그리고 위한 대한'.split(' '),
];

const LEADS_ON = new RegExp(String.raw`(?<![^\s])(?:${LEADING_ON.join('|')})$`, 'iu');
