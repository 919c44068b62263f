/** The reference data of a process: rules, zones, postcodes, and ranges of numbers that are never texted. */
import type { PostcodeZone } from '../place/place.ts';
import type { ZoneData } from '../place/zones.ts';
import type { GuardBand } from '../time/windows.ts';
import type { RulePacks } from './rule-pack.ts';

/** Reference data about places and numbers: rules, zones, postcodes, ranges. */
export interface RuleData {
  readonly packs: RulePacks;
  readonly zones: ZoneData;
  readonly postcodes: PostcodeZone;
  readonly neverTexted: readonly NumberRange[];
  /** Kept free at both ends of the hours of promotions; left out: the standard band. */
  readonly guardBand?: GuardBand;
}

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
