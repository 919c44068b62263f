/**
 * Texts without differences of writing: width, accents, case and apostrophes; and their words, sentence by sentence.
 */

/**
 * Compatibility forms folded, accents dropped, lower case, no apostrophe inside a word, a letter that is held down
 * once, and whatever is neither letter nor digit one space: `«ＳＴＯＰ!!» 🛑` is `stop`, `Arrêt.` is `arret`, `opt-out` is `opt out`,
 * `Don't` is `dont`, `stoppppp` is `stop`. Doing it twice changes nothing.
 */
export function normalise(text: string): string {
  return fold(text)
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** The same with its punctuation. */
function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}|\p{Cf}/gu, '')
    .toLowerCase()
    .normalize('NFC')
    .replaceAll(/(?<=\p{L})['’ʼ＇](?=\p{L})/gu, '')
    .replaceAll(/(\p{L})\1{2,}/gu, '$1');
}

/** A word; in a script without spaces, a letter. `from` and `to` are positions in the folded text. */
export interface Word {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  /** The word follows the one before without a space: the letters of a script without spaces, `stop해주세요`. */
  readonly joined: boolean;
  /** The first, or the last, of what stands between commas, dashes and the ends of the sentence. */
  readonly first: boolean;
  readonly last: boolean;
}

/** Written without spaces between words, or with particles at their ends: there a phrase is found inside of them. */
const RUNS_ON = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]/u;
const PIECES =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー])[\p{L}\p{N}])+/gu;

/** Between two words. A point within a word (`s.t.o.p`, `shop.example`) or a number ends nothing. */
const ENDS_SENTENCE = /[!?;:。\n\r]|\.\s|\.\./u;
const ENDS_CHUNK = /[,、،()]|\s[-–—]+\s|[–—]|(?!\p{N})\p{Extended_Pictographic}/u;

/** A sentence without an end is cut here, so that the work grows no faster than the text. */
const LONGEST_SENTENCE = 200;

/** Each sentence as its words. */
export function sentences(text: string): Word[][] {
  const plain = fold(text);
  const all: Word[][] = [];
  let sentence: (Omit<Word, 'last'> & { last: boolean })[] = [];
  let end = 0;
  for (const { 0: piece, index } of plain.matchAll(PIECES)) {
    const between = plain.slice(end, index);
    const before = sentence.at(-1);
    const ends = before !== undefined && ENDS_SENTENCE.test(between);
    const pause = end === 0 || ends || ENDS_CHUNK.test(between);
    if (before && pause) before.last = true;
    if (ends || sentence.length === LONGEST_SENTENCE) {
      all.push(sentence);
      sentence = [];
    }
    sentence.push({
      text: piece,
      from: index,
      to: index + piece.length,
      joined: between === '' && index > 0,
      first: pause,
      last: false,
    });
    end = index + piece.length;
  }
  const last = sentence.at(-1);
  if (last) last.last = true;
  return sentence.length > 0 ? [...all, sentence] : all;
}

/** It has letters of a script that is written without spaces, or with particles at the ends of its words. */
export function runsOn(text: string): boolean {
  return RUNS_ON.test(text);
}
