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
  const message = new SegmentedMessage(text);
  const billed = prepended === '' ? message : new SegmentedMessage(prepended + text);
  return {
    encoding: message.encodingName === 'GSM-7' ? 'gsm7' : 'ucs2',
    segments: billed.segmentsCount,
    characters: message.numberOfCharacters,
  };
}

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
 * Typographic signs as their GSM counterparts, and NFC. For our own templates only: a customer's name is never changed, and
 * letters such as `È` stay, for the writer of the text to decide.
 */
export function plainGsm(text: string): string {
  return TYPOGRAPHY.reduce((plain, [sign, replacement]) => plain.replaceAll(sign, replacement), toNfc(text));
}
