/** `main.ts api`, `main.ts worker [--queues orders,send]`, `main.ts api worker`: the services against configured servers. */
import { parseArgs } from 'node:util';
import { PortTaken } from './api/http/http-server.ts';
import { ConfigProblems } from './app/config.ts';
import type { Configured, Started } from './app/compose.ts';
import { openConfigured } from './app/compose.ts';
import { giveBackAtRest } from './app/runtime/memory-at-rest.ts';
import type { Queue } from './workflows/queues.ts';
import { QUEUES } from './workflows/queues.ts';

const SERVICES = ['api', 'worker'] as const;
type Service = (typeof SERVICES)[number];

const USAGE = 'usage: main.ts api|worker ... [--queues orders,send]';

interface Chosen {
  readonly services: readonly Service[];
  readonly queues: readonly Queue[];
}

/** Undefined: a word that is not known, or no service at all. */
function readArguments(): Chosen | undefined {
  try {
    const { positionals, values } = parseArgs({ allowPositionals: true, options: { queues: { type: 'string' } } });
    const services = chosenOf(SERVICES, positionals);
    const queues = values.queues === undefined ? QUEUES : chosenOf(QUEUES, values.queues.split(','));
    return services && queues && { services, queues };
  } catch {
    return undefined;
  }
}

function chosenOf<T extends string>(known: readonly T[], words: readonly string[]): readonly T[] | undefined {
  const chosen = known.filter((one) => words.includes(one));
  return words.length > 0 && words.every((word) => chosen.some((one) => one === word)) ? chosen : undefined;
}

/** The modules of a service are loaded when it starts: an API has no use for 60 MB of workers. */
async function open(service: Service, configured: Configured, queues: readonly Queue[]): Promise<Started> {
  switch (service) {
    case 'api':
      return (await import('./app/api.ts')).openApi(configured);
    case 'worker':
      return (await import('./app/workers.ts')).openWorkers(configured, queues);
  }
}

async function main({ services, queues }: Chosen): Promise<void> {
  const stopped = stopSignal();
  const configured = await openConfigured();
  const { db, log } = configured;
  const started: Started[] = [];
  let ends: readonly PromiseSettledResult<void>[] = [];
  try {
    for (const service of services) started.push(await open(service, configured, queues));
    // A start leaves 20 to 30 MB of read files behind.
    giveBackAtRest();
    await Promise.race([stopped, ...started.map(({ failed }) => failed)]);
    log.info('stopping');
  } finally {
    const begunAt = performance.now();
    // All services stop side by side, so that it takes as long as the slowest and not as all together. Facts that the API has accepted
    // are in the inbox, and workers finish the tasks they have begun.
    ends = await Promise.allSettled(started.map((service) => service.stop()));
    await db.destroy();
    log.info({ ms: Math.round(performance.now() - begunAt) }, 'stopped');
  }
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}

const chosen = readArguments();
if (chosen === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  try {
    await main(chosen);
  } catch (error) {
    console.error(error instanceof ConfigProblems || error instanceof PortTaken ? error.message : error);
    // All our parts have ended. The thread of a worker that could not be created may still run, and would keep the
    // process alive.
    process.exit(1);
  }
}
