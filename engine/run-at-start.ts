import type { Fact } from '../domain/orders/events.ts';
import { NEW_RUN, advance, planOf, summaryOf } from '../domain/journey/run.ts';
import type { ShownRun } from '../workflows/contract.ts';

/**
 * The search attributes that a new run shows. A run that starts with its order shows its next step at once; a run
 * that starts with an earlier event knows little.
 */
export function runAtStart(brand: string, told: readonly Fact[]): ShownRun {
  const facts = told.filter((fact) => fact.type !== 'message_status');
  const placedAt = facts.find((fact) => fact.type === 'order_placed')?.at;
  const heard = advance(NEW_RUN, { kind: 'facts', facts }, 0);
  const now = placedAt ?? heard.state.facts.lastAt;
  return { brand, ...summaryOf(heard, planOf(heard, now), now) };
}
