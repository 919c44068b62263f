/** The segments of a text as SMS (3GPP 23.038 and 23.040). The only file that knows sms-segments-calculator. */
import { SegmentedMessage } from 'sms-segments-calculator';

export interface SmsMeasure {
  /** `ucs2` as soon as one character is not in the GSM alphabet, every Korean text included: 70 instead of 160. */
  readonly encoding: 'gsm7' | 'ucs2';
  /** Parts that are billed: one of 160 septets or 70 UTF-16 units, else several of 153 or 67. */
  readonly segments: number;
  /** Septets of a `gsm7` text (`€` and brackets are two), characters as people see them of a `ucs2` text. */
  readonly characters: number;
}

/**
 * Measures the text exactly as given. An empty text is 0 segments: nothing is sent, though the calculator says 1. `prepended` is what
 * the network puts before it: it is billed, and may turn the whole into UCS-2, but is not ours to encode.
 */
export function measureSms(text: string, prepended = ''): SmsMeasure {
  if (text === '') return { encoding: 'gsm7', segments: 0, characters: 0 };
  const message = measured(text);
  return prepended === '' ? message : { ...message, segments: measured(prepended + text).segments };
}

/**
 * Counts texts in which each character is one septet or one unit. The calculator takes 0.5 ms or more for each of
 * them.
 */
function measured(text: string): SmsMeasure {
  if (ONE_SEPTET_EACH.test(text)) return counted('gsm7', text.length, 160, 153);
  if (ONE_UNIT_EACH.test(text)) return counted('ucs2', text.length, 70, 67);
  const { encodingName, segmentsCount, numberOfCharacters } = new SegmentedMessage(text);
  return {
    encoding: encodingName === 'GSM-7' ? 'gsm7' : 'ucs2',
    segments: segmentsCount,
    characters: numberOfCharacters,
  };
}

function counted(encoding: SmsMeasure['encoding'], characters: number, alone: number, ofSeveral: number): SmsMeasure {
  return { encoding, segments: characters <= alone ? 1 : Math.ceil(characters / ofSeveral), characters };
}

/** The GSM alphabet without its extension. A carriage return is left to the calculator, which takes it and a line feed for one sign. */
const ONE_SEPTET_EACH = /^[\n !"#$%&'()*+,./0-9:;<=>?@A-Z_a-z¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ-]*$/u;
/** Korean syllables among ASCII, composed: none of them joins its neighbour. */
const ONE_UNIT_EACH = /^[\n\u0020-\u007E가-힣]*[가-힣][\n\u0020-\u007E가-힣]*$/u;

/** Composed letters: a decomposed `è` alone would turn a GSM text into UCS-2 and double its price. */
export function toNfc(text: string): string {
  return text.normalize('NFC');
}

const TYPOGRAPHY: readonly (readonly [RegExp, string])[] = [
  [/[‘’‚‛ʼ′`´]/g, "'"],
  [/[“”„‟«»″]/g, '"'],
  [/[‐‑‒–—―−]/g, '-'],
  [/…/g, '...'],
  [/[•·]/g, '-'],
  [/[\t\u00A0\u2000-\u200A\u202F\u205F\u3000]/g, ' '],
  [/[\u200B\u2060\uFEFF\u00AD]/g, ''],
];

/**
 * Replaces typographic signs by their GSM counterparts, and composes to NFC. For our own templates only: a customer's
 * name is never changed. Letters such as `È` stay, because the writer of the text has to decide about them.
 */
export function plainGsm(text: string): string {
  return TYPOGRAPHY.reduce((plain, [sign, replacement]) => plain.replaceAll(sign, replacement), toNfc(text));
}
