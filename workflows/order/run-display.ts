import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { phaseOf } from '../../domain/orders/phase.ts';
import type { Plan, PlannedStep } from '../../domain/journey/plan.ts';
import { nextStep } from '../../domain/journey/plan.ts';
import type { RunStanding } from '../contract.ts';
import { searchAttributesOf } from '../contract.ts';
import type { JourneyRun } from './journey-run.ts';
import { iso } from './journey-run.ts';

/** Shows operations where a run stands, in Temporal UI. No personal data: none of this is encrypted. */
export function showRun(run: JourneyRun, plan: Plan, now: number): void {
  setCurrentDetails(details(run, plan, now));
  const changed = searchAttributesOf(standingOf(run, plan, now)).filter(isChanged);
  // An upsert is an event and a billable action: only a change is worth one.
  if (changed.length > 0) upsertSearchAttributes(changed);
}

/** Where a run stands, for its search attributes. */
export function standingOf(run: JourneyRun, plan: Plan, now: number): RunStanding {
  return {
    brand: run.ref.brand,
    contact: run.contact,
    phase: phaseOf(run.facts, run.steps, now),
    plan,
    paused: run.paused,
  };
}

/** Names the moment that the timer in the history waits for. */
export function timerSummary(run: JourneyRun, current: Plan): string {
  if (run.paused) return 'paused';
  const next = nextStep(current);
  return next ? `${next.key}${heldInWords(next)}` : 'until the order has been quiet for 30 days';
}

/** `, held by case 7`. */
function heldInWords({ heldBy }: PlannedStep): string {
  return heldBy ? `, held by case ${heldBy.join(', ')}` : '';
}

function isChanged({ key, value }: SearchAttributeUpdatePair): boolean {
  const shown = workflowInfo().typedSearchAttributes.get(key) ?? null;
  return JSON.stringify(shown) !== JSON.stringify(value);
}

function details(run: JourneyRun, current: Plan, now: number): string {
  const next = nextStep(current);
  const last = run.timeline.at(-1);
  return [
    `**Phase** ${phaseOf(run.facts, run.steps, now)}${run.paused ? ', paused' : ''}`,
    next ? `**Next** ${next.key} at ${iso(next.dueAt)}${heldInWords(next)}` : '**Next** nothing by itself',
    last
      ? `**Last** ${last.key} ${last.what}${last.reason ? ` (${last.reason})` : ''} at ${last.at}`
      : '**Last** nothing yet',
  ].join('\n\n');
}
