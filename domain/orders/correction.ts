/** A shop's correction of an order under way: a number, a name, an address. */
import type { Place } from './order.ts';

export interface Correction {
  readonly phone?: { readonly e164: string; readonly country?: string };
  /** Replaces the whole name: a part that is left out is unknown from then on. */
  readonly name?: { readonly firstName?: string | undefined; readonly lastName?: string | undefined };
  readonly place?: Place;
}

export const CORRECTED_PARTS = ['phone', 'name', 'place'] as const;
export type CorrectedPart = (typeof CORRECTED_PARTS)[number];

/** The correction that holds for a part. Of two at the same moment the one with the greater id holds. */
export interface CorrectedBy {
  /** Epoch ms. */
  readonly at: number;
  readonly id: string;
}

/** Whether a correction replaces the present one. The one that happened later holds, in whichever order they arrive. */
export function isLater(one: CorrectedBy, held: CorrectedBy | undefined): boolean {
  return held === undefined || one.at > held.at || (one.at === held.at && one.id > held.id);
}
