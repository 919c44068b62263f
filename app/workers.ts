/** Temporal workers: the workflows with their local activities, and the send queue at the provider's rate. */
import type { DataConverter } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { ActivityDeps } from '../activities/index.ts';
import { createOrderActivities, createSendActivities } from '../activities/index.ts';
import { saveLane } from '../db/sending/lanes/lanes.ts';
import { accessCodes } from '../commands/privacy/ask-code.ts';
import { accountLane } from '../domain/sending/lane.ts';
import type { SettleRules } from '../domain/sending/ledger.ts';
import { SETTLE_RULES } from '../domain/sending/ledger.ts';
import { freshLink } from '../pages/link.ts';
import { loadTemplates } from '../templates/load.ts';
import { openAccount } from '../vonage/account.ts';
import type { Provider } from '../vonage/port.ts';
import type { Configured, ServiceParts, Started } from './compose.ts';
import { reaching } from './compose.ts';
import type { Config } from './config.ts';
import { withFastThreads } from './runtime/workflow-threads.ts';
import type { WorkflowBundle } from './runtime/workflow-bundle.ts';
import { bundleWorkflows } from './runtime/workflow-bundle.ts';
import { ORDERS_QUEUE, SEND_QUEUE } from '../workflows/contract.ts';
import type { Queue } from '../workflows/queues.ts';
import { QUEUES } from '../workflows/queues.ts';

/**
 * Temporal's own log lines become lines of ours, and the process decides itself when to stop: it may have an HTTP server too.
 * Call once, before anything else of Temporal's worker.
 */
export function installRuntime(log: Logger): void {
  const write = { TRACE: 'debug', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => {
      const { workflowId, taskQueue, lane, kind, brand, message: about, code } = meta ?? {};
      log[write[level]](
        { service: 'worker', workflow: workflowId, taskQueue, lane, kind, brand, message: about, code },
        message,
      );
    }),
    telemetryOptions: { logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } } },
  });
}

export interface WorkerParts extends ServiceParts {
  /** Of Temporal. */
  readonly connection: NativeConnection;
  readonly namespace: string;
  /** Encrypts what Temporal stores; Temporal's own when left out. */
  readonly dataConverter?: DataConverter;
  readonly provider: Provider;
  /** The times of settling unknown outcomes; `SETTLE_RULES` when left out. */
  readonly settling?: SettleRules;
}

/** Settings of `Config` with the same meaning. */
export interface WorkerSettings
  extends Pick<Config, 'sendRate' | 'shutdownGraceMs'>, Partial<Pick<Config, 'sendsInPlace' | 'orderEventsKeptFor'>> {
  /** Limits of sends in place other than the usual; for tests on machines that do other work. */
  readonly inPlaceLimits?: ActivityDeps['inPlaceLimits'];
  /** All when left out. */
  readonly queues?: readonly Queue[];
  /** Other workflow code than that of the sources. Made for a `dataConverter` if there is one. */
  readonly bundle?: WorkflowBundle;
}

export interface RunningWorkers {
  /** Settles when all workers have stopped; rejects if one fails. */
  readonly done: Promise<void>;
  /** Settles when all have stopped, failed ones too: their connection may be closed then. */
  stop(): Promise<void>;
}

/**
 * Runs that stay in memory. Any other run is replayed from its history when it wakes, which costs 10 ms of CPU. A run takes about 100 KB:
 * 33 in the heap of the workflow thread, 24 in that of the main thread, the rest in Temporal's library (docs/decisions/0091).
 */
const MAX_CACHED_WORKFLOWS = 200;

/**
 * A process has one core for workflow code, and a task takes 20 to 40 ms of it and of the database. Tasks inside a worker are taken first
 * come, first served: in a flood a task took 1.5 s with 40 of them, and another brand's order-to-text p99 was 2.3 s with 20. With 8 too
 * few are left for polls of the queue with turns, and a new order waited up to 2.6 s.
 */
const WORKFLOW_TASKS_AT_ONCE = 12;
/**
 * Of ten polls, six are for the queue with turns, which has four partitions: with two polls, a partition waits while the others are served.
 */
const FAIR_POLLS = 0.6;

/**
 * The lanes keep the rate; the queue's limit, which the Temporal server enforces, is there for the day they do not. It has room for
 * runs that find their lanes busy and send nothing.
 */
const BACKSTOP = 1.5;
/** A provider that takes its full 10 s for every answer still gets its rate: 10 s, and 2 s of waiting for a token. */
const SEND_TAKES = 12;
/** Each holds a connection to the provider and some kilobytes. */
const SENDS_AT_ONCE = { least: 100, most: 2000 };

function sendsAtOnce(rate: number): number {
  return Math.min(Math.max(Math.ceil(rate * SEND_TAKES), SENDS_AT_ONCE.least), SENDS_AT_ONCE.most);
}

/** Ms: what has not ended by then hangs. All of a process has to be gone 25 s after it was asked, with 20 s of grace. */
const FORCE_AFTER = 2_000;

/** The workers of `main.ts`. */
export async function openWorkers(
  configured: Configured,
  queues: readonly Queue[],
  settling = SETTLE_RULES,
): Promise<Started> {
  const { config, vonage, log, connectionOptions, namespace, dataConverter } = configured;
  installRuntime(log);
  const address = connectionOptions.address ?? 'its default address';
  const connection = await reaching(`Temporal at ${address}`, NativeConnection.connect(connectionOptions));
  const { db, tokenOf, clock, rules, keys } = configured;
  const engine = { connection, namespace, ...(dataConverter && { dataConverter }) };
  const provider = openAccount(vonage, settling.answerWithin);
  const workers = await startWorkers(
    { db, tokenOf, clock, rules, keys, log, ...engine, provider, settling },
    { ...config, queues },
  );
  log.info({ service: 'worker', kind: queues.join(',') }, 'polling');
  const failed = workers.done.then(() => new Promise<never>(() => undefined));
  const stop = async (): Promise<void> => {
    await workers.stop();
    await connection.close();
  };
  return { failed, stop };
}

/** The dependencies of the activities of sends: those of all, without the texts. */
function sendDeps(
  {
    db,
    tokenOf,
    clock,
    rules,
    keys,
    provider,
    settling = SETTLE_RULES,
  }: ServiceParts & Pick<WorkerParts, 'provider' | 'settling'>,
  {
    sendsInPlace,
    inPlaceLimits,
    orderEventsKeptFor,
  }: Pick<WorkerSettings, 'sendsInPlace' | 'inPlaceLimits' | 'orderEventsKeptFor'>,
): Omit<ActivityDeps, 'templates'> {
  return {
    db,
    tokenOf,
    linkOf: (owner, now) => freshLink(keys.links, owner, now),
    codeOf: accessCodes(keys.codes),
    rules,
    ...provider,
    settling,
    clock,
    ...(sendsInPlace !== undefined && { sendsInPlace }),
    ...(inPlaceLimits !== undefined && { inPlaceLimits }),
    ...(orderEventsKeptFor !== undefined && { orderEventsKeptFor }),
  };
}

/** The dependencies of all activities. The texts take 10 MB and 0.3 s of CPU, so a process that only sends does not read them. */
export function activityDeps(...given: Parameters<typeof sendDeps>): ActivityDeps {
  return { ...sendDeps(...given), templates: loadTemplates() };
}

export async function startWorkers(parts: WorkerParts, settings: WorkerSettings): Promise<RunningWorkers> {
  const { connection, namespace, dataConverter } = parts;
  const { queues = QUEUES, sendRate, shutdownGraceMs: graceMs } = settings;
  const common = {
    connection,
    namespace,
    ...(dataConverter && { dataConverter }),
    shutdownGraceTime: graceMs,
    shutdownForceTime: graceMs + FORCE_AFTER,
  };
  const leaveSends = new AbortController();
  const create = {
    orders: async () => {
      const workflowBundle = settings.bundle ?? (await bundleWorkflows(dataConverter !== undefined));
      const options = {
        ...common,
        taskQueue: ORDERS_QUEUE,
        workflowBundle,
        activities: createOrderActivities({ ...activityDeps(parts, settings), leaveSends: leaveSends.signal }),
        maxCachedWorkflows: MAX_CACHED_WORKFLOWS,
        maxConcurrentWorkflowTaskExecutions: WORKFLOW_TASKS_AT_ONCE,
        nonStickyToStickyPollRatio: FAIR_POLLS,
      };
      return withFastThreads(() => Worker.create(options));
    },
    send: () =>
      Worker.create({
        ...common,
        taskQueue: SEND_QUEUE,
        activities: createSendActivities(sendDeps(parts, settings)),
        maxTaskQueueActivitiesPerSecond: sendRate * BACKSTOP,
        maxConcurrentActivityTaskExecutions: sendsAtOnce(sendRate),
      }),
  };
  // Workers of both queues send, and without the account's lane in the database a send would have no rate limit. Workers of sends set its rate.
  const replaces = queues.includes('send');
  await saveLane(parts.db, accountLane(sendRate), { replaces });
  const workers = await Promise.all(queues.map((queue) => create[queue]()));
  const runs = workers.map((worker) => worker.run());
  return {
    done: Promise.all(runs).then(() => undefined),
    stop: async () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      const leaving = setTimeout(() => leaveSends.abort(), graceMs);
      await Promise.allSettled(runs);
      clearTimeout(leaving);
    },
  };
}
