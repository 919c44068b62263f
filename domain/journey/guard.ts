/** Guards keep a step from happening, judged from the facts alone. The gate judges the rest from the database. */
import type { Facts, FactsSummary } from '../orders/facts.ts';
import { expectedParcels, summaryOf } from '../orders/facts.ts';
import type { GateGuard, Guard, Step, Trigger } from './journey.ts';
import type { SkipReason } from '../sending/reason.ts';
import type { Occurrence } from './trigger.ts';
import { LOW_RATING } from './trigger.ts';

/** Steps about the end of an order: all that may still be sent once it was cancelled or returned. */
const CLOSING: readonly Trigger[] = ['cancelled', 'refunded', 'returned'];

/**
 * The reason why a step will not happen, or undefined if there is none. A `final` reason never goes away, so the step is closed at once;
 * others are asked again when the step is due. `summary`: of the same facts, passed when many steps are asked about.
 */
export function stopped(
  step: Step,
  occurrence: Occurrence,
  facts: Facts,
  summary = summaryOf(facts),
): { reason: SkipReason; final: boolean } | undefined {
  if (!CLOSING.includes(step.when)) {
    if (facts.cancelledAt !== undefined) return { reason: 'order_cancelled', final: true };
    if (summary.returned) return { reason: 'order_returned', final: true };
  }
  for (const guard of step.unless ?? []) {
    const found = guarded(guard, occurrence, facts, summary);
    if (found) return found;
  }
  return undefined;
}

function guarded(
  guard: Guard,
  occurrence: Occurrence,
  facts: Facts,
  summary: FactsSummary,
): { reason: SkipReason; final: boolean } | undefined {
  const parcel = occurrence.parcel === undefined ? undefined : facts.parcels[occurrence.parcel];
  const arrived = parcel ? parcel.deliveredAt : summary.deliveredAt;
  const when = (holds: boolean, reason: SkipReason, final = true) => (holds ? { reason, final } : undefined);
  switch (guard) {
    case 'returned':
      return when(summary.returned, 'order_returned');
    case 'refunded':
      return when(summary.refunded, 'order_refunded');
    case 'item_returned':
      return when(summary.itemReturned, 'item_returned');
    case 'on_its_way':
      return when(arrived !== undefined || parcel?.outForDeliveryAt !== undefined, 'superseded');
    case 'delivered':
      return when(arrived !== undefined, 'superseded');
    case 'not_arrived':
      return when(facts.placedAt !== undefined && summary.deliveredAt === undefined, 'not_arrived', false);
    case 'at_pickup':
      return when(waitsAtPickup(facts), 'at_pickup', false);
    case 'collected':
      return when(arrived !== undefined, 'collected');
    case 'news':
      return when((parcel?.lastScanAt ?? 0) > occurrence.at, 'superseded');
    case 'open_case':
      return when(summary.openCase, 'open_case', false);
    case 'rated':
      return when(facts.rating !== undefined, 'already_rated');
    case 'rated_low':
      return when(facts.rating !== undefined && facts.rating.score <= LOW_RATING, 'low_rating');
    case 'member':
    case 'reordered':
    case 'asked_recently':
      return undefined;
  }
}

/** Every parcel that is expected and has not arrived waits for the customer to collect it. */
function waitsAtPickup(facts: Facts): boolean {
  const parcels = Object.values(facts.parcels);
  const missing = parcels.filter(({ deliveredAt }) => deliveredAt === undefined);
  return (
    missing.length > 0 &&
    parcels.length >= expectedParcels(facts) &&
    missing.every(({ readyForPickupAt }) => readyForPickupAt !== undefined)
  );
}

/** The guards of a step that the gate answers. */
export function gateGuards({ unless = [] }: Pick<Step, 'unless'>): readonly GateGuard[] {
  return unless.filter((guard) => guard === 'member' || guard === 'reordered' || guard === 'asked_recently');
}
