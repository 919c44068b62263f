/** Words that strangers can write: what comes with an order or from a carrier. */
import type { Locale } from '../../domain/sending/message.ts';
import { asksToCall, holdsLink, withoutCalls } from './calls.ts';
import { cleanText } from './text.ts';

/** As `cleanText`, without links and without numbers as long as a telephone number. */
export function cleanReported(raw: string, longest: number, locale: Locale): string | null {
  // Cutting can make a link of a text that had none: "goo.glass". So it is repeated until nothing changes.
  for (let before = cleanText(raw, longest * 8, locale); before !== null;) {
    const after = cleanText(withoutCalls(before), longest, locale);
    if (after === before) return after;
    before = after;
  }
  return null;
}

const ONE_WORD = /^[\p{L}\p{N}#_/.:-]+$/u;

/**
 * The number of an order or a parcel. A single word without a link may have any digits, unless it asks to call them; other texts are
 * cleaned as by `cleanReported`.
 */
export function cleanReference(raw: string, longest: number, locale: Locale): string | null {
  const whole = cleanText(raw, longest * 8, locale);
  const keepsDigits = whole !== null && ONE_WORD.test(whole) && !asksToCall(whole) && !holdsLink(whole);
  return keepsDigits && whole.length <= longest ? whole : cleanReported(raw, longest, locale);
}
