/**
 * Words of customers who want no messages, messages again, or help, in every language of the rules. All languages hold for every customer,
 * because an opt-out has no right language. A keyword is a whole message; of longer texts only a wish to stop is looked for.
 */

import type { PhraseMatch, Phrase, PhraseIndex, Sets } from './phrases.ts';
import { findPhrases, indexPhrases } from './phrases.ts';
import type { Word } from './plain-text.ts';
import { normalise, runsOn, sentences } from './plain-text.ts';

export const KEYWORD_KINDS = ['stop', 'start', 'help'] as const;
export type KeywordKind = (typeof KEYWORD_KINDS)[number];

export const ANSWER_KINDS = ['yes', 'no'] as const;
export type AnswerKind = (typeof ANSWER_KINDS)[number];

/** Lists about longer texts, and `alsoOrder`, which marks words of `stop`. */
export const PHRASE_KINDS = [
  'alsoOrder',
  'anywhere',
  'polite',
  'phrases',
  'harmless',
  'unclear',
  'aboutOrder',
] as const;
export type PhraseKind = (typeof PHRASE_KINDS)[number];

export type WordList = KeywordKind | AnswerKind | PhraseKind;

/** Lists whose entries are written as in `phrases.ts`. */
export const PATTERN_KINDS = ['polite', 'phrases', 'harmless', 'unclear', 'aboutOrder'] as const;
/** The lists of wishes about messages. */
const WISH_KINDS = ['phrases', 'harmless', 'unclear', 'aboutOrder'] as const;
type WishKind = (typeof WISH_KINDS)[number];

/** Word lists by language, as people write them. */
export type KeywordLists = Readonly<
  Record<string, Readonly<Partial<Record<WordList, readonly string[] | undefined>> & { sets?: Sets | undefined }>>
>;

export interface KeywordMatch {
  readonly kind: KeywordKind;
  /** As it stands in the list, e.g. `STOP`. */
  readonly word: string;
  /** The language whose list has it; of a word in several lists, the first. The contact's own locale says how to answer. */
  readonly language: string;
  /**
   * The customer may mean the order: `CANCEL` is an opt-out (the FCC names it), although many customers mean their
   * purchase.
   */
  readonly alsoOrder?: true;
}

/**
 * The meaning of a longer text about messages. `refusal`: the customer wants none. `harmless`: the word is used for
 * another thing.
 */
export type Wish = 'refusal' | 'unclear' | 'harmless';

export interface KeywordIndex {
  /** Every keyword by its normalised form. */
  readonly words: ReadonlyMap<string, KeywordMatch>;
  readonly answers: ReadonlyMap<string, AnswerKind>;
  readonly polite: PhraseIndex<'polite'>;
  readonly wishes: PhraseIndex<WishKind | 'alone'>;
}

/** If two lists share a word, the opt-out counts: an opt-out by mistake can be undone. */
export function indexKeywords(lists: KeywordLists): KeywordIndex {
  const all = (list: WordList): string[] => Object.values(lists).flatMap((words) => words[list] ?? []);
  return {
    words: wordsOf(lists, new Set(all('alsoOrder').map(normalise))),
    answers: new Map(ANSWER_KINDS.flatMap((kind) => all(kind).map((word) => [normalise(word), kind] as const))),
    polite: indexPhrases(phrasesOf(lists, ['polite'])),
    wishes: indexPhrases([
      ...phrasesOf(lists, WISH_KINDS),
      // Alone between commas the word is a wish, unless the text is about an order. Beside other words it may be a
      // wish.
      ...all('anywhere').flatMap((word) => [
        { list: 'alone' as const, text: `^${word}$` },
        { list: 'unclear' as const, text: word },
      ]),
    ]),
  };
}

function phrasesOf<L extends WordList>(lists: KeywordLists, kinds: readonly L[]): Phrase<L>[] {
  return Object.values(lists).flatMap((words) =>
    kinds.flatMap((list) => (words[list] ?? []).map((text) => ({ list, text, sets: words.sets }))),
  );
}

function wordsOf(lists: KeywordLists, orders: ReadonlySet<string>): Map<string, KeywordMatch> {
  const words = new Map<string, KeywordMatch>();
  for (const kind of KEYWORD_KINDS) {
    for (const [language, { [kind]: list = [] }] of Object.entries(lists)) {
      for (const word of list) {
        const key = normalise(word);
        if (key === '' || words.has(key)) continue;
        words.set(key, { kind, word, language, ...(kind === 'stop' && orders.has(key) && { alsoOrder: true }) });
      }
    }
  }
  return words;
}

/**
 * The keyword of a message that consists of it, whatever its case, accents, width, punctuation, quotes and emoji.
 * Undefined: the message has more words.
 */
export function matchKeyword(text: string, { words }: KeywordIndex): KeywordMatch | undefined {
  const key = onceEach(normalise(text));
  return words.get(key) ?? (SPELT_OUT.test(key) ? words.get(key.replaceAll(' ', '')) : undefined);
}

/** "S T O P" and "s.t.o.p." are never a question, so letters spelt out count as the word. */
const SPELT_OUT = /^\S(?: \S)+$/u;

/** "STOP STOP STOP" counts as one STOP. */
function onceEach(text: string): string {
  const [first = '', ...others] = text.split(' ');
  return others.every((word) => word === first) ? first : text;
}

/** The answer, yes or no, of a message that consists of it. The caller asks only while a question is open. */
export function matchAnswer(text: string, { answers }: KeywordIndex): AnswerKind | undefined {
  return answers.get(normalise(text));
}

/** A word of opting out among words of politeness alone, in whatever languages: "stop please", "STOP per favore, thank you". */
export function politeKeyword(text: string, index: KeywordIndex): KeywordMatch | undefined {
  const match = matchKeyword(withoutPoliteness(text, index), index);
  return match?.kind === 'stop' ? match : undefined;
}

/** An answer, alone or among words of politeness: "no please", "no grazie". */
export function politeAnswer(text: string, index: KeywordIndex): AnswerKind | undefined {
  return matchAnswer(text, index) ?? matchAnswer(withoutPoliteness(text, index), index);
}

function withoutPoliteness(text: string, index: KeywordIndex): string {
  const left = sentences(text).flatMap((words) => blunt(words, index));
  return left.reduce((sum, word) => `${sum}${word.joined ? '' : ' '}${word.text}`, '');
}

/**
 * The meaning of a longer text about messages, if it has one. A harmless use hides the phrases that reach into it ("please stop by"),
 * unless one of them holds it whole ("stop at once"); of the same words it is harmless rather than unclear, and a wish rather than harmless, if the wish has no gap.
 * An unclear phrase hides a shorter wish within it. A STOP that stands alone in a text about an order is unclear: "Stop! Wrong address".
 * A text of signs, or of letters that only look like a keyword, is treated in the same way.
 */
export function wishIn(text: string, index: KeywordIndex): Wish | undefined {
  const read = sentences(text).map((words) => findPhrases(blunt(words, index), index.wishes).found);
  const aboutOrder = read.flat().some(({ list }) => list === 'aboutOrder');
  const wishes = new Set(read.map((found) => wishOf(found, aboutOrder)));
  return WISHES.find((wish) => wishes.has(wish)) ?? (looksLikeStop(text, index) ? 'unclear' : undefined);
}

/**
 * Signs that mean STOP if they are alone. They are no words, so no list can contain them. A raised hand can also be a
 * greeting.
 */
const STOP_SIGNS = /^[\s\p{P}]*(?:[🛑✋🚫⛔][\p{Emoji_Modifier}\uFE0F]*[\s\p{P}]*)+$/u;

/**
 * Cyrillic and Greek letters, each before the Latin one that it looks like: keyboards of two scripts put them into a STOP. Capitals are
 * apart, because `Ν` looks like N and `ν` like v.
 */
const LOOK_ALIKES = new Map(
  [
    'АA ВB ЕE ЅS ІI ЈJ КK МM НH ОO РP СC ТT УY ХX аa еe ѕs іi јj оo рp сc тt уy хx ԁd ԛq ԝw ѵv ҺH һh',
    'ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX αa εe ιi κk νv οo ρp τt υu χx',
  ].flatMap((pairs) => pairs.split(' ').map(([other = '', latin = '']) => [other, latin] as const)),
);

/** The match is only a doubt, because a word of Russian or Greek may look like a keyword. */
function looksLikeStop(text: string, index: KeywordIndex): boolean {
  if (STOP_SIGNS.test(text)) return true;
  const latin = text.replaceAll(/[\p{Script=Cyrillic}\p{Script=Greek}]/gu, (sign) => LOOK_ALIKES.get(sign) ?? sign);
  return latin !== text && (matchKeyword(latin, index)?.kind === 'stop' || politeKeyword(latin, index) !== undefined);
}

/** If a text has several sentences, the first of these meanings counts. */
const WISHES: readonly Wish[] = ['refusal', 'unclear', 'harmless'];

function wishOf(found: readonly PhraseMatch<WishKind | 'alone'>[], aboutOrder: boolean): Wish | undefined {
  const refusals = near(found.filter(({ list }) => list === 'phrases' || (list === 'alone' && !aboutOrder)));
  const unclear = near(found.filter(({ list }) => list === 'unclear'));
  const harmless = near(
    found.filter(
      (use) =>
        use.list === 'harmless' &&
        !refusals.some(use, (wish) => holdsMore(wish, use) || (holds(wish, use) && (use.vague || !wish.vague))) &&
        !unclear.some(use, (wish) => holdsMore(wish, use)),
    ),
  );
  const open = (wish: PhraseMatch<string>): boolean => !harmless.some(wish, (use) => overlap(wish, use));
  const doubts = near(unclear.all.filter(open));
  if (refusals.all.some((wish) => open(wish) && !doubts.some(wish, (doubt) => holdsMore(doubt, wish))))
    return 'refusal';
  if (doubts.all.length > 0) return 'unclear';
  return refusals.all.length + unclear.all.length > 0 ? 'harmless' : undefined;
}

/**
 * Places of phrases that can be asked for those near another. Only they are looked at: of all with all, a text of 2,000 words took a quarter
 * of a second.
 */
interface Near {
  readonly all: readonly PhraseMatch<string>[];
  readonly some: (place: PhraseMatch<string>, test: (other: PhraseMatch<string>) => boolean) => boolean;
}

function near(places: readonly PhraseMatch<string>[]): Near {
  const byFirst = new Map<number, PhraseMatch<string>[]>();
  let longest = 0;
  for (const place of places) {
    const same = byFirst.get(place.from) ?? [];
    if (!same.some(({ to, vague }) => to === place.to && vague === place.vague))
      byFirst.set(place.from, [...same, place]);
    longest = Math.max(longest, place.to - place.from);
  }
  const some: Near['some'] = ({ from, to }, test) => {
    for (let at = Math.max(0, from - longest); at < to; at += 1) if (byFirst.get(at)?.some(test)) return true;
    return false;
  };
  return { all: [...byFirst.values()].flat(), some };
}

/** Without the words of politeness. */
function blunt(words: readonly Word[], index: KeywordIndex): Word[] {
  const polite = findPhrases(words, index.polite).found.filter((one) => standsAlone(words, one));
  const left: Word[] = [];
  let first = false;
  for (const [at, word] of words.entries()) {
    first ||= word.first;
    if (!polite.some(({ from, to }) => from <= at && at < to)) {
      left.push({ ...word, first, joined: word.joined && !first });
      first = false;
      continue;
    }
    const before = left.at(-1);
    if (word.last && before) left[left.length - 1] = { ...before, last: true };
    if (word.last) first = false;
  }
  return left;
}

/**
 * Whether letters of a script without spaces are polite words: they end where a word ends, and one or two of them
 * have to be a whole word. `네` is not a part of `보네지마`.
 */
function standsAlone(words: readonly Word[], { from, to }: PhraseMatch<'polite'>): boolean {
  const [first, next] = [words[from], words[to]];
  if (!first || !runsOn(first.text)) return true;
  return !next?.joined && (to - from > 2 || !first.joined);
}

function holds(outer: PhraseMatch<string>, inner: PhraseMatch<string>): boolean {
  return outer.from <= inner.from && inner.to <= outer.to;
}

function holdsMore(outer: PhraseMatch<string>, inner: PhraseMatch<string>): boolean {
  return holds(outer, inner) && outer.to - outer.from > inner.to - inner.from;
}

function overlap(one: PhraseMatch<string>, other: PhraseMatch<string>): boolean {
  return one.from < other.to && other.from < one.to;
}
