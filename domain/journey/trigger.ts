/** When each trigger of a journey has happened, or is known to happen, for the facts of an order. */
import { DAY } from '../time/duration.ts';
import type { Facts, ParcelMoment } from '../orders/facts.ts';
import { deliveredAt, hasOpenCase, mainPiecesGone, neverArrivedAt } from '../orders/facts.ts';
import type { Trigger } from './journey.ts';

export interface Occurrence {
  /** Tells occurrences of one step apart: a parcel, an event or a promised date; empty when there can be only one. */
  readonly id: string;
  /** Epoch ms; in the future for a moment that is predicted, such as a promised date. */
  readonly at: number;
  /** The parcel it is about. */
  readonly parcel?: string;
  /** Epoch ms: no step is due before it, whatever its delay. */
  readonly earliest?: number;
}

/** Ratings up to this score bring an agent first. */
export const LOW_RATING = 3;

export function occurrences(trigger: Trigger, facts: Facts): readonly Occurrence[] {
  const { firstPromise, lastPromise, rating } = facts;
  switch (trigger) {
    case 'placed':
      return once(facts.placedAt);
    case 'updated':
      return each(facts.updates);
    case 'cancelled':
      return once(facts.cancelledAt);
    case 'refunded':
      return each(facts.refunds);
    case 'returned':
      return [...once(facts.returnedAt), ...Object.entries(facts.returns ?? {}).map(([id, { at }]) => ({ id, at }))];
    case 'shipped':
      return perParcel(facts, 'shippedAt');
    case 'out_for_delivery':
      return perParcel(facts, 'outForDeliveryAt');
    case 'ready_for_pickup':
      return perParcel(facts, 'readyForPickupAt');
    case 'delivery_failed':
      return perParcel(facts, 'failedAt');
    case 'parcel_delivered':
      return perParcel(facts, 'deliveredAt');
    case 'promise_moved':
      return firstPromise && lastPromise && lastPromise.promisedAt > firstPromise.promisedAt
        ? [{ id: String(lastPromise.promisedAt), at: lastPromise.at }]
        : [];
    case 'promise_passed':
      return lastPromise && !keptPromise(facts, lastPromise.promisedAt)
        ? [{ id: String(lastPromise.promisedAt), at: lastPromise.promisedAt }]
        : [];
    case 'delivered':
      return once(deliveredAt(facts));
    case 'rated':
      return once(rating?.at);
    case 'rated_low':
      return once(rating && rating.score <= LOW_RATING ? rating.at : undefined);
    case 'rated_high':
      return once(rating && rating.score > LOW_RATING ? rating.at : undefined);
    case 'case_closed':
      // The agent is done once no case is open any more, not when the first of two is closed.
      return once(hasOpenCase(facts) ? undefined : lastOf(facts.casesClosed));
    case 'run_out':
      return runOut(facts);
    case 'never_arrived':
      return once(neverArrivedAt(facts));
    case 'tier_reached':
      return each(facts.tiers);
  }
}

function once(at: number | undefined): readonly Occurrence[] {
  return at === undefined ? [] : [{ id: '', at }];
}

function each(moments: Readonly<Record<string, number>>): readonly Occurrence[] {
  return Object.entries(moments).map(([id, at]) => ({ id, at }));
}

/** Everything arrived at or before the promised moment. */
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
 * No reminder to buy again in the first days with a product, however soon it is used up: one on the day of the delivery reads like an offer
 * to return it.
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
