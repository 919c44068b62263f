/**
 * The catalogue of facts about one order. An event has an id, happened at a moment, and carries ids and numbers only:
 * it travels through Temporal histories, where no name, number, address or text may stand.
 */

import type { CompiledJourney } from '../journey/compiled-form.ts';
import type { Receipt } from '../sending/ledger.ts';

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

/** The rules that orders are placed under today. An order keeps its own, so that a replay of its run comes to the same commands. */
export const RULES = 3;
/** Versions that orders follow. 3: a refund goes by its amount before its items, and a parcel at a pick-up point is waited for longer. */
type RulesVersion = 2 | typeof RULES;

/**
 * The part of an order that a refund or a return is about. The API counts the pieces, because the shop's names of
 * items stay in the database.
 */
export interface OrderPart {
  readonly pieces: number;
  /** Of them, pieces of the main product. */
  readonly ofMain: number;
}

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

export type OrderEvent = EventHead &
  (
    | { readonly type: 'order_placed'; readonly placement: Placement }
    | { readonly type: 'order_cancelled' }
    /** `parcelCount`: of the whole order, as the shop says since. */
    | { readonly type: 'order_updated'; readonly parcelCount?: number }
    /** Without an amount and a part: of the whole order. `amountMinor`: in the order's currency. */
    | { readonly type: 'refund_issued'; readonly amountMinor?: number; readonly part?: OrderPart }
    /** Without a part: of the whole order. */
    | { readonly type: 'return_received'; readonly part?: OrderPart }
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

/** A refund or return that was reported before under another id is kept under this type: no run is told of it, and no fact is read from it. */
export const REPEATED_AS: Readonly<Record<string, string>> = {
  refund_issued: 'refund_repeated',
  return_received: 'return_repeated',
};
