/** What the shop said about the order that has no column of its own. */
export interface OrderDetails {
  readonly statusUrl?: string;
  /** Epoch ms. */
  readonly promisedAt?: number;
  readonly parcelCount?: number;
  readonly runsOutAfterDays?: number;
}
