/**
 * The guards of a journey, one row each. A guard keeps a step from happening. Most are judged from the facts and need
 * this file alone. Guards that need the customer's whole history are answered by the gate from the database, so a new
 * one of them also needs its column there (db/sending/gate).
 */
import type { Facts, FactsSummary } from '../orders/facts.ts';
import { expectedParcels, factsSummaryOf } from '../orders/facts.ts';
import type { SkipReason } from '../sending/reason.ts';
import type { Occurrence, Trigger } from './trigger.ts';
import { LOW_RATING, TRIGGERS } from './trigger.ts';

/** The order as a guard sees it. */
interface Guarded {
  readonly facts: Facts;
  readonly summary: FactsSummary;
  readonly occurrence: Occurrence;
  readonly parcel: Facts['parcels'][string] | undefined;
  /** When the parcel that the step is about has arrived, or else all of them. */
  readonly arrived: number | undefined;
}

/** A word after `unless`. */
interface GuardRow {
  /** For people: "stops the step when ...". */
  readonly means: string;
  readonly reason: SkipReason;
  /**
   * The reason may go away again, so the guard is asked when the step is due. A guard without this mark closes the
   * step at once.
   */
  readonly passing?: true;
}

interface FactGuardRow extends GuardRow {
  readonly holds: (order: Guarded) => boolean;
}

const FACT_GUARDS = {
  returned: { means: 'the whole order came back', reason: 'order_returned', holds: ({ summary }) => summary.returned },
  refunded: {
    means: 'the whole order was paid back, at once or in parts',
    reason: 'order_refunded',
    holds: ({ summary }) => summary.refunded,
  },
  item_returned: {
    means: 'every piece of the main product came back or was paid back',
    reason: 'item_returned',
    holds: ({ summary }) => summary.itemReturned,
  },
  on_its_way: {
    means: 'the parcel is out for delivery or delivered',
    reason: 'superseded',
    holds: ({ arrived, parcel }) => arrived !== undefined || parcel?.outForDeliveryAt !== undefined,
  },
  delivered: { means: 'it has arrived', reason: 'superseded', holds: ({ arrived }) => arrived !== undefined },
  not_arrived: {
    means: 'it has not arrived when the step is due',
    reason: 'not_arrived',
    passing: true,
    holds: ({ facts, summary }) => facts.placedAt !== undefined && summary.deliveredAt === undefined,
  },
  at_pickup: {
    means: 'every parcel that is missing waits at a pick-up point when the step is due',
    reason: 'at_pickup',
    passing: true,
    holds: ({ facts }) => waitsAtPickup(facts),
  },
  collected: { means: 'it was picked up', reason: 'collected', holds: ({ arrived }) => arrived !== undefined },
  news: {
    means: 'the carrier has reported something of the parcel since',
    reason: 'superseded',
    holds: ({ parcel, occurrence }) => (parcel?.lastScanAt ?? 0) > occurrence.at,
  },
  open_case: {
    means: 'a case of the order is open when the step is due; `hold_while` waits instead',
    reason: 'open_case',
    passing: true,
    holds: ({ summary }) => summary.openCase,
  },
  rated: { means: 'the customer has rated', reason: 'already_rated', holds: ({ facts }) => facts.rating !== undefined },
  rated_low: {
    means: 'the customer has rated 1 to 3',
    reason: 'low_rating',
    holds: ({ facts }) => facts.rating !== undefined && facts.rating.score <= LOW_RATING,
  },
} satisfies Record<string, FactGuardRow>;

/** The gate answers these when the message is due. */
const GATE_GUARDS = {
  member: { means: 'the customer is a loyalty member', reason: 'already_member' },
  reordered: { means: 'the customer has ordered since, and kept a part of it', reason: 'reordered' },
  asked_recently: {
    means: 'the customer was asked the NPS question in the last 180 days',
    reason: 'asked_recently',
  },
} satisfies Record<string, GuardRow>;

type FactGuard = keyof typeof FACT_GUARDS;
export type GateGuard = keyof typeof GATE_GUARDS;
export type Guard = FactGuard | GateGuard;
export const GUARDS: Readonly<Record<Guard, GuardRow>> = { ...FACT_GUARDS, ...GATE_GUARDS };
export const GUARD_NAMES = Object.keys(GUARDS) as [Guard, ...Guard[]];

/** The words of a step whose values are guards. */
interface GuardedStep {
  readonly when: Trigger;
  readonly unless?: readonly Guard[];
}

interface Stopped {
  readonly reason: SkipReason;
  readonly final: boolean;
}

/**
 * The reason why a step will not happen, or undefined if there is none. A `final` reason never goes away, so the step is closed at once;
 * others are asked again when the step is due. `summary`: of the same facts, passed when many steps are asked about.
 */
export function stopped(
  { when, unless = [] }: GuardedStep,
  occurrence: Occurrence,
  facts: Facts,
  summary = factsSummaryOf(facts),
): Stopped | undefined {
  if (!TRIGGERS[when].closing) {
    if (facts.cancelledAt !== undefined) return { reason: 'order_cancelled', final: true };
    if (summary.returned) return { reason: 'order_returned', final: true };
  }
  const parcel = occurrence.parcel === undefined ? undefined : facts.parcels[occurrence.parcel];
  const arrived = parcel ? parcel.deliveredAt : summary.deliveredAt;
  for (const guard of unless) {
    if (isOfGate(guard)) continue;
    const row: FactGuardRow = FACT_GUARDS[guard];
    if (row.holds({ facts, summary, occurrence, parcel, arrived }))
      return { reason: row.reason, final: row.passing !== true };
  }
  return undefined;
}

/** The guards of a step that the gate answers. */
export function gateGuards({ unless = [] }: Pick<GuardedStep, 'unless'>): readonly GateGuard[] {
  return unless.filter(isOfGate);
}

function isOfGate(guard: Guard): guard is GateGuard {
  return Object.hasOwn(GATE_GUARDS, guard);
}

/** True if every expected parcel that has not arrived waits for the customer at a pick-up point. */
function waitsAtPickup(facts: Facts): boolean {
  const parcels = Object.values(facts.parcels);
  const missing = parcels.filter(({ deliveredAt }) => deliveredAt === undefined);
  return (
    missing.length > 0 &&
    parcels.length >= expectedParcels(facts) &&
    missing.every(({ readyForPickupAt }) => readyForPickupAt !== undefined)
  );
}
