/** Details of the order from the shop that have no column of their own. */
export interface OrderDetails {
  readonly statusUrl?: string;
  /** Epoch ms. */
  readonly promisedAt?: number;
  readonly parcelCount?: number;
  readonly runsOutAfterDays?: number;
}
