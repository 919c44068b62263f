import { expandJourney } from '../domain/journey/compiled-journey.ts';
import type { Fact } from '../domain/orders/events.ts';
import { NO_FACTS, applyAll } from '../domain/orders/facts.ts';
import { phaseOf } from '../domain/orders/phase.ts';
import { plan } from '../domain/journey/plan.ts';
import type { RunStanding } from '../workflows/contract.ts';

/** A run that starts with its order shows from the first moment what it will wait for; one that an early event starts, little. */
export function standingAtStart(brand: string, told: readonly Fact[]): RunStanding {
  const placed = told.find((fact) => fact.type === 'order_placed');
  const placement = placed?.placement;
  const journey = placement ? expandJourney(placement.journey) : { name: '', version: 0, steps: [] };
  const facts = applyAll(NO_FACTS, told);
  const now = placed?.at ?? facts.lastAt;
  return {
    brand,
    contact: placement?.contact,
    phase: phaseOf(facts, journey.steps, now),
    plan: plan(journey, { facts, handled: {}, notBefore: {}, struck: [] }, now),
    paused: false,
  };
}
