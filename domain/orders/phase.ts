/** The phase of an order in the customer's life, for the filters of operators. */
import { DAY } from '../time/duration.ts';
import type { Facts } from './facts.ts';
import { deliveredAt, isRefunded, isReturned, neverArrivedAt } from './facts.ts';
import type { Step } from '../journey/journey.ts';

export const PHASES = [
  'unknown',
  'order',
  'delivery',
  'activation',
  'assistance',
  'social_proof',
  'expansion',
  'never_arrived',
  'ended',
] as const;
export type Phase = (typeof PHASES)[number];

/** Days after delivery at which the later phases begin (product section 1: day 0-3, week 1-2, week 2-4, month 1-3). */
const AFTER_DELIVERY: readonly (readonly [days: number, phase: Phase])[] = [
  [30, 'expansion'],
  [14, 'social_proof'],
  [3, 'assistance'],
  [0, 'activation'],
];

/** The phase at a moment. Goods that are not delivered (a download, an appointment) count from the order. */
export function phaseOf(facts: Facts, steps: readonly Pick<Step, 'when'>[], now: number): Phase {
  if (facts.placedAt === undefined) return 'unknown';
  if (facts.cancelledAt !== undefined || isReturned(facts)) return 'ended';
  // An order of older rules replays as it ran: its phase is a search attribute, and each change of it a command.
  if ((facts.rules ?? 0) >= 3 && isRefunded(facts)) return 'ended';
  const ships = Object.keys(facts.parcels).length > 0 || steps.some(({ when }) => when === 'delivered');
  const from = ships ? deliveredAt(facts) : facts.placedAt;
  if (from === undefined) {
    if (facts.rules !== undefined && now >= (neverArrivedAt(facts) ?? Infinity)) return 'never_arrived';
    return Object.keys(facts.parcels).length > 0 ? 'delivery' : 'order';
  }
  return AFTER_DELIVERY.find(([days]) => now - from >= days * DAY)?.[1] ?? 'activation';
}
