import type { Placement } from '../../domain/orders/placement.ts';

/** Details that the shop gave for an order and that have no column of their own. */
export interface OrderDetails {
  readonly statusUrl?: string;
  /** Epoch ms. */
  readonly promisedAt?: number;
  readonly parcelCount?: number;
  /** Days that everything of the main product lasts. */
  readonly runsOutAfterDays?: number;
  /** As in `Placement`: absent for an order from before. */
  readonly rules?: Placement['rules'];
  /** Absent: the shop named no lines. */
  readonly pieces?: number;
  readonly mainPieces?: number;
  /** An order of the shop's own tests. */
  readonly test?: true;
}
