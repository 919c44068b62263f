/**
 * Reads a score in a customer's reply, while a score is asked for. It reads only unmistakable replies: a wrong score
 * has consequences, an unread one goes to a person. So the grammar is closed: a number of the scale, with words of
 * the scale, of praise and of courtesy. Other words may follow only as a comment, after a pause, and only a low
 * score. A question is never a score.
 */
import { hasDoubt } from './courtesy.ts';
import type { PhraseMatch, PhraseIndex, Sets } from './phrases.ts';
import { findPhrases, indexPhrases } from './phrases.ts';
import type { Word } from './plain-text.ts';
import { sentences } from './plain-text.ts';

export interface Scale {
  readonly min: number;
  readonly max: number;
}

const PLAIN_LISTS = ['units', 'of', 'full', 'best', 'before', 'after', 'praise', 'are', 'counts', 'doubts'] as const;
export const SCALE_LISTS = ['numbers', ...PLAIN_LISTS] as const;
type PlainList = (typeof PLAIN_LISTS)[number];

/** By language, as people write them; `numbers` are those from 0 to 10. */
export type ScaleLists = Readonly<
  Record<
    string,
    Readonly<Partial<Record<(typeof SCALE_LISTS)[number], readonly string[] | undefined>> & { sets?: Sets | undefined }>
  >
>;

/** `courtesy` says nothing about the score. */
type List = PlainList | 'courtesy' | `${number}`;
export type ScaleIndex = PhraseIndex<List>;

/** `courtesy`: phrases that may stand beside a score, if none of their words counts things. */
export function indexScale(lists: ScaleLists, courtesy: readonly string[]): ScaleIndex {
  const own = Object.values(lists).flatMap(({ sets, numbers = [], ...others }) => [
    ...numbers.map((text, value) => ({ list: `${value}` as const, text, sets })),
    ...PLAIN_LISTS.flatMap((list) => (others[list] ?? []).map((text) => ({ list, text, sets }))),
  ]);
  const counting = indexPhrases(own.filter(({ list }) => list === 'counts'));
  const polite = courtesy.filter((phrase) =>
    sentences(phrase).every((words) => findPhrases(words, counting).found.length === 0),
  );
  return indexPhrases<List>([...own, ...polite.map((text) => ({ list: 'courtesy' as const, text }))]);
}

/** The score of a reply. Undefined: there is a doubt, or the number is outside the scale. */
export function parseRating(text: string, scale: Scale, index: ScaleIndex): number | undefined {
  const plain = plainDigits(text);
  if (/[?¿؟]/u.test(plain) || ODD_NUMBER.test(plain)) return undefined;
  const stars = starRow(plain, scale);
  const spaced = (stars?.rest ?? plain).replaceAll('/', OUT_OF).replaceAll(/(?<=\d)(?=\p{L})|(?<=\p{L})(?=\d)/gu, ' ');
  const words = sentences(spaced).flat();
  if (words.length > MOST_WORDS) return undefined;
  const reply = readReply(words, index, plain);
  if (stars) return inside(stars.score, scale) && isComment(reply, 0, stars.score, scale) ? stars.score : undefined;
  const [score, ...others] = scoresIn(reply, scale);
  return others.length === 0 ? score : undefined;
}

/** Compatibility forms of digits and signs as their plain ones, keycaps too. */
function plainDigits(text: string): string {
  return text
    .replaceAll('🔟', '10')
    .normalize('NFKD')
    .replaceAll(/[\uFE0E\uFE0F\u20E3]/gu, '')
    .replaceAll('\u2044', '/');
}

/** Part of an amount, a time, a fraction, a range, a negative or an ordinal number. A slash belongs to the score alone. */
const ODD_NUMBER =
  /[#$€£¥₩+~<>=^*]\s*\d|\d\s*[%€$£¥₩°+]|\d[.,:'’]\d|\d\s*[-–—~]\s*\d|(?:^|\s)[-–—]\d|\d(?:st|nd|rd|th|º|ª)(?!\p{L})/iu;
/**
 * A longer answer says more than a score. The limit also bounds the work, because readings are compared with each
 * other.
 */
const MOST_WORDS = 150;
/** "4/5" as words. */
const OUT_OF = ' out of ';
/** Stars are no doubt about a score. */
const STARS = /[★☆]/gu;
/** Lists that may make up a comment on a high score: without numbers and units ("5, one star"). */
const KIND_LISTS: readonly List[] = ['praise', 'courtesy', 'before', 'after', 'full'];

/** Filled stars count; hollow ones may fill the row up to the scale's end and no further. */
function starRow(text: string, { max }: Scale): { readonly score: number; readonly rest: string } | undefined {
  const row = /^\s*((?:[★⭐🌟]\s?)+)((?:☆\s?)*)/u.exec(text);
  // Ten stars are never sent: on a scale of 0 to 10 a star is praise, not a score.
  if (!row || max > 5) return undefined;
  const filled = row[1]?.match(/[★⭐🌟]/gu)?.length ?? 0;
  const hollow = row[2]?.match(/☆/g)?.length ?? 0;
  return { score: hollow > 0 && filled + hollow !== max ? NaN : filled, rest: text.slice(row[0].length) };
}

/** The words of a reply, with all list entries that they contain. */
interface Reply {
  readonly words: readonly Word[];
  readonly found: readonly PhraseMatch<List>[];
  readonly sour: boolean;
}

function readReply(words: readonly Word[], index: ScaleIndex, text: string): Reply {
  const digits = words.flatMap(({ text: word }, at) =>
    /^(?:\d|10)$/u.test(word) ? [{ list: `${Number(word)}` as const, from: at, to: at + 1, vague: false }] : [],
  );
  const found = [...praiseWithVerb(findPhrases(words, index).found, words), ...digits];
  return { words, found, sour: hasDoubt(text.replaceAll(STARS, ' ')) };
}

/**
 * A word that is both a verb and a number belongs to the praise or courtesy that follows it, and is then no number:
 * "sei perfetto".
 */
function praiseWithVerb(found: readonly PhraseMatch<List>[], words: readonly Word[]): readonly PhraseMatch<List>[] {
  const verbs = new Set(
    found.flatMap(({ list, from, to }) => {
      const isFollowed = found.some((next) => (next.list === 'praise' || next.list === 'courtesy') && next.from === to);
      return list === 'are' && words[to - 1]?.last === false && isFollowed ? [from] : [];
    }),
  );
  return found
    .filter(({ list, from }) => !verbs.has(from) || list === 'are')
    .map((one) => (verbs.has(one.from) ? { ...one, list: 'praise' } : one));
}

/**
 * The position of a reading of the reply. `number`: the score was read. `outOf`: the end of the scale has to follow.
 */
type State = 'before' | 'number' | 'unit' | 'outOf' | 'after';

interface Place {
  readonly at: number;
  readonly state: State;
  readonly score?: number;
}

/** All scores that readings of the whole reply give. */
function scoresIn(reply: Reply, scale: Scale): number[] {
  const scores = new Set<number>();
  const places = new Map<string, Place>();
  const visit = (place: Place): void => void places.set(`${place.at} ${place.state} ${place.score}`, place);
  visit({ at: 0, state: 'before' });
  // The loop also visits places that are added while it runs; each is added once.
  for (const { at, state, score } of places.values()) {
    if (score !== undefined && state !== 'outOf' && isWhole(reply, at, score, scale)) scores.add(score);
    for (const { list, to } of reply.found.filter(({ from }) => from === at)) {
      const next = follow({ at, state, ...(score !== undefined && { score }) }, list, scale);
      if (next) visit({ ...next, at: to });
    }
  }
  return [...scores];
}

function follow({ state, score }: Place, list: List, { min, max }: Scale): Omit<Place, 'at'> | undefined {
  const value = Number(list);
  const beside = list === 'praise' || list === 'courtesy';
  if (state === 'outOf') return value === max && score !== undefined ? { state: 'after', score } : undefined;
  if (state === 'before') {
    if (list === 'before' || beside) return { state };
    if (list === 'full') return { state: 'after', score: max };
    return value >= min && value <= max ? { state: 'number', score: value } : undefined;
  }
  if (score === undefined) return undefined;
  if (state === 'number' && list === 'units') return { state: 'unit', score };
  if (state === 'number' && score === max && list === 'full') return { state: 'after', score };
  if (state === 'number' && score === max && list === 'best') return { state: 'before' };
  if (state !== 'after' && list === 'of') return { state: 'outOf', score };
  return list === 'after' || list === 'units' || beside ? { state: 'after', score } : undefined;
}

/** True if the reply ends here, or a comment follows after a pause. */
function isWhole(reply: Reply, at: number, score: number, scale: Scale): boolean {
  const next = reply.words[at];
  return (next === undefined || next.first) && isComment(reply, at, score, scale);
}

/**
 * A high score leads to an invitation to a public review. So a person reads its comment unless the lists contain all
 * of its words, because complaints use any words ("5. I hate it"). A low score leads to an agent anyway; beside
 * praise, its scale may be upside down.
 */
function isComment({ words, found, sour }: Reply, at: number, score: number, scale: Scale): boolean {
  const rest = found.filter(({ from }) => from >= at);
  const high = score > scale.min + (scale.max - scale.min) / 2;
  if (high) {
    if (sour || rest.some(({ list }) => list === 'counts')) return false;
    const kind = rest.filter(({ list }) => KIND_LISTS.includes(list));
    if (!covers(kind, at, words.length)) return false;
  } else if (found.some(({ list }) => list === 'praise')) return false;
  // A second number is a doubt: in digits anywhere, in a word if it stands alone.
  if (words.slice(at).some(({ text }) => /\d/u.test(text))) return false;
  if (rest.some((one) => Number(one.list) >= 0 && words[one.from]?.first && words[one.to - 1]?.last)) return false;
  return !rest.some(({ list, from }) => list === 'doubts' && from === at);
}

/** True if each word of a range belongs to one of these entries. */
function covers(found: readonly PhraseMatch<List>[], from: number, to: number): boolean {
  return Array.from({ length: to - from }, (_, index) => from + index).every((at) =>
    found.some((one) => one.from <= at && at < one.to),
  );
}

function inside(score: number, { min, max }: Scale): boolean {
  return score >= min && score <= max;
}
