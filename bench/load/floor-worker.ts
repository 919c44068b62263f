/** The process of the floor: an empty workflow, its workers and the client that signals it. */
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { quietTemporal } from '../../dev/installation.ts';
import type { EngineWork, FloorActivities, FloorInput, FloorRun, FromFloor } from './floor-contract.ts';
import { AT_ONCE } from './shop.ts';

const QUEUE = 'floor';
const SEND_QUEUE = 'floor-send';
const POLL_MS = 5;

const [address = ''] = process.argv.slice(2);
const say = (message: FromFloor): void => void process.send?.(message);
let sent = 0;

const activities: FloorActivities = {
  look: (round) => Promise.resolve(round),
  send: (round) => {
    sent += 1;
    return Promise.resolve(round);
  },
};

/** Rounds of signals, like the shop's floods: a round begins when all activities of the round before have begun. */
async function run(client: Client, { from, count, work }: FloorRun): Promise<void> {
  for (let round = 0; round < work.signals; round += 1) {
    const until = sent + count * (done(work, round + 1) - done(work, round));
    const left = Array.from({ length: count }, (_, index) => from + index).values();
    const lane = async (): Promise<void> => {
      for (const order of left) await signal(client, order, work);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    while (sent < until) await sleep(POLL_MS);
  }
}

function done({ activities: total, signals }: EngineWork, rounds: number): number {
  return Math.floor((total * rounds) / signals);
}

async function signal(client: Client, order: number, work: EngineWork): Promise<void> {
  const input: FloorInput = { ...work, sendQueue: SEND_QUEUE };
  await client.workflow.signalWithStart('floorOrder', {
    workflowId: `floor:${order}`,
    taskQueue: QUEUE,
    args: [input],
    signal: 'poke',
    signalArgs: [],
  });
}

process.on('disconnect', () => process.exit(0));
quietTemporal();
const connection = await NativeConnection.connect({ address });
const workflowBundle = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('floor-workflow.ts', import.meta.url)),
  logger: new DefaultLogger('ERROR'),
});
const workers = await Promise.all([
  Worker.create({ connection, taskQueue: QUEUE, workflowBundle, activities }),
  Worker.create({ connection, taskQueue: SEND_QUEUE, activities }),
]);
for (const worker of workers) void worker.run();
const client = new Client({ connection: await Connection.connect({ address }) });
process.on('message', (message: FloorRun) => {
  const begun = performance.now();
  run(client, message).then(
    () => say({ kind: 'done', seconds: (performance.now() - begun) / 1000 }),
    (error: unknown) => say({ kind: 'failed', why: String(error) }),
  );
});
say({ kind: 'polling' });
