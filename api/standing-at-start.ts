import { expandJourney } from '../domain/compiled-journey.ts';
import type { Fact } from '../domain/event.ts';
import { NO_FACTS, apply } from '../domain/facts.ts';
import { phaseOf } from '../domain/phase.ts';
import { plan } from '../domain/plan.ts';
import type { RunStanding } from '../workflows/contract.ts';

/** A run that starts with its order shows from the first moment what it will wait for; one that an early event starts, little. */
export function standingAtStart(brand: string, fact: Fact): RunStanding {
  const placement = fact.type === 'order_placed' ? fact.placement : undefined;
  const journey = placement ? expandJourney(placement.journey) : { name: '', version: 0, steps: [] };
  const facts = apply(NO_FACTS, fact);
  return {
    brand,
    contact: placement?.contact,
    phase: phaseOf(facts, journey.steps, fact.at),
    plan: plan(journey, { facts, handled: {}, notBefore: {}, struck: [] }, fact.at),
    paused: false,
  };
}
