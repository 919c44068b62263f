import type { SearchAttributePair, SearchAttributeUpdatePair } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { Plan } from '../domain/plan.ts';
import { SEARCH_ATTRIBUTES } from './contract.ts';
import type { JourneyRun } from './journey-run.ts';
import { iso } from './journey-run.ts';

/** Shows operations where a run stands, in Temporal UI. No personal data: none of this is encrypted. */
export function showRun(run: JourneyRun, current: Plan, now: number): void {
  setCurrentDetails(details(run, current, now));
  const changed = attributes(run, current, now).filter(isChanged);
  // An upsert is an event and a billable action: only a change is worth one.
  if (changed.length > 0) upsertSearchAttributes(changed);
}

/** The attributes a continued run starts with, which costs nothing. */
export function startAttributes(run: JourneyRun, current: Plan, now: number): SearchAttributePair[] {
  return attributes(run, current, now).filter((pair): pair is SearchAttributePair => pair.value !== null);
}

/** What the timer in the history waits for. */
export function timerSummary(run: JourneyRun, current: Plan): string {
  if (run.paused) return 'paused';
  return current.later[0]?.key ?? 'until the order has been quiet for 30 days';
}

function attributes(run: JourneyRun, current: Plan, now: number): SearchAttributeUpdatePair[] {
  const next = current.later[0];
  return [
    { key: SEARCH_ATTRIBUTES.brand, value: run.ref.brand },
    { key: SEARCH_ATTRIBUTES.contact, value: run.contact ?? null },
    { key: SEARCH_ATTRIBUTES.phase, value: run.phase(now) },
    { key: SEARCH_ATTRIBUTES.nextStep, value: next?.key ?? null },
    { key: SEARCH_ATTRIBUTES.nextDue, value: next ? new Date(next.dueAt) : null },
    { key: SEARCH_ATTRIBUTES.hold, value: run.paused },
  ];
}

function isChanged({ key, value }: SearchAttributeUpdatePair): boolean {
  const shown = workflowInfo().typedSearchAttributes.get(key) ?? null;
  return JSON.stringify(shown) !== JSON.stringify(value);
}

function details(run: JourneyRun, current: Plan, now: number): string {
  const next = current.later[0];
  const last = run.timelineLines().at(-1);
  return [
    `**Phase** ${run.phase(now)}${run.paused ? ', paused' : ''}`,
    next ? `**Next** ${next.key} at ${iso(next.dueAt)}` : '**Next** nothing by itself',
    last ? `**Last** ${last.key} ${last.what}${last.reason ? ` (${last.reason})` : ''} at ${last.at}` : '**Last** nothing yet',
  ].join('\n\n');
}
