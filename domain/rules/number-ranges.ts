/** Ranges of numbers that no brand texts. */

/** The reason why a range gets no texts; rules/number-ranges.yaml explains each. */
export const RANGE_KINDS = ['satellite', 'global', 'premium', 'shared_cost', 'freephone', 'personal'] as const;

export interface NumberRange {
  /** The beginning of the number, `+881`. */
  readonly prefix: string;
  readonly why: (typeof RANGE_KINDS)[number];
  readonly name: string;
}

/** The prefix of the range that contains a number (E.164). Undefined: no range does. */
export function rangeOf(e164: string, ranges: readonly NumberRange[]): string | undefined {
  return ranges.find(({ prefix }) => e164.startsWith(prefix))?.prefix;
}
