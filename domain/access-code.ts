/** Codes that are texted to a number before its owner's data is given out or erased: who has only the link does not get them. */
import { HOUR, MINUTE } from './duration.ts';

/** What a code opens. One for the download is of no use for the erasure. */
export const CODE_PURPOSES = ['download', 'erase'] as const;
export type CodePurpose = (typeof CODE_PURPOSES)[number];

/** A code holds this long, ms, */
export const CODE_LIFE = 10 * MINUTE;
/** and for so many wrong guesses. */
export const CODE_TRIES = 5;
/**
 * After so many wrong guesses over all codes its link ends, so that somebody with a stolen link has one chance in 100,000. Without this
 * they would have 3 in 100 over the 90 days of the link.
 */
export const LINK_TRIES = 10;

/** A number gets no more codes than that, whoever asks. */
export const MOST_CODES = [
  { max: 3, per: HOUR },
  { max: 8, per: 24 * HOUR },
] as const;

/** Stands in a stored text where the code is put in when the text is sent: nothing that keeps texts keeps a code. */
export const CODE_MARK = '******';

export function withCode(text: string, code: string): string {
  return text.replace(CODE_MARK, code);
}

/** The six digits that somebody has typed, with spaces or in full width if they like; undefined: something else. */
export function readCode(typed: string): string | undefined {
  const digits = typed.normalize('NFKC').replaceAll(/[\s\p{Cf}-]/gu, '');
  return /^\d{6}$/.test(digits) ? digits : undefined;
}
