import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { Plan, PlannedStep } from '../../domain/journey/plan.ts';
import { nextStep } from '../../domain/journey/plan.ts';
import type { Run, RunSummary } from '../../domain/journey/run.ts';
import { isPaused, runSummaryOf } from '../../domain/journey/run.ts';
import { searchAttributesOf } from '../contract.ts';
import type { OrderRun } from './order-run.ts';

/**
 * Shows operators the progress of a run in Temporal UI. It has no personal data, because search attributes are not
 * encrypted.
 */
export function showRun({ ref, run }: OrderRun, plan: Plan, now: number): void {
  const summary = runSummaryOf(run, plan, now);
  setCurrentDetails(details(run, summary));
  const changed = searchAttributesOf({ brand: ref.brand, ...summary }).filter(isChanged);
  // Upserts only if an attribute has changed, because each upsert is an event and a billable action.
  if (changed.length > 0) upsertSearchAttributes(changed);
}

/** The text beside the timer in the history: the step that it waits for. */
export function timerSummary(run: Run, current: Plan): string {
  if (isPaused(run)) return 'paused';
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

function details({ lines }: Run, { phase, plan, paused }: RunSummary): string {
  const next = nextStep(plan);
  const last = lines.at(-1);
  return [
    `**Phase** ${phase}${paused ? ', paused' : ''}`,
    next
      ? `**Next** ${next.key} at ${new Date(next.dueAt).toISOString()}${heldInWords(next)}`
      : '**Next** nothing by itself',
    last
      ? `**Last** ${last.key} ${last.what}${last.reason ? ` (${last.reason})` : ''} at ${last.at}`
      : '**Last** nothing yet',
  ].join('\n\n');
}
