import type { PostcodeZone } from '../place/place.ts';
import type { ZoneData } from '../place/zones.ts';
import type { GuardBand } from '../time/windows.ts';
import type { NumberRange } from './number-ranges.ts';
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
