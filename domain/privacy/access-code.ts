/**
 * Codes that are texted to a number before its owner's data is given out or erased. A person who has only the link does not get the code.
 */
import { HOUR, MINUTE } from '../time/duration.ts';

/** The purpose of a code. A code for the download does not open the erasure. */
export const CODE_PURPOSES = ['download', 'erase'] as const;
export type CodePurpose = (typeof CODE_PURPOSES)[number];

/** How long a code is valid, ms. */
export const CODE_LIFE = 10 * MINUTE;
/** How long the file that a code has opened can be fetched, ms. */
export const FILE_LIFE = 10 * MINUTE;
/** Wrong guesses after which a code is void. */
export const CODE_TRIES = 5;
/**
 * Wrong guesses, over all codes, after which the number's links end. The holder of a stolen link has one chance in 100,000; without this
 * limit it would be 3 in 100 over the 90 days of the link.
 */
export const LINK_TRIES = 10;

/** Time in which asking again, in another tab or by a second click, gets no second code, ms. */
export const SAME_PRESS = MINUTE / 2;

/** Most codes that are sent to a number, from all requests together. */
export const MOST_CODES = [
  { max: 3, per: HOUR },
  { max: 8, per: 24 * HOUR },
] as const;

/** Placeholder for the code in a stored text. The code is put in when the text is sent, so no stored text has a code. */
export const CODE_MARK = '******';

export function withCode(text: string, code: string): string {
  return text.replace(CODE_MARK, code);
}

/** Reads six typed digits, with or without spaces, also full-width ones. Undefined: it is not a code. */
export function readCode(typed: string): string | undefined {
  const digits = typed.normalize('NFKC').replaceAll(/[\s\p{Cf}-]/gu, '');
  return /^\d{6}$/.test(digits) ? digits : undefined;
}
