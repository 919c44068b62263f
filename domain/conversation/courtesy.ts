/** Courtesy: a text that thanks, greets or says yes and asks for nothing. It opens no case. */
import { normalise } from './plain-text.ts';

/** Word lists by language, as people write them. */
export interface CourtesyLists {
  /** Words that are courtesy by themselves. */
  readonly courtesy: Readonly<Record<string, readonly string[]>>;
  /** Words that may stand beside courtesy, but are none alone: "hello". */
  readonly besides: Readonly<Record<string, readonly string[]>>;
}

export interface CourtesyIndex {
  readonly courtesy: ReadonlySet<string>;
  readonly besides: ReadonlySet<string>;
  /** Words of the longest phrase. */
  readonly longest: number;
}

/** All languages count for every customer, as for keywords. */
export function indexCourtesy({ courtesy, besides }: CourtesyLists): CourtesyIndex {
  const plain = (lists: CourtesyLists['courtesy']): Set<string> =>
    new Set(
      Object.values(lists)
        .flat()
        .map((phrase) => squeeze(normalise(phrase))),
    );
  const index = { courtesy: plain(courtesy), besides: plain(besides) };
  const phrases = [...index.courtesy, ...index.besides];
  return { ...index, longest: phrases.reduce((most, phrase) => Math.max(most, phrase.split(' ').length), 1) };
}

/** A longer text says more than courtesy. The limit also bounds the work. */
const MOST_WORDS = 16;

/** Friendly pictures and marks. Any other one, such as 😡, may be a complaint, so a person reads the text. */
const FRIENDLY =
  /(?:👍|👌|🙏|👏|🙌|🤝|💪|✌|🫶|🤗|🤩|🙂|😊|☺|😀|😃|😄|😁|😆|😉|😍|🥰|😘|😎|😇|😋|😂|🤣|🥳|❤|🧡|💛|💚|💙|💜|🤍|💕|💖|💗|💓|💞|💐|🌹|🌸|🌷|🌺|🌻|🌞|☀|🎉|🎊|✨|⭐|🌟|💯|✅|✔|☑|🆗|☕|🍀)[\p{Emoji_Modifier}\uFE0F]*(?:\u200D[♂♀🔥]\uFE0F?)?|[:;]['’-]?\)+|\^[_.-]?\^/gu;

/** A question, a sad face, or a picture that is not among the friendly ones. */
const DOUBT = /[?？؟¿]|[:;=]['’-]?[(/\\|[]|\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20E3/u;

/** A question, a sad face, or a picture that may be a complaint. */
export function hasDoubt(text: string): boolean {
  return DOUBT.test(text.replaceAll(FRIENDLY, ' '));
}

/** True if every word is one of courtesy, in any number of phrases, or if there are friendly pictures alone. */
export function isCourtesy(text: string, { courtesy, besides, longest }: CourtesyIndex): boolean {
  const plain = text.replaceAll(FRIENDLY, ' ');
  if (DOUBT.test(plain)) return false;
  const words = squeeze(normalise(plain)).split(' ');
  // A text of signs alone, such as "..." or "!", says nothing.
  if (words[0] === '') return plain.trim() === '' && text.trim() !== '';
  if (words.length > MOST_WORDS) return false;
  // By the number of words taken: whether they are all covered, and whether one phrase was courtesy by itself.
  const taken: (boolean | undefined)[] = [false];
  for (const [from, before] of taken.entries()) {
    if (before === undefined) continue;
    for (let to = from + 1; to <= Math.min(from + longest, words.length); to += 1) {
      const phrase = words.slice(from, to).join(' ');
      if (courtesy.has(phrase)) taken[to] = true;
      else if (besides.has(phrase)) taken[to] = before || taken[to] === true;
    }
  }
  return taken[words.length] === true;
}

/** "grazieee" is "grazie": a letter that is repeated counts once, in the lists as in the texts. The capitals of "großartig" have SS. */
function squeeze(text: string): string {
  return text.replaceAll('ß', 's').replaceAll(/(\p{L})\1+/gu, '$1');
}
