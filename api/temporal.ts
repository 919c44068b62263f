/** The API's view of the order workflows. The only file that knows @temporalio/client. */
import type { ConnectionOptions, WorkflowStartOptions } from '@temporalio/client';
import {
  Client,
  Connection,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type { PendingRedelivery } from '../db/redeliveries.ts';
import { expandJourney } from '../domain/compiled-journey.ts';
import type { Fact, MessageStatus } from '../domain/event.ts';
import { NO_FACTS, apply } from '../domain/facts.ts';
import { phaseOf } from '../domain/phase.ts';
import type { PlanLine } from '../domain/plan.ts';
import { plan } from '../domain/plan.ts';
import type {
  Command,
  CommandResult,
  OrderRef,
  PauseCommand,
  ReplyInput,
  RunStanding,
  SkipCommand,
} from '../workflows/contract.ts';
import {
  ORDERS_QUEUE,
  ORDER_JOURNEY,
  REDELIVERY,
  REPLY,
  SEARCH_ATTRIBUTES,
  cancelMessagesUpdate,
  customerRepliedSignal,
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

/** A command waits for the workflow's answer no longer than this, ms: callers of the API wait with it. */
const CALL_LIMIT = 5_000;
/** A health check that takes longer has failed, ms. */
const PING_LIMIT = 1_000;

export type CommandAnswer =
  | { readonly kind: 'done'; readonly plan: readonly PlanLine[] }
  /** The workflow's validator said no; `why` is its message. */
  | { readonly kind: 'rejected'; readonly why: string }
  /** It never started, or has ended. */
  | { readonly kind: 'not_running' }
  /** No answer in time: it may or may not happen, and the same command id makes it happen once. */
  | { readonly kind: 'unreachable' };

export interface OrderWorkflows {
  /** Hands a fact to the order's workflow, which starts with its first one. Throws when the engine cannot be reached. */
  tell(ref: OrderRef, fact: Fact): Promise<'told' | 'finished'>;
  /** Starts the one reply to an inbound message. Starting it again changes nothing. Throws as `tell` does. */
  reply(input: ReplyInput): Promise<void>;
  /** Starts sending a message again, once per redelivery. Throws as `tell` does. */
  redeliver(pending: PendingRedelivery): Promise<void>;
  pause(ref: OrderRef, command: PauseCommand): Promise<CommandAnswer>;
  resume(ref: OrderRef, command: Command): Promise<CommandAnswer>;
  skip(ref: OrderRef, command: SkipCommand): Promise<CommandAnswer>;
  cancelMessages(ref: OrderRef, command: Command): Promise<CommandAnswer>;
  /** True if the engine answers. */
  reachable(): Promise<boolean>;
}

export interface TemporalSettings {
  readonly connectionOptions: ConnectionOptions;
  readonly namespace?: string;
}

/**
 * grpc-js waits up to 120 s between two tries to connect, and so long would an engine that is back go unnoticed. The drainer
 * asks every 5 s at the latest.
 */
const RECONNECT = { 'grpc.initial_reconnect_backoff_ms': 200, 'grpc.max_reconnect_backoff_ms': 5_000 };

/** A client that connects with its first call: the API takes orders while the engine is away. */
export function connectTemporal({ connectionOptions, namespace }: TemporalSettings): {
  client: Client;
  close(): Promise<void>;
} {
  const channelArgs = { ...RECONNECT, ...connectionOptions.channelArgs };
  const connection = Connection.lazy({ ...connectionOptions, channelArgs });
  const client = new Client({ connection, ...(namespace !== undefined && { namespace }) });
  return { client, close: () => connection.close() };
}

export function orderWorkflows(client: Client): OrderWorkflows {
  /** gRPC counts in wall time, whatever clock the service goes by. */
  const inTime = <T>(call: () => Promise<T>, limit = CALL_LIMIT): Promise<T> =>
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

  /** A report about a message starts nothing: without a run nobody waits for it. */
  async function report({ brand, order }: OrderRef, status: MessageStatus): Promise<'told' | 'finished'> {
    const handle = client.workflow.getHandle(orderWorkflowId(brand, order));
    try {
      await inTime(() => handle.signal(messageStatusSignal, status));
      return 'told';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return 'finished';
      throw error;
    }
  }

  /** A short workflow that is to happen once: starting it again changes nothing. */
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
        }),
      );
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }

  return {
    async tell({ brand, order }, fact) {
      if (fact.type === 'message_status') return report({ brand, order }, fact);
      const start: WorkflowStartOptions = {
        workflowId: orderWorkflowId(brand, order),
        taskQueue: ORDERS_QUEUE,
        args: [{ brand, order }],
        // The run that waited in vain for its order has sent nothing, and the order must not be lost; what else comes after
        // a run has ended starts nothing.
        workflowIdReusePolicy: fact.type === 'order_placed' ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
        staticSummary: `Order ${order} of ${brand}`,
        typedSearchAttributes: startAttributesOf(standingAtStart(brand, fact)),
      };
      try {
        await inTime(() =>
          fact.type === 'rated' || fact.type === 'nps_given'
            ? client.workflow.signalWithStart(ORDER_JOURNEY, {
                ...start,
                signal: customerRepliedSignal,
                signalArgs: [fact],
              })
            : client.workflow.signalWithStart(ORDER_JOURNEY, {
                ...start,
                signal: orderEventSignal,
                signalArgs: [fact],
              }),
        );
        return 'told';
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return 'finished';
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

/** A run that starts with its order shows from the first moment what it will wait for; one that an early event starts, little. */
function standingAtStart(brand: string, fact: Fact): RunStanding {
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
