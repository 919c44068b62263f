/**
 * Words of customers who want no messages, messages again, or help, in every language of the rules. All languages hold for every customer,
 * because an opt-out has no right language. A keyword is a whole message; of longer texts only a wish to stop is looked for.
 */

import type { Found, PhraseIndex, Sets } from './phrases.ts';
import { findPhrases, indexPhrases } from './phrases.ts';
import type { Word } from './plain-text.ts';
import { normalise, runsOn, sentences } from './plain-text.ts';

export const KEYWORD_KINDS = ['stop', 'start', 'help'] as const;
export type KeywordKind = (typeof KEYWORD_KINDS)[number];

export const ANSWER_KINDS = ['yes', 'no'] as const;
export type AnswerKind = (typeof ANSWER_KINDS)[number];

/** Lists about longer texts, and `alsoOrder`, which marks words of `stop`. */
export const PHRASE_KINDS = ['alsoOrder', 'anywhere', 'polite', 'phrases', 'harmless', 'unclear'] as const;
export type PhraseKind = (typeof PHRASE_KINDS)[number];

export type WordList = KeywordKind | AnswerKind | PhraseKind;

/** Lists whose entries are written as in `phrases.ts`. */
export const PATTERN_KINDS = ['polite', 'phrases', 'harmless', 'unclear'] as const;
type PatternKind = (typeof PATTERN_KINDS)[number];

/** By language, as people write the lists. */
export type KeywordLists = Readonly<
  Record<string, Readonly<Partial<Record<WordList, readonly string[] | undefined>> & { sets?: Sets | undefined }>>
>;

export interface KeywordMatch {
  readonly kind: KeywordKind;
  /** As it stands in the list, e.g. `STOP`. */
  readonly word: string;
  /** The language whose list has it; of a word in several lists, the first. The contact's own locale says how to answer. */
  readonly language: string;
  /** It may be about the order: `CANCEL` is an opt-out (the FCC names it), though many customers mean what they bought. */
  readonly alsoOrder?: true;
}

/** The meaning of a longer text about messages. `refusal`: stop them. `harmless`: it uses such a word for something else. */
export type Wish = 'refusal' | 'unclear' | 'harmless';

export interface KeywordIndex {
  /** Every keyword by its normalised form. */
  readonly words: ReadonlyMap<string, KeywordMatch>;
  readonly answers: ReadonlyMap<string, AnswerKind>;
  readonly patterns: PhraseIndex<PatternKind>;
}

/** Where two lists share a word, an opt-out wins over everything: stopping too much can be undone. */
export function indexKeywords(lists: KeywordLists): KeywordIndex {
  const all = (list: WordList): string[] => Object.values(lists).flatMap((words) => words[list] ?? []);
  return {
    words: wordsOf(lists, new Set(all('alsoOrder').map(normalise))),
    answers: new Map(ANSWER_KINDS.flatMap((kind) => all(kind).map((word) => [normalise(word), kind] as const))),
    patterns: indexPhrases([
      ...Object.values(lists).flatMap((words) =>
        PATTERN_KINDS.flatMap((list) => (words[list] ?? []).map((text) => ({ list, text, sets: words.sets }))),
      ),
      // Alone between commas it is a wish, and in company it may be one.
      ...all('anywhere').flatMap((word) => [
        { list: 'phrases' as const, text: `^${word}$` },
        { list: 'unclear' as const, text: word },
      ]),
    ]),
  };
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

/** The keyword that this message is, whatever its case, accents, width, punctuation, quotes and emoji; undefined for anything longer. */
export function matchKeyword(text: string, { words }: KeywordIndex): KeywordMatch | undefined {
  const key = onceEach(normalise(text));
  return words.get(key) ?? (SPELT_OUT.test(key) ? words.get(key.replaceAll(' ', '')) : undefined);
}

/** "S T O P" and "s.t.o.p." are never a question, so letters spelt out count as the word. */
const SPELT_OUT = /^\S(?: \S)+$/u;

/** "STOP STOP STOP" says it once. */
function onceEach(text: string): string {
  const [first = '', ...others] = text.split(' ');
  return others.every((word) => word === first) ? first : text;
}

/** The answer that this message is, yes or no, if a question is open. */
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

function withoutPoliteness(text: string, { patterns }: KeywordIndex): string {
  const left = sentences(text).flatMap((words) => blunt(words, findPhrases(words, patterns).found));
  return left.reduce((sum, word) => `${sum}${word.joined ? '' : ' '}${word.text}`, '');
}

/**
 * The meaning of a longer text about messages, if it has one. A harmless use hides the phrases that reach into it ("please stop by"),
 * unless one of them holds it whole ("stop at once"). A longer phrase of any list hides a shorter one within it.
 */
export function wishIn(text: string, { patterns }: KeywordIndex): Wish | undefined {
  const wishes = new Set(sentences(text).map((words) => wishOf(words, patterns)));
  return WISHES.find((wish) => wishes.has(wish));
}

/** In a text of several sentences the first of these counts. */
const WISHES: readonly Wish[] = ['refusal', 'unclear', 'harmless'];

function wishOf(sentence: readonly Word[], patterns: KeywordIndex['patterns']): Wish | undefined {
  const words = blunt(sentence, findPhrases(sentence, patterns).found);
  const { found } = findPhrases(words, patterns);
  const asked = found.filter(({ list }) => list === 'phrases' || list === 'unclear');
  const harmless = found.filter((use) => use.list === 'harmless' && !asked.some((phrase) => holds(phrase, use)));
  const open = asked.filter((phrase) => !harmless.some((use) => overlap(phrase, use)));
  const unclear = open.filter(({ list }) => list === 'unclear');
  if (open.some((one) => one.list === 'phrases' && !unclear.some((other) => holdsMore(other, one)))) return 'refusal';
  if (unclear.length > 0) return 'unclear';
  return asked.length > 0 ? 'harmless' : undefined;
}

/** Without the words of politeness. */
function blunt(words: readonly Word[], found: readonly Found<PatternKind>[]): Word[] {
  const polite = found.filter((one) => one.list === 'polite' && standsAlone(words, one));
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

/** Letters of a script without spaces end where a word ends, and so short a one is a word of its own: `네` is no part of `보네지마`. */
function standsAlone(words: readonly Word[], { from, to }: Found<PatternKind>): boolean {
  const [first, next] = [words[from], words[to]];
  if (!first || !runsOn(first.text)) return true;
  return !next?.joined && (to - from > 2 || !first.joined);
}

function holds(outer: Found<string>, inner: Found<string>): boolean {
  return outer.from <= inner.from && inner.to <= outer.to;
}

function holdsMore(outer: Found<string>, inner: Found<string>): boolean {
  return holds(outer, inner) && outer.to - outer.from > inner.to - inner.from;
}

function overlap(one: Found<string>, other: Found<string>): boolean {
  return one.from < other.to && other.from < one.to;
}
