/** When each trigger of a journey has happened, or is known to happen, for the facts of an order. */
import { DAY } from './duration.ts';
import type { Facts, ParcelMoment } from './facts.ts';
import { deliveredAt, hasOpenCase } from './facts.ts';
import type { Trigger } from './journey.ts';

export interface Occurrence {
  /** Tells occurrences of one step apart: a parcel, an event or a promised date; empty when there can be only one. */
  readonly id: string;
  /** Epoch ms; in the future for a moment that is predicted, such as a promised date. */
  readonly at: number;
  /** The parcel it is about. */
  readonly parcel?: string;
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
      return once(facts.returnedAt);
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
      return once(runOutAt(facts));
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

function runOutAt(facts: Facts): number | undefined {
  const arrived = deliveredAt(facts);
  if (arrived === undefined || facts.runsOutAfterDays === undefined) return undefined;
  return arrived + facts.runsOutAfterDays * DAY;
}
