/**
 * Phrases of the word lists, looked for in a text all at once: a tree whose branches are the words of the phrases, walked from every
 * word of the text. The work grows with the text's length and not with the number of phrases, and no text makes it grow faster: a walk is
 * as deep as a phrase is long, and one gap of a phrase passes over a few words.
 *
 * In a phrase, `(a|b c|)` stands for one of these, `{name}` for a word of the set of that name, `text*` and `*text` for a word that
 * begins or ends so, `*` for any, `...` for up to three words or eight letters of a script without spaces, but no comma. `^` in front and `$` at an
 * end: there the text, its sentence or what stands between commas begins or ends.
 */
import type { Word } from './plain-text.ts';
import { runsOn, sentences } from './plain-text.ts';

/** Words by the name of their set. */
export type Sets = Readonly<Record<string, readonly string[]>>;

export interface Phrase<L extends string> {
  readonly list: L;
  readonly text: string;
  readonly sets?: Sets | undefined;
}

/** A place of a phrase in a text. */
export interface PhraseMatch<L extends string> {
  readonly list: L;
  /** From this word of the sentence up to, without, that one. */
  readonly from: number;
  readonly to: number;
  /** A gap of the phrase is among them. */
  readonly vague: boolean;
}

export interface PhraseIndex<L extends string> {
  readonly root: Branch<L>;
  /**
   * The keys by which branches find a word: the word, its beginnings and ends with a star, and the sets that contain
   * one of these.
   */
  readonly names: ReadonlyMap<string, readonly string[]>;
  readonly longestPart: number;
}

interface Branch<L extends string> {
  readonly next: Map<string, Branch<L>[]>;
  readonly gaps: Branch<L>[];
  readonly ends: { readonly list: L; readonly first: boolean; readonly last: boolean }[];
}

/** A branch that a phrase has grown to. */
interface Tip<L extends string> {
  readonly branch: Branch<L>;
  /** The sentence has to end here. */
  readonly last: boolean;
}

/** A phrase that cannot be read; the message says why. */
export class PhraseMistake extends Error {}

/** A gap passes over at most three words, or eight letters. */
const GAP_ROOM = 24;
const WORD_ROOM = 8;
const LETTER_ROOM = 3;

/**
 * Brackets in a row share their continuation, so the index grows with the sum of their lists and not with the
 * product.
 */
export function indexPhrases<L extends string>(phrases: readonly Phrase<L>[]): PhraseIndex<L> {
  const root: Branch<L> = { next: new Map(), gaps: [], ends: [] };
  const names = new Map<string, string[]>();
  const sets = new Map<string, string>();
  const nameOf = (words: readonly string[]): string => {
    const [only = ''] = words;
    const key = words.toSorted().join(' ');
    const name = words.length === 1 ? only : (sets.get(key) ?? `{${sets.size}}`);
    if (words.length > 1) sets.set(key, name);
    for (const word of words) {
      const own = names.get(word);
      if (!own) names.set(word, [name]);
      else if (!own.includes(name)) own.push(name);
    }
    return name;
  };
  const grow = (from: readonly Tip<L>[], part: Part): Tip<L>[] => {
    if (part.kind === 'end') return from.map(({ branch }) => ({ branch, last: true }));
    if (part.kind === 'choice') return part.of.flatMap((parts) => parts.reduce(grow, [...from]));
    const branch: Branch<L> = { next: new Map(), gaps: [], ends: [] };
    // No branch can follow the end of a sentence.
    for (const each of from.flatMap((tip) => (tip.last ? [] : [tip.branch]))) {
      if (part.kind === 'gap') each.gaps.push(branch);
      if (part.kind === 'words') {
        const name = nameOf(part.of);
        each.next.set(name, [...(each.next.get(name) ?? []), branch]);
      }
    }
    return [{ branch, last: false }];
  };
  for (const { list, text, sets: own } of phrases) {
    const { parts, first } = parsePhrase(text, own);
    for (const { branch, last } of parts.reduce(grow, [{ branch: root, last: false }]))
      branch.ends.push({ list, first, last });
  }
  return { root, names, longestPart: Math.max(0, ...[...names.keys()].map((part) => part.length)) };
}

/** Every place of every phrase in one sentence; `steps` counts the branches that were looked at. */
export function findPhrases<L extends string>(
  words: readonly Word[],
  { root, names, longestPart }: PhraseIndex<L>,
): { readonly found: PhraseMatch<L>[]; readonly steps: number } {
  const known = new Map<string, ReadonlySet<string>>();
  for (const { text } of words) if (!known.has(text)) known.set(text, namesOfWord(text, names, longestPart));
  const found: PhraseMatch<L>[] = [];
  let steps = 0;
  const walkAll = (branches: readonly Branch<L>[] | undefined, from: number, at: number, vague: boolean): void => {
    for (const branch of branches ?? []) walk(branch, from, at, vague);
  };
  const walk = ({ ends, next, gaps }: Branch<L>, from: number, at: number, vague: boolean): void => {
    steps += 1;
    for (const { list, first, last } of ends)
      if ((!first || words[from]?.first) && (!last || words[at - 1]?.last)) found.push({ list, from, to: at, vague });
    const word = words[at];
    if (word && next.size > 0) {
      const own = known.get(word.text) ?? NONE;
      // A word has up to a hundred names, and a branch mostly has one or two, so the branch's names are looked up.
      if (next.size > own.size) for (const name of own) walkAll(next.get(name), from, at + 1, vague);
      else for (const [name, branches] of next) if (own.has(name)) walkAll(branches, from, at + 1, vague);
    }
    if (gaps.length === 0) return;
    let room = GAP_ROOM;
    // A comma ends a thought, so no gap passes over it.
    for (let over = at; room >= 0 && words[over - 1]?.last === false; over += 1) {
      walkAll(gaps, from, over, true);
      room -= runsOn(words[over]?.text ?? '') ? LETTER_ROOM : WORD_ROOM;
    }
  };
  for (const from of words.keys()) walk(root, from, from, false);
  return { found, steps };
}

const NONE: ReadonlySet<string> = new Set();

/** Names of a word that some branch has. */
function namesOfWord(word: string, names: PhraseIndex<string>['names'], longestPart: number): Set<string> {
  const all = new Set(names.get(word));
  const add = (part: string): void => {
    for (const name of names.get(part) ?? []) all.add(name);
  };
  add('*');
  const longest = Math.min(word.length, longestPart);
  for (let length = 1; length <= longest; length += 1) {
    add(`${word.slice(0, length)}*`);
    add(`*${word.slice(-length)}`);
  }
  return all;
}

/** `words`: one word, any of these. */
type Part =
  | { readonly kind: 'words'; readonly of: readonly string[] }
  | { readonly kind: 'choice'; readonly of: readonly (readonly Part[])[] }
  | { readonly kind: 'gap' }
  | { readonly kind: 'end' };

/** Throws a `PhraseMistake`. */
export function parsePhrase(
  phrase: string,
  sets: Sets = {},
): { readonly parts: readonly Part[]; readonly first: boolean } {
  const first = phrase.startsWith('^');
  const signs = phrase.slice(first ? 1 : 0).match(SIGNS) ?? [];
  const [parts = [], ...others] = choices(signs, phrase, sets);
  if (signs.length > 0 || others.length > 0) throw new PhraseMistake(`${phrase} has a bracket or a bar too many`);
  if (parts.every(mayBeNothing)) throw new PhraseMistake(`${phrase} may be nothing at all`);
  if (parts[0]?.kind === 'gap' || parts.at(-1)?.kind === 'gap')
    throw new PhraseMistake(`${phrase} begins or ends with a gap`);
  return { parts, first };
}

const SIGNS = /[()|$]|\{[^{}]*\}|[^\s()|{}$]+|[{}]/gu;

/** Reads the alternatives between bars, up to the bracket that closes, and takes the signs away that it has read. */
function choices(signs: string[], phrase: string, sets: Sets): Part[][] {
  const all: Part[][] = [[]];
  for (let sign = signs.shift(); sign !== undefined; sign = signs.shift()) {
    if (sign === '|') all.push([]);
    else if (sign === ')') {
      signs.unshift(sign);
      return all;
    } else all.at(-1)?.push(...(sign === '(' ? bracket(signs, phrase, sets) : partsOf(sign, phrase, sets)));
  }
  return all;
}

function bracket(signs: string[], phrase: string, sets: Sets): Part[] {
  const inside = choices(signs, phrase, sets);
  if (signs.shift() !== ')') throw new PhraseMistake(`${phrase} has a bracket that is not closed`);
  return [choice(inside)];
}

function partsOf(sign: string, phrase: string, sets: Sets): Part[] {
  if (sign === '...') return [{ kind: 'gap' }];
  if (sign === '$') return [{ kind: 'end' }];
  if (!sign.startsWith('{')) return wordsOf(sign, phrase);
  const words = sets[sign.slice(1, -1)];
  if (!words) throw new PhraseMistake(`${phrase} names a set that is not there: ${sign}`);
  return [choice(words.map((word) => word.split(' ').flatMap((each) => wordsOf(each, phrase))))];
}

/** Single words are one branch, whatever their number. */
function choice(of: readonly (readonly Part[])[]): Part {
  const single: string[] = [];
  const others = of.filter((parts) => {
    const [only] = parts;
    if (parts.length !== 1 || only?.kind !== 'words') return true;
    single.push(...only.of);
    return false;
  });
  const one: Part = { kind: 'words', of: [...new Set(single)] };
  if (single.length === 0) return { kind: 'choice', of: others };
  return others.length === 0 ? one : { kind: 'choice', of: [[one], ...others] };
}

function mayBeNothing(part: Part): boolean {
  return (
    part.kind === 'gap' ||
    part.kind === 'end' ||
    (part.kind === 'choice' && part.of.some((parts) => parts.every(mayBeNothing)))
  );
}

/**
 * The word needs no folding. That holds for most words of the lists, and folding each took half of the time in which
 * the rules are loaded.
 */
const PLAIN = /^\*?[a-z]+\*?$/;
const HELD_DOWN = /(.)\1\1/;

/** The words of a text as a branch knows them, a star kept: several of `opt-out`, and a letter each of a script without spaces. */
function wordsOf(text: string, phrase: string): Part[] {
  if (text === '*' || (PLAIN.test(text) && !HELD_DOWN.test(text))) return [{ kind: 'words', of: [text] }];
  const words = sentences(text.replaceAll('*', '')).flat();
  if (words.length === 0) throw new PhraseMistake(`${phrase} has a sign that is no word: ${text}`);
  return words.map(({ text: word }, index) => {
    const begins = text.endsWith('*') && index === words.length - 1;
    const ends = text.startsWith('*') && index === 0;
    return { kind: 'words', of: [`${ends ? '*' : ''}${word}${begins ? '*' : ''}`] };
  });
}
