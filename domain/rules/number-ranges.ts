/** Ranges of numbers that no brand texts. */

/** Why a range is never texted; rules/number-ranges.yaml says what each means. */
export const RANGE_KINDS = ['satellite', 'global', 'premium', 'shared_cost', 'freephone', 'personal'] as const;

export interface NumberRange {
  /** The beginning of the number, `+881`. */
  readonly prefix: string;
  readonly why: (typeof RANGE_KINDS)[number];
  readonly name: string;
}

/** The prefix of the range that a number in E.164 lies in; undefined: in none. */
export function rangeOf(e164: string, ranges: readonly NumberRange[]): string | undefined {
  return ranges.find(({ prefix }) => e164.startsWith(prefix))?.prefix;
}
