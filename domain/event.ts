/**
 * The catalogue of facts about one order. An event has an id, happened at a moment, and carries ids and numbers only:
 * it travels through Temporal histories, where no name, number, address or text may stand.
 */

import type { CompiledJourney } from './compiled-journey.ts';
import type { Receipt } from './ledger.ts';

export interface EventHead {
  /** The sender's id of the event, at most 128 characters. The same id is the same event. */
  readonly id: string;
  /** When it happened, epoch ms; not when we heard of it. */
  readonly at: number;
}

export const PARCEL_EVENTS = [
  'parcel_shipped',
  'parcel_out_for_delivery',
  'parcel_ready_for_pickup',
  'parcel_delivery_failed',
  'parcel_delivered',
] as const;
export type ParcelEventType = (typeof PARCEL_EVENTS)[number];

export const PLAIN_EVENTS = ['order_updated', 'order_cancelled', 'refund_issued', 'return_received'] as const;
export type PlainEventType = (typeof PLAIN_EVENTS)[number];

/** The traits of the order that its journey depends on: no personal data. */
export interface Placement {
  /** Opaque id of the contact. */
  readonly contact: string;
  /** The steps this order follows; it keeps them whatever happens to the file. */
  readonly journey: CompiledJourney;
  /** How many parcels the shop will hand over, where it knows. */
  readonly parcelCount?: number;
  /** Promised delivery, epoch ms. */
  readonly promisedAt?: number;
  /** Days a consumable lasts, counted from delivery. */
  readonly runsOutAfterDays?: number;
}

export type OrderEvent = EventHead &
  (
    | { readonly type: 'order_placed'; readonly placement: Placement }
    | { readonly type: PlainEventType }
    | { readonly type: ParcelEventType; readonly parcel: string; readonly parcelCount?: number }
    | { readonly type: 'delivery_promised'; readonly promisedAt: number }
    | { readonly type: 'tier_reached' }
    /** `contact`: the contact of the new number, if the number was corrected and no later correction holds. */
    | { readonly type: 'order_corrected'; readonly contact?: string }
    | { readonly type: 'case_opened' | 'case_closed'; readonly case: string }
  );

/** The answer of a customer. The words stay in the database; `score` is 1-5 for a rating and 0-10 for an nps. */
export type CustomerReply = EventHead &
  ({ readonly type: 'rated'; readonly score: number } | { readonly type: 'nps_given'; readonly score: number });

/** The provider's report of a message whose step has another channel to turn to. It says nothing about the order itself. */
export type MessageStatus = EventHead & {
  readonly type: 'message_status';
  /** Id of the message in the ledger. */
  readonly message: string;
  readonly status: Exclude<Receipt, 'submitted'>;
};

export type Fact = OrderEvent | CustomerReply | MessageStatus;
