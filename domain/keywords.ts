/**
 * STOP, START and HELP in every language we ship. A keyword counts only when it is the whole message: "Can I stop by the shop?"
 * is a question. All languages hold for everybody, because nobody can be asked to opt out in the right one.
 */

export const KEYWORD_KINDS = ['stop', 'start', 'help'] as const;
export type KeywordKind = (typeof KEYWORD_KINDS)[number];

/** By language, as people write the lists. */
export type KeywordLists = Readonly<Record<string, Readonly<Partial<Record<KeywordKind, readonly string[]>>>>>;

export interface KeywordMatch {
  readonly kind: KeywordKind;
  /** As it stands in the list, e.g. `STOP`. `CANCEL` is an opt-out too (the FCC names it) though some customers mean the order. */
  readonly word: string;
  /** The language whose list has it; of a word in several lists, the first. The contact's own locale says how to answer. */
  readonly language: string;
}

/** Every keyword by its normalised form. */
export type KeywordIndex = ReadonlyMap<string, KeywordMatch>;

/** Where two lists share a word, an opt-out wins over everything: stopping too much can be undone. */
export function indexKeywords(lists: KeywordLists): KeywordIndex {
  const index = new Map<string, KeywordMatch>();
  for (const kind of KEYWORD_KINDS) {
    for (const [language, words] of Object.entries(lists)) {
      for (const word of words[kind] ?? []) {
        const key = normalise(word);
        if (key !== '' && !index.has(key)) index.set(key, { kind, word, language });
      }
    }
  }
  return index;
}

/** The keyword that this message is, whatever its case, accents, width, punctuation, quotes and emoji; undefined for anything longer. */
export function matchKeyword(text: string, index: KeywordIndex): KeywordMatch | undefined {
  const key = normalise(text);
  return index.get(key) ?? (SPELT_OUT.test(key) ? index.get(key.replaceAll(' ', '')) : undefined);
}

/** "S T O P" and "s.t.o.p." are nobody's question, so letters spelt out count as the word. */
const SPELT_OUT = /^\S(?: \S)+$/u;

/**
 * Compatibility forms folded, accents dropped, lower case, and whatever is neither letter nor digit one space: `«ＳＴＯＰ!!» 🛑`
 * is `stop`, `Arrêt.` is `arret`, `opt-out` is `opt out`.
 */
function normalise(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}|\p{Cf}/gu, '')
    .toLowerCase()
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
