import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { freePort } from './free-port.ts';
import { type GuardedProcess, startGuarded } from './guarded-process.ts';
import { withProgress } from './progress.ts';
import { registerSearchAttributes, type SearchAttributes } from './search-attributes.ts';
import { isAddress } from './ways.ts';

const START_LIMIT_MS = 60_000;
const START_POLL_MS = 100;
const NAMESPACE = 'default';

export type DevServer = {
  /** `host:port` of the gRPC frontend. */
  readonly address: string;
  /** Temporal's Web UI; undefined when it is switched off or belongs to a server that was running before. */
  readonly uiUrl: string | undefined;
} & Pick<GuardedProcess, 'pid' | 'stop' | 'kill'>;

/**
 * Starts the Temporal dev server (`program` from resolveTemporalCli) with the namespace `default` and the search attributes. With
 * `dbFile` its workflows survive a restart. Ports that are taken are replaced by free ones. A `program` of the form `host:port`
 * is a server that already runs: it only gets the search attributes, and `stop` and `kill` leave it alone. Throws with the server's last
 * lines when it does not come up. The server ends with this process, however that ends.
 */
export async function startDevServer(options: {
  readonly program: string;
  readonly searchAttributes: SearchAttributes;
  readonly dbFile?: string;
  readonly port?: number;
  /** A number, or false for no Web UI. */
  readonly uiPort?: number | false;
}): Promise<DevServer> {
  if (isAddress(options.program)) {
    await untilReady(options.program, options.searchAttributes, undefined);
    return { address: options.program, uiUrl: undefined, pid: undefined, stop: async () => {}, kill: async () => {} };
  }
  return await withProgress('Starting the Temporal dev server', async () => {
    const port = await freePort(options.port);
    const uiPort = options.uiPort === false ? undefined : await freePort(options.uiPort);
    if (options.dbFile !== undefined) await mkdir(dirname(options.dbFile), { recursive: true });
    // The ports that Temporal would choose for these two can be the very port that it was told to take.
    const others = ['--http-port', String(await freePort()), '--metrics-port', String(await freePort())];
    const args = ['server', 'start-dev', ...flags(port, uiPort, options.dbFile), ...others];
    const server = startGuarded(options.program, args, { stopSignal: 'TERM' });
    const address = `127.0.0.1:${port}`;
    try {
      await untilReady(address, options.searchAttributes, server);
    } catch (error) {
      await server.stop();
      throw error;
    }
    const uiUrl = uiPort === undefined ? undefined : `http://127.0.0.1:${uiPort}`;
    return { address, uiUrl, pid: server.pid, stop: server.stop, kill: server.kill };
  });
}

function flags(port: number, uiPort: number | undefined, dbFile: string | undefined): string[] {
  const listen = ['--ip', '127.0.0.1', '--port', String(port)];
  const ui = uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)];
  const storage = dbFile === undefined ? [] : ['--db-filename', dbFile];
  // With this, brands take turns in the task queues. Without it a fairness key has no effect.
  const fair = ['--dynamic-config-value', 'matching.enableFairness=true'];
  return [...listen, ...ui, ...storage, ...fair, '--namespace', NAMESPACE, '--log-level', 'error'];
}

/** Ready means that the namespace exists and has the search attributes; the port is open earlier than that. */
async function untilReady(
  address: string,
  searchAttributes: SearchAttributes,
  server: GuardedProcess | undefined,
): Promise<void> {
  let over = false;
  void server?.ended.then(() => (over = true));
  const deadline = performance.now() + START_LIMIT_MS;
  for (;;) {
    const problem = await prepare(address, searchAttributes).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (problem === undefined) return;
    if (over || performance.now() > deadline) {
      const output = server ? `: ${server.output()}` : '';
      throw new Error(`The Temporal server at ${address} did not get ready${output}`, { cause: problem });
    }
    await sleep(START_POLL_MS);
  }
}

async function prepare(address: string, searchAttributes: SearchAttributes): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 1_000 });
  try {
    await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
    await registerSearchAttributes(connection, NAMESPACE, searchAttributes);
  } finally {
    await connection.close();
  }
}
