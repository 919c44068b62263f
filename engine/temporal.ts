/** The workflow engine, as the API asks it. The only file that knows @temporalio/client. */
import type { ConnectionOptions, ScheduleOptions, WorkflowStartOptions } from '@temporalio/client';
import {
  Client,
  Connection,
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  isGrpcServiceError,
} from '@temporalio/client';
import type { DataConverter, Priority, UpdateDefinition } from '@temporalio/common';
import type { Fact } from '../domain/orders/events.ts';
import { CALL_ENDS_WITHIN } from '../domain/sending/outbox.ts';
import type {
  Command,
  CommandResult,
  ConsentRenewalInput,
  ErasureInput,
  OrderRef,
  ShownRun,
} from '../workflows/contract.ts';
import {
  CONSENT_RENEWAL,
  ERASURE,
  ORDERS_QUEUE,
  ORDER_JOURNEY,
  REDELIVERY,
  REPLY,
  RETENTION,
  SEARCH_ATTRIBUTES,
  cancelMessagesUpdate,
  consentChangedSignal,
  consentWorkflowId,
  customerRepliedSignal,
  erasureWorkflowId,
  messageStatusSignal,
  orderEventSignal,
  orderWorkflowId,
  pauseUpdate,
  redeliveryWorkflowId,
  replyWorkflowId,
  resumeUpdate,
  skipStepUpdate,
  startAttributesOf,
} from '../workflows/contract.ts';
import type { CommandAnswer, Workflows } from './workflows.ts';
import { NEW_RUN, advance, planOf, runSummaryOf } from '../domain/journey/run.ts';

/** A health check, or a look at a run, fails after this time, ms. */
const PING_LIMIT = 1_000;

export interface TemporalSettings {
  readonly connectionOptions: ConnectionOptions;
  readonly namespace?: string;
  /** Encrypts what Temporal stores; Temporal's own when left out. */
  readonly dataConverter?: DataConverter;
}

/**
 * grpc-js waits up to 120 s between two tries to connect, so it could miss for that long that the engine is back. The
 * drainer asks every 5 s at the latest.
 */
const RECONNECT = { 'grpc.initial_reconnect_backoff_ms': 200, 'grpc.max_reconnect_backoff_ms': 5_000 };

/** A client that connects with its first call: the API takes orders while the engine is away. */
export function connectTemporal({ connectionOptions, namespace, dataConverter }: TemporalSettings): {
  client: Client;
  close(): Promise<void>;
} {
  const channelArgs = { ...RECONNECT, ...connectionOptions.channelArgs };
  const connection = Connection.lazy({ ...connectionOptions, channelArgs });
  const client = new Client({
    connection,
    ...(namespace !== undefined && { namespace }),
    ...(dataConverter && { dataConverter }),
  });
  return { client, close: () => connection.close() };
}

export function temporalWorkflows(client: Client): Workflows {
  /**
   * Gives all engine calls of `call` one deadline. The deadline is in wall time, because the clock of the service may
   * be virtual. Callers of the API wait this long for a command.
   */
  const inTime = <T>(call: () => Promise<T>, limit = CALL_ENDS_WITHIN): Promise<T> =>
    client.withDeadline(Date.now() + limit, call);

  async function command<C extends Command>(
    { brand, order }: OrderRef,
    update: UpdateDefinition<CommandResult, [C]>,
    args: C,
  ): Promise<CommandAnswer> {
    const handle = client.workflow.getHandle(orderWorkflowId(brand, order));
    try {
      const { plan } = await inTime(() => handle.executeUpdate(update, { args: [args], updateId: args.id }));
      return { kind: 'done', plan };
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError)
        return { kind: 'rejected', why: error.cause?.message ?? 'no reason given' };
      if (error instanceof WorkflowNotFoundError) return { kind: 'not_running' };
      return { kind: 'unreachable' };
    }
  }

  /**
   * Signals a run but starts none. No run needs to be started for a message status. For a late fact, the engine may
   * have forgotten the run that knew the order, and a new run would wait for the order in vain.
   */
  async function signalRun(workflowId: string, signal: FactSignal): Promise<void> {
    await client.workflow.getHandle(workflowId).signal(signal.name, ...signal.args);
  }

  async function signalOrStart({ brand, order }: OrderRef, facts: readonly Fact[], signal: FactSignal): Promise<void> {
    const start: WorkflowStartOptions = {
      workflowId: orderWorkflowId(brand, order),
      taskQueue: ORDERS_QUEUE,
      args: [{ brand, order }],
      // `order_placed` may start a new run after one that waited for the order in vain, because that run has sent
      // nothing. Other facts start nothing once a run has ended.
      workflowIdReusePolicy: facts.some(({ type }) => type === 'order_placed') ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
      staticSummary: `Order ${order} of ${brand}`,
      typedSearchAttributes: startAttributesOf(runAtStart(brand, facts)),
      priority: turnsOf(brand),
    };
    const signals = { signal: signal.name, signalArgs: [...signal.args] };
    await client.workflow.signalWithStart(ORDER_JOURNEY, { ...start, ...signals });
  }

  /** Starts a short workflow that runs once: starting it again changes nothing. */
  async function startOnce(
    workflow: string,
    { brand, workflowId, input, summary }: { brand: string; workflowId: string; input: object; summary: string },
  ): Promise<void> {
    try {
      await inTime(() =>
        client.workflow.start(workflow, {
          workflowId,
          taskQueue: ORDERS_QUEUE,
          args: [input],
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          staticSummary: summary,
          typedSearchAttributes: [{ key: SEARCH_ATTRIBUTES.brand, value: brand }],
          priority: turnsOf(brand),
        }),
      );
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }

  return {
    async tell(ref, facts, { begun = false } = {}) {
      const starts = !begun && facts.some(({ type }) => type !== 'message_status');
      const tellAll = async (): Promise<void> => {
        for (const signal of signalsOf(facts))
          await (starts ? signalOrStart(ref, facts, signal) : signalRun(orderWorkflowId(ref.brand, ref.order), signal));
      };
      try {
        await inTime(tellAll);
        return 'told';
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError || error instanceof WorkflowNotFoundError)
          return 'finished';
        throw error;
      }
    },

    async waits({ brand, order }) {
      const handle = client.workflow.getHandle(orderWorkflowId(brand, order));
      try {
        const { raw } = await inTime(() => handle.describe(), PING_LIMIT);
        const { state, scheduledTime } = raw.pendingWorkflowTask ?? {};
        const since = Number(state) === TASK_SCHEDULED ? scheduledTime : undefined;
        return since ? Math.max(0, Date.now() - Number(since.seconds) * 1000 - (since.nanos ?? 0) / 1e6) : 0;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 0;
        throw error;
      }
    },

    reply: (input) =>
      startOnce(REPLY, {
        brand: input.brand,
        workflowId: replyWorkflowId(input.brand, input.inbound),
        input,
        summary: `${input.send} to a customer of ${input.brand}`,
      }),

    redeliver: ({ id, brand, ...input }) =>
      startOnce(REDELIVERY, {
        brand,
        workflowId: redeliveryWorkflowId(brand, id),
        input,
        summary: `${input.kind} of ${brand} once more`,
      }),

    async watchConsents({ brand, contact }) {
      await inTime(() =>
        client.workflow.signalWithStart(CONSENT_RENEWAL, {
          workflowId: consentWorkflowId(brand, contact),
          taskQueue: ORDERS_QUEUE,
          args: [{ brand, contact } satisfies ConsentRenewalInput],
          signal: consentChangedSignal,
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          staticSummary: `Consents of a customer of ${brand}`,
          typedSearchAttributes: [
            { key: SEARCH_ATTRIBUTES.brand, value: brand },
            { key: SEARCH_ATTRIBUTES.contact, value: contact },
          ],
          priority: turnsOf(brand),
        }),
      );
    },

    erase: ({ id, brand, contact, requestedAt }) =>
      startOnce(ERASURE, {
        brand,
        workflowId: erasureWorkflowId(brand, id),
        input: { erasure: id, brand, contact, requestedAt } satisfies ErasureInput,
        summary: `A customer of ${brand} is erased`,
      }),

    async keepSchedules() {
      try {
        await inTime(() => client.schedule.create(RETENTION_SCHEDULE));
        return true;
      } catch (error) {
        if (error instanceof ScheduleAlreadyRunning) return true;
        const cause = error instanceof Error ? error.cause : undefined;
        const code: number | undefined = isGrpcServiceError(cause) ? cause.code : undefined;
        if (code === UNIMPLEMENTED) return false;
        throw error;
      }
    },

    pause: (ref, args) => command(ref, pauseUpdate, args),
    resume: (ref, args) => command(ref, resumeUpdate, args),
    skip: (ref, args) => command(ref, skipStepUpdate, args),
    cancelMessages: (ref, args) => command(ref, cancelMessagesUpdate, args),

    reachable: () =>
      inTime(() => client.connection.workflowService.getSystemInfo({}), PING_LIMIT).then(
        () => true,
        () => false,
      ),
  };
}

/** Temporal's PENDING_WORKFLOW_TASK_STATE_SCHEDULED: in a queue, with no worker. */
const TASK_SCHEDULED = 1;

/**
 * Fairness key of a brand. The tasks and activities of a run keep the key that it was started with, so brands take
 * turns in both task queues.
 */
function turnsOf(brand: string): Priority {
  return { fairnessKey: brand };
}

/** The gRPC code for a call that the server does not know: the time-skipping server has no schedules. */
const UNIMPLEMENTED = 12;

interface FactSignal {
  readonly name: string;
  readonly args: readonly unknown[];
}

/** Fewer facts than this are told one by one, so that workers of the version before understand them. */
const IN_BULK = 5;

function signalsOf(facts: readonly Fact[]): readonly FactSignal[] {
  return facts.length < IN_BULK ? facts.map(signalOf) : [{ name: orderEventSignal.name, args: [null, facts] }];
}

function signalOf(fact: Fact): FactSignal {
  switch (fact.type) {
    case 'message_status':
      return { name: messageStatusSignal.name, args: [fact] };
    case 'rated':
    case 'nps_given':
      return { name: customerRepliedSignal.name, args: [fact] };
    default:
      return { name: orderEventSignal.name, args: [fact] };
  }
}

/** Once a day, at an hour at which few messages are sent anywhere. The next day makes up for a missed day. */
const RETENTION_SCHEDULE: ScheduleOptions = {
  scheduleId: RETENTION,
  spec: { calendars: [{ comment: 'daily, UTC', hour: 3, minute: 17 }], jitter: '10 minutes' },
  policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' },
  action: { type: 'startWorkflow', workflowType: RETENTION, workflowId: RETENTION, taskQueue: ORDERS_QUEUE },
};

/**
 * The search attributes that a new run shows. A run that starts with its order shows its next step at once; a run
 * that starts with an earlier event knows little.
 */
function runAtStart(brand: string, told: readonly Fact[]): ShownRun {
  const facts = told.filter((fact) => fact.type !== 'message_status');
  const placedAt = facts.find((fact) => fact.type === 'order_placed')?.at;
  const heard = advance(NEW_RUN, { kind: 'facts', facts }, 0);
  const now = placedAt ?? heard.state.facts.lastAt;
  return { brand, ...runSummaryOf(heard, planOf(heard, now), now) };
}
