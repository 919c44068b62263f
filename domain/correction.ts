/** What a shop puts right of an order under way: a number, a name, an address. */
import type { Place } from './order.ts';

export interface Correction {
  readonly phone?: { readonly e164: string; readonly country?: string };
  /** As a whole: what it leaves out is not known any more. */
  readonly name?: { readonly firstName?: string | undefined; readonly lastName?: string | undefined };
  readonly place?: Place;
}

export const CORRECTED_PARTS = ['phone', 'name', 'place'] as const;
export type CorrectedPart = (typeof CORRECTED_PARTS)[number];

/** Which correction holds: of two of one moment, that of the greater id. */
export interface CorrectedBy {
  /** Epoch ms. */
  readonly at: number;
  readonly id: string;
}

/** Whether a correction stands over the one that holds: the latest to happen does, whichever arrives first. */
export function isLater(one: CorrectedBy, held: CorrectedBy | undefined): boolean {
  return held === undefined || one.at > held.at || (one.at === held.at && one.id > held.id);
}
