import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { freePort } from './free-port.ts';
import { startGuarded } from './guarded-process.ts';
import { withProgress } from './progress.ts';
import { type Log, messageOf } from './resolve.ts';
import { registerSearchAttributes, type SearchAttributes } from './search-attributes.ts';

/** A JVM whose 38 MB of jars have to be read from a cold, busy disk needs far longer than the SDK's 5 s. */
const WARM_UP_LIMIT_MS = 60_000;
const WARM_UP_POLL_MS = 100;
const STARTS = 6;

/**
 * Starts the time-skipping server at `path` (see resolveTestServer) with the search attributes registered. Ends with
 * `environment.teardown()`. It uses the SDK's Runtime: configure that with `Runtime.install` before.
 *
 * The SDK gives a server 5 s to listen, and that limit is fixed. When a start fails, the server is started once by hand with more
 * patience, which brings its files into memory, and then tried again. Beside much other work a second start has failed, too.
 */
export async function startTimeSkipping(options: {
  readonly path: string;
  readonly searchAttributes: SearchAttributes;
  readonly log: Log;
}): Promise<TestWorkflowEnvironment> {
  return await withProgress('Starting the Temporal time-skipping server', async () => {
    const environment = await startPatiently(options.path, options.log);
    await registerSearchAttributes(
      environment.connection,
      environment.namespace ?? 'default',
      options.searchAttributes,
    );
    return environment;
  });
}

async function startPatiently(path: string, log: Log): Promise<TestWorkflowEnvironment> {
  for (let left = STARTS - 1; ; left -= 1)
    try {
      return await start(path);
    } catch (error) {
      if (left === 0) throw error;
      log(`Temporal time-skipping server: a start failed (${messageOf(error)}), warming up`);
      await warmUp(path);
    }
}

async function start(path: string): Promise<TestWorkflowEnvironment> {
  return await TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } });
}

async function warmUp(path: string): Promise<void> {
  const port = await freePort();
  const server = startGuarded(path, [String(port)], { stopSignal: 'TERM' });
  let over = false;
  void server.ended.then(() => (over = true));
  const deadline = performance.now() + WARM_UP_LIMIT_MS;
  while (!(await accepts(port))) {
    if (over || performance.now() > deadline) {
      await server.stop();
      throw new Error(`${path} does not start: ${server.output()}`);
    }
    await sleep(WARM_UP_POLL_MS);
  }
  await server.stop();
}

async function accepts(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.end());
  });
}
