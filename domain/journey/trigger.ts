/** The triggers of a journey, one row each: a trigger starts a step. This is the only file that a new one touches. */
import { DAY } from '../time/duration.ts';
import type { Facts, ParcelMoment } from '../orders/facts.ts';
import { deliveredAt, hasOpenCase, mainPiecesGone, neverArrivedAt } from '../orders/facts.ts';

export interface Occurrence {
  /** Tells occurrences of one step apart: a parcel, an event or a promised date; empty when there can be only one. */
  readonly id: string;
  /** Epoch ms. It lies in the future for a predicted moment, such as a promised date. */
  readonly at: number;
  /** The parcel it is about. */
  readonly parcel?: string;
  /** Epoch ms: no step is due before this moment, even if its delay ends earlier. */
  readonly earliest?: number;
}

/** Ratings up to this score open a case for an agent first. */
export const LOW_RATING = 3;

/** A word after `when` or `or_when`. */
export interface TriggerRow {
  /** For people: "`delivered` (the last expected parcel has arrived)". */
  readonly means: string;
  /** The occurrences of the trigger, past or predicted. Some facts give one order several. */
  readonly occurrences: (facts: Facts) => readonly Occurrence[];
  /** The moment is known in advance, so a step may be due before it. */
  readonly predicted?: true;
  /** The trigger is an answer of the customer: a step without a delay is a reply. */
  readonly answer?: true;
  /** The trigger belongs to the end of an order: its steps still happen after the order was cancelled or returned. */
  readonly closing?: true;
}

const ROWS = {
  placed: { means: 'the shop has reported the order', occurrences: ({ placedAt }) => once(placedAt) },
  updated: { means: 'the shop has changed the order', occurrences: ({ updates }) => each(updates) },
  cancelled: {
    means: 'the order was cancelled',
    occurrences: ({ cancelledAt }) => once(cancelledAt),
    closing: true,
  },
  refunded: {
    means: 'a part of the order, or all, was paid back',
    occurrences: ({ refunds }) => each(refunds),
    closing: true,
  },
  returned: {
    means: 'a part of the order, or all, came back',
    occurrences: ({ returnedAt, returns = {} }) => [
      ...once(returnedAt),
      ...Object.entries(returns).map(([id, { at }]) => ({ id, at })),
    ],
    closing: true,
  },
  shipped: { means: 'a parcel is on its way', occurrences: (facts) => perParcel(facts, 'shippedAt') },
  out_for_delivery: {
    means: 'a parcel is out for delivery',
    occurrences: (facts) => perParcel(facts, 'outForDeliveryAt'),
  },
  ready_for_pickup: {
    means: 'a parcel waits at a pick-up point',
    occurrences: (facts) => perParcel(facts, 'readyForPickupAt'),
  },
  delivery_failed: {
    means: 'the carrier could not deliver a parcel',
    occurrences: (facts) => perParcel(facts, 'failedAt'),
  },
  promise_moved: {
    means: 'the promised time was moved later',
    occurrences: ({ firstPromise, lastPromise }) =>
      firstPromise && lastPromise && lastPromise.promisedAt > firstPromise.promisedAt
        ? [{ id: String(lastPromise.promisedAt), at: lastPromise.at }]
        : [],
  },
  promise_passed: {
    means: 'the promised time has passed',
    occurrences: (facts) => {
      const { lastPromise } = facts;
      return lastPromise && !keptPromise(facts, lastPromise.promisedAt)
        ? [{ id: String(lastPromise.promisedAt), at: lastPromise.promisedAt }]
        : [];
    },
    predicted: true,
  },
  delivered: { means: 'the last expected parcel has arrived', occurrences: (facts) => once(deliveredAt(facts)) },
  parcel_delivered: { means: 'a parcel has arrived', occurrences: (facts) => perParcel(facts, 'deliveredAt') },
  rated: { means: 'the customer has rated', occurrences: ({ rating }) => once(rating?.at), answer: true },
  rated_low: {
    means: 'the customer has rated 1 to 3',
    occurrences: ({ rating }) => once(rating && rating.score <= LOW_RATING ? rating.at : undefined),
    answer: true,
  },
  rated_high: {
    means: 'the customer has rated 4 or 5',
    occurrences: ({ rating }) => once(rating && rating.score > LOW_RATING ? rating.at : undefined),
    answer: true,
  },
  case_closed: {
    means: 'an agent has closed the last open case of the order',
    // The moment at which the last open case was closed. With two cases, the first closing does not count.
    occurrences: (facts) => once(hasOpenCase(facts) ? undefined : lastOf(facts.casesClosed)),
  },
  run_out: { means: 'a consumable is predicted to be used up', occurrences: runOut, predicted: true },
  never_arrived: {
    means: 'so long after the order, the promise and the last scan that it will not come any more',
    occurrences: (facts) => once(neverArrivedAt(facts)),
    predicted: true,
  },
  tier_reached: { means: 'the shop has reported a new loyalty tier', occurrences: ({ tiers }) => each(tiers) },
} satisfies Record<string, TriggerRow>;

export type Trigger = keyof typeof ROWS;
export const TRIGGERS: Readonly<Record<Trigger, TriggerRow>> = ROWS;
export const TRIGGER_NAMES = Object.keys(ROWS) as [Trigger, ...Trigger[]];

export function occurrences(trigger: Trigger, facts: Facts): readonly Occurrence[] {
  return TRIGGERS[trigger].occurrences(facts);
}

function once(at: number | undefined): readonly Occurrence[] {
  return at === undefined ? [] : [{ id: '', at }];
}

function each(moments: Readonly<Record<string, number>>): readonly Occurrence[] {
  return Object.entries(moments).map(([id, at]) => ({ id, at }));
}

/** The moment of delivery, if everything arrived by the promised time. */
function keptPromise(facts: Facts, promisedAt: number): boolean {
  const arrived = deliveredAt(facts);
  return arrived !== undefined && arrived <= promisedAt;
}

function perParcel(facts: Facts, field: ParcelMoment): readonly Occurrence[] {
  return Object.entries(facts.parcels).flatMap(([parcel, known]) => {
    const at = known[field];
    return at === undefined ? [] : [{ id: parcel, at, parcel }];
  });
}

function lastOf(moments: Readonly<Record<string, number>>): number | undefined {
  const all = Object.values(moments);
  return all.length > 0 ? all.reduce((last, at) => Math.max(last, at)) : undefined;
}

/**
 * No reminder to buy again comes in the first days with a product, even if it is used up quickly: on the day of the
 * delivery it would read like an invitation to return the goods.
 */
export const LEAST_LEAD = 3 * DAY;

/** A piece that came back or was paid back is not used up. */
function runOut(facts: Facts): readonly Occurrence[] {
  const { runsOutAfterDays, mainPieces, rules } = facts;
  const arrived = deliveredAt(facts);
  if (arrived === undefined || runsOutAfterDays === undefined) return [];
  const left = mainPieces === undefined ? 1 : Math.max(0, 1 - mainPiecesGone(facts) / mainPieces);
  const at = arrived + Math.round(runsOutAfterDays * left * DAY);
  return [{ id: '', at, ...(rules !== undefined && { earliest: arrived + LEAST_LEAD }) }];
}
