/**
 * Words of customers who want no messages, messages again, or help, in every language of the rules. All languages hold for every customer,
 * because an opt-out has no right language. A keyword is a whole message; of longer texts only a wish to stop is looked for.
 */

export const KEYWORD_KINDS = ['stop', 'start', 'help'] as const;
export type KeywordKind = (typeof KEYWORD_KINDS)[number];

export const ANSWER_KINDS = ['yes', 'no'] as const;
export type AnswerKind = (typeof ANSWER_KINDS)[number];

/** Lists about longer texts, and `alsoOrder`, which marks words of `stop`. */
export const PHRASE_KINDS = ['alsoOrder', 'polite', 'phrases', 'anywhere', 'harmless', 'unclear'] as const;
export type PhraseKind = (typeof PHRASE_KINDS)[number];

export type WordList = KeywordKind | AnswerKind | PhraseKind;

/** By language, as people write the lists. */
export type KeywordLists = Readonly<Record<string, Readonly<Partial<Record<WordList, readonly string[]>>>>>;

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
  readonly polite: readonly RegExp[];
  readonly refusals: readonly RegExp[];
  readonly harmless: readonly RegExp[];
  readonly unclear: readonly RegExp[];
}

/** Where two lists share a word, an opt-out wins over everything: stopping too much can be undone. */
export function indexKeywords(lists: KeywordLists): KeywordIndex {
  const all = (list: WordList): string[] => Object.values(lists).flatMap((words) => words[list] ?? []);
  const patterns = (...of: readonly WordList[]): RegExp[] => of.flatMap(all).map(patternOf);
  return {
    words: wordsOf(lists, new Set(all('alsoOrder').map(normalise))),
    answers: new Map(ANSWER_KINDS.flatMap((kind) => all(kind).map((word) => [normalise(word), kind] as const))),
    polite: patterns('polite'),
    refusals: patterns('phrases', 'anywhere'),
    harmless: patterns('harmless'),
    unclear: patterns('unclear'),
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

/** A word of opting out among words of politeness alone: "stop please", "basta grazie". */
export function politeKeyword(text: string, index: KeywordIndex): KeywordMatch | undefined {
  const plain = index.polite.reduce((rest, pattern) => rest.replaceAll(pattern, ' '), normalise(text));
  const match = matchKeyword(plain, index);
  return match?.kind === 'stop' ? match : undefined;
}

/** An answer, alone or among words of politeness: "no please", "no grazie". */
export function politeAnswer(text: string, index: KeywordIndex): AnswerKind | undefined {
  const plain = index.polite.reduce((rest, pattern) => rest.replaceAll(pattern, ' '), normalise(text));
  return matchAnswer(text, index) ?? matchAnswer(plain, index);
}

/**
 * The meaning of a longer text about messages, if it has one. A harmless use hides the phrases that reach into it ("please stop by"),
 * unless one of them holds it whole ("stop at once").
 */
export function wishIn(text: string, { refusals, harmless, unclear }: KeywordIndex): Wish | undefined {
  const plain = normalise(text);
  const asked = spansOf(plain, refusals);
  const innocent = spansOf(plain, harmless).filter(
    (use) => !asked.some((phrase) => phrase.to - phrase.from > use.to - use.from && holds(phrase, use)),
  );
  if (asked.some((phrase) => !innocent.some((use) => overlap(phrase, use)))) return 'refusal';
  if (spansOf(plain, unclear).length > 0) return 'unclear';
  return innocent.length > 0 ? 'harmless' : undefined;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

function spansOf(text: string, patterns: readonly RegExp[]): Span[] {
  return patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(({ index, 0: found }) => ({ from: index, to: index + found.length })),
  );
}

function holds(outer: Span, inner: Span): boolean {
  return outer.from <= inner.from && inner.to <= outer.to;
}

function overlap(one: Span, other: Span): boolean {
  return one.from < other.to && other.from < one.to;
}

/** Written without spaces between words, or with particles at their ends: there a phrase is found inside of them. */
const RUNS_ON = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

function patternOf(phrase: string): RegExp {
  const plain = normalise(phrase);
  return RUNS_ON.test(plain)
    ? new RegExp(plain.replaceAll(' ', ' ?'), 'gu')
    : new RegExp(String.raw`(?<![\p{L}\p{N}])${plain}(?![\p{L}\p{N}])`, 'gu');
}

/**
 * Compatibility forms folded, accents dropped, lower case, no apostrophe inside a word, and whatever is neither letter nor digit one
 * space: `«ＳＴＯＰ!!» 🛑` is `stop`, `Arrêt.` is `arret`, `opt-out` is `opt out`, `Don't` is `dont`. Doing it twice changes nothing.
 */
export function normalise(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}|\p{Cf}/gu, '')
    .toLowerCase()
    .normalize('NFC')
    .replaceAll(/(?<=\p{L})['’ʼ＇](?=\p{L})/gu, '')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
