/**
 * A worker of the send drill, as a process of its own: the real activities with their real dependencies, and a stop at every
 * point where the drill may want to kill it. It says where it is and waits to be let go; the drill decides.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { ActivityDeps } from '../../../activities/index.ts';
import { createCheckConsent } from '../../../activities/check-consent.ts';
import { createOrderActivities } from '../../../activities/index.ts';
import { createWriteText } from '../../../activities/render-message.ts';
import { createSendInPlace } from '../../../activities/send/send-in-place.ts';
import { connect } from '../../../db/connection/connect.ts';
import { loadRules } from '../../../rules/load.ts';
import { createLog } from '../../../telemetry/log.ts';
import { createVonageSender } from '../../../vonage/client.ts';
import type { MessageSender } from '../../../vonage/port.ts';
import { createVonageRecords } from '../../../vonage/records.ts';
import { ORDERS_QUEUE, SEND_QUEUE } from '../../../workflows/contract.ts';
import { createDrilledSend } from './bugs.ts';
import type { KillPoint } from './plan.ts';
import { wayOf } from './plan.ts';
import type { FromWorker, CallRoute, Subject, ToWorker, DrillWorkerSettings } from './channel.ts';
import { activityDeps } from '../../../app/workers.ts';
import { keys, storeOf } from '../../../dev/drill/servers.ts';

/** Messages of several batches may stand still at once, and each occupies a place of its worker. */
const AT_ONCE = 400;
/** On loopback the provider has a request long before; only its answer takes longer. */
const ON_ITS_WAY_MS = 300;

/** A look-up without an answer is made again after a quarter of an hour. */
const LOOK_UP_MS = 10_000;

const waiting = new Map<number, (route: CallRoute) => void>();
let asked = 0;

function say(message: FromWorker): void {
  process.send?.(message);
}

/** Waits for the drill's answer, which never comes if this process is to be killed here. */
function ask(question: (id: number) => FromWorker): Promise<CallRoute> {
  asked += 1;
  const id = asked;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    say(question(id));
  });
}

async function at(point: KillPoint, subject: Subject): Promise<void> {
  await ask((id) => ({ kind: 'at', id, point, subject }));
}

/** The real sender, behind whatever network the drill wants it to see. */
function createDrilledSender(settings: DrillWorkerSettings): MessageSender {
  const { provider, closedUrl, settling } = settings;
  const senderTo = (baseUrl: string): MessageSender =>
    createVonageSender({ ...provider, baseUrl, timeoutMs: settling.answerWithin });
  const senders: Readonly<Record<CallRoute, MessageSender>> = {
    provider: senderTo(provider.baseUrl),
    closed_port: senderTo(closedUrl),
    // A label of 64 letters cannot exist: the resolver says so without asking a server.
    no_host: senderTo(`http://${'x'.repeat(64)}.invalid`),
  };
  return {
    answers: () => senders.provider.answers(),
    async send(message) {
      const { to } = message;
      const route = await ask((id) => ({ kind: 'dialling', id, to }));
      const outcome = senders[route].send(message);
      await Promise.race([outcome, sleep(ON_ITS_WAY_MS)]);
      await at('in_flight', { to });
      return outcome;
    },
  };
}

function activitiesOf(deps: ActivityDeps, { queue, bugs }: DrillWorkerSettings): object {
  const send = createDrilledSend(deps, bugs);
  const sendMessage: typeof send = async (input, inserted) => {
    const { message } = input;
    await at('send_begun', { message });
    const result = await send(input, inserted);
    await at('recorded', { message });
    say({ kind: 'returned', message });
    return result;
  };
  if (queue === 'send') return { sendMessage };
  const real = createOrderActivities(deps);
  const gate = createCheckConsent({
    ...deps,
    writeText: createWriteText(deps),
    checked: (message) => at('after_check', { message }),
    sendInPlace: createSendInPlace(sendMessage, {
      mostUnderWay: AT_ONCE,
      slow: Infinity,
      closedFor: 0,
      patience: 60_000,
    }),
  });
  const checkConsent: typeof gate = async ({ send: maySend, ...input }) => {
    const order = input.order ?? '';
    await at('before_check', { order });
    const result = await gate({ ...input, ...(maySend && wayOf(order) === 'here' && { send: maySend }) });
    if (result.kind === 'send') await at('after_render', { message: result.message });
    return result;
  };
  return { ...real, checkConsent };
}

async function work(settings: DrillWorkerSettings): Promise<void> {
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('WARN'),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  const { queue, provider, settling } = settings;
  const parts = {
    ...storeOf(connect(settings.databaseUrl, { poolMax: 20 })),
    clock: { now: () => Date.now() },
    rules: loadRules(),
    keys,
    log: createLog('error'),
    provider: {
      sender: createDrilledSender(settings),
      records: createVonageRecords({ ...provider, timeoutMs: LOOK_UP_MS }),
    },
    settling,
  };
  const deps: ActivityDeps = {
    ...activityDeps(parts, {}),
    faultPoint: (point, message) => at(point, { message }),
  };
  const common = {
    connection: await NativeConnection.connect({ address: settings.temporalAddress }),
    activities: activitiesOf(deps, settings),
  };
  const worker = await (queue === 'send'
    ? Worker.create({ ...common, taskQueue: SEND_QUEUE, maxConcurrentActivityTaskExecutions: AT_ONCE })
    : Worker.create({
        ...common,
        taskQueue: ORDERS_QUEUE,
        workflowBundle: { code: await readFile(settings.bundleFile, 'utf8') },
        maxConcurrentWorkflowTaskExecutions: AT_ONCE,
        maxConcurrentLocalActivityExecutions: AT_ONCE,
      }));
  const ended = worker.run();
  say({ kind: 'polling' });
  await ended;
}

// The drill is gone, however it went.
process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'start':
      work(message.settings).catch((error: unknown) => {
        console.error(error);
        process.exit(1);
      });
      break;
    case 'go':
      waiting.get(message.id)?.(message.route);
      waiting.delete(message.id);
      break;
    default:
      message satisfies never;
  }
});
