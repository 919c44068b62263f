/** The recorded history of a workflow, run by run of its continue-as-new chain. */
import type { Client, WorkflowHandle } from '@temporalio/client';

export type WorkflowHistory = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
export type HistoryEvent = NonNullable<WorkflowHistory['events']>[number];

/** All runs of a workflow, oldest first. */
export async function historiesOf(client: Client, workflowId: string): Promise<WorkflowHistory[]> {
  const histories: WorkflowHistory[] = [];
  let runId: string | undefined;
  do {
    const history: WorkflowHistory = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    histories.unshift(history);
    runId = history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || undefined;
  } while (runId !== undefined);
  return histories;
}

/** The actions that Temporal Cloud would bill for a run (docs "Temporal Cloud Actions"); search-attribute upserts included. */
export function billableActions({ events }: WorkflowHistory): number {
  let actions = 0;
  /** Local activities recorded by one workflow task count as one action together. */
  let taskHasLocalActivity = false;
  for (const event of events ?? []) {
    if (event.workflowTaskCompletedEventAttributes) taskHasLocalActivity = false;
    const signalThatStarted = event.eventId?.toString() === '2' && event.workflowExecutionSignaledEventAttributes;
    if (event.markerRecordedEventAttributes?.markerName === 'core_local_activity' && !taskHasLocalActivity) {
      taskHasLocalActivity = true;
      actions += 1;
    } else if (!signalThatStarted && isBillable(event)) actions += 1;
  }
  return actions;
}

function isBillable(event: HistoryEvent): boolean {
  return Boolean(
    event.workflowExecutionStartedEventAttributes ??
    event.activityTaskScheduledEventAttributes ??
    event.timerStartedEventAttributes ??
    event.workflowExecutionSignaledEventAttributes ??
    event.workflowExecutionUpdateAcceptedEventAttributes ??
    event.upsertWorkflowSearchAttributesEventAttributes,
  );
}

/** Bytes of what a continued run was started with; 0 for a first run. */
export function carriedBytes({ events }: WorkflowHistory): number {
  const started = events?.[0]?.workflowExecutionStartedEventAttributes;
  if (!started?.continuedExecutionRunId) return 0;
  return (started.input?.payloads ?? []).reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
}
