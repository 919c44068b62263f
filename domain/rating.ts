/**
 * A score in a customer's reply. It runs only while a rating prompt is open, and reads only what can mean nothing else: a wrong
 * score is acted on, an unread one goes to a person.
 */

export interface Scale {
  readonly min: number;
  readonly max: number;
}

export interface ParsedRating {
  readonly score: number;
  /** The customer's words after the score, as written; left out when there are none. */
  readonly comment?: string;
}

const WORDS: Readonly<Record<string, number>> = Object.fromEntries(
  [
    ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'],
    ['zero', 'uno', 'due', 'tre', 'quattro', 'cinque', 'sei', 'sette', 'otto', 'nove', 'dieci'],
    ['영', '하나', '둘', '셋', '넷', '다섯', '여섯', '일곱', '여덟', '아홉', '열'],
  ].flatMap((words) => words.map((word, value) => [word, value] as const)),
);

/** Before a score: quotes, brackets, and what people call it. */
const LEAD_IN = /^(?:[\s"'“”«»(]|rating|score|voto|valutazione|punteggio|별점|평점|점수|별(?=\s*\S)|:)+/iu;
/** After a score, saying that it is one. `개` counts anything, so it needs the `별` (star) before. */
const UNIT = /^\s*(?:stars?|stell[ae]|points?|punt[io]|점(?:이요|이에요|입니다)?|[★⭐🌟]\uFE0F?)(?!\p{L})/iu;
const STAR_COUNT = /^별\s*(\S+?)\s*개/u;
/** "5/5", "4 out of 5", "4 su 5". */
const OUT_OF = /^\s*(?:\/|out of|of|su)\s*(\d+)(?!\p{L}|[.,]?\d)/iu;
/** After a number, making it a count of something else: "3 days late", "2 pacchi", "3일". */
const COUNTED =
  /^\s*(?:days?|hours?|weeks?|months?|minutes?|times?|parcels?|packages?|items?|pieces?|orders?|giorn[io]|or[ae]|settiman[ae]|mes[ei]|minut[io]|volt[ae]|pacc(?:o|hi)|pezz[io]|ordin[ei]|euro|[ap]m|일|시간|주|개월|개|번|명|분)(?!\p{L})/iu;

/**
 * The score of a reply such as `5`, `5/5`, `5 stelle`, `cinque`, `5️⃣`, `★★★★`, `4, molto buono`; undefined when it is outside the
 * scale, no whole number, in the middle of a sentence, or when a second number leaves a doubt.
 */
export function parseRating(text: string, scale: Scale): ParsedRating | undefined {
  const plain = plainDigits(text).trim();
  return starRow(plain, scale) ?? numberFirst(plain, scale);
}

/** Full-width digits, keycaps and the keycap ten as ASCII; the words of a comment stay as written. */
function plainDigits(text: string): string {
  return text
    .normalize('NFC')
    .replaceAll(/[０-９／]/g, (sign) => sign.normalize('NFKC'))
    .replaceAll('🔟', '10')
    .replaceAll(/(\d)\uFE0F?\u20E3/g, '$1');
}

/** Filled stars count; hollow ones may fill the row up to the scale's end and no further. */
function starRow(text: string, scale: Scale): ParsedRating | undefined {
  const row = /^((?:[★⭐🌟]\uFE0F?\s?)+)((?:☆\s?)*)/u.exec(text);
  // Ten stars are never sent: on a scale of 0 to 10 a star is praise, not a score.
  if (!row || scale.max > 5) return undefined;
  const filled = row[1]?.match(/[★⭐🌟]/gu)?.length ?? 0;
  const hollow = row[2]?.match(/☆/g)?.length ?? 0;
  const rest = text.slice(row[0].length);
  if (/\d/.test(rest) || (hollow > 0 && filled + hollow !== scale.max)) return undefined;
  return rated(filled, rest, scale);
}

function numberFirst(text: string, scale: Scale): ParsedRating | undefined {
  const start = text.replace(STAR_COUNT, '$1점').replace(LEAD_IN, '');
  const digits = /^(\d{1,2})(?![\d%€$°:]|[.,]\d)/.exec(start);
  const word = /^[a-z]+|^[\uAC00-\uD7A3]+?(?=점|[^\uAC00-\uD7A3]|$)/iu.exec(start)?.[0].toLowerCase() ?? '';
  if (!digits && !Object.hasOwn(WORDS, word)) return undefined;
  const score = digits ? Number(digits[1]) : (WORDS[word] ?? NaN);
  if (digits && digits[1] !== String(score)) return undefined;
  const rest = afterUnits(start.slice(digits ? digits[0].length : word.length), scale);
  if (rest === undefined || /\d/.test(rest)) return undefined;
  // A number word opens many sentences ("one parcel is missing"), so only a pause makes it a score; a digit may be followed by words.
  const pause = rest === '' || /^\s*[\p{P}\p{S}\n]/u.test(rest);
  if (!pause && (!digits || /^\p{L}/u.test(rest) || COUNTED.test(rest))) return undefined;
  return rated(score, rest, scale);
}

/** The text after "stars", "/5" and the like; undefined when the score is out of another number than the scale's. */
function afterUnits(text: string, scale: Scale): string | undefined {
  const before = text.replace(UNIT, (unit) => (unit.trim() === '' ? unit : ''));
  const outOf = OUT_OF.exec(before);
  if (!outOf) return before;
  if (Number(outOf[1]) !== scale.max) return undefined;
  return before.slice(outOf[0].length).replace(UNIT, '');
}

function rated(score: number, rest: string, scale: Scale): ParsedRating | undefined {
  if (score < scale.min || score > scale.max) return undefined;
  const comment = rest.replace(/^[\s\p{P}]+/u, '').trim();
  return /[\p{L}\p{N}]/u.test(comment) ? { score, comment } : { score };
}
