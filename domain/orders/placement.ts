/** The traits of an order that its run is told when the order comes. */
import type { CompiledJourney } from '../journey/compiled-form.ts';

/** The rules that orders are placed under today. An order keeps its own, so that a replay of its run comes to the same commands. */
export const RULES = 3;
/** Versions that orders follow. 3: a refund goes by its amount before its items, and a parcel at a pick-up point is waited for longer. */
type RulesVersion = 2 | typeof RULES;

/** The traits of the order that its journey depends on: no personal data. */
export interface Placement {
  /** Opaque id of the contact. */
  readonly contact: string;
  /** The steps this order follows; it keeps them whatever happens to the file. */
  readonly journey: CompiledJourney;
  /** The number of parcels that the shop will hand over, if it knows. */
  readonly parcelCount?: number;
  /** Promised delivery, epoch ms. */
  readonly promisedAt?: number;
  /** Days that everything of a consumable lasts, counted from delivery. */
  readonly runsOutAfterDays?: number;
  /** Absent: placed when any refund counted as one of the whole order, and a count of parcels could only grow. */
  readonly rules?: RulesVersion;
  /** The order's total, in minor units of its currency. */
  readonly totalMinor?: number;
  /** Pieces of all its lines. Absent: the shop named none. */
  readonly pieces?: number;
  /** Pieces of the product that the conversation is about. */
  readonly mainPieces?: number;
}
