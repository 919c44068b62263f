/** The four parts of an installation as processes that can be killed, asked to stop, and started again as the same ones. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../dev/servers/free-port.ts';
import { publicTemporaryFolder } from '../../../dev/servers/postgres-binaries.ts';
import type { Environment, Program } from '../../../dev/programs.ts';
import { startProgram } from '../../../dev/programs.ts';
import type { Ending } from '../../../dev/drill/servers.ts';
import { startDatabase, startTemporal } from '../../../dev/drill/servers.ts';

export const COMPONENTS = ['api', 'worker', 'postgres', 'temporal'] as const;
export type ComponentName = (typeof COMPONENTS)[number];

export interface Component {
  /** With SIGKILL. */
  kill(): Promise<void>;
  /** As an operator does: SIGTERM, and for PostgreSQL SIGINT, as SIGTERM lets it wait for its clients for ever. */
  stop(): Promise<void>;
  /** Settles when it is up. */
  start(): Promise<void>;
}

interface Stoppable {
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** A server that must be found where it was. */
export interface Server extends Component {
  /** Where it is: a URL, or `host:port`. */
  readonly at: string;
}

/** A crashed PostgreSQL cannot be started until the last of its processes has noticed; a supervisor tries again, too. */
const START_TRIES = 20;
const START_RETRY_MS = 250;

async function server<T extends Stoppable>(
  start: () => Promise<T>,
  at: (running: T) => string,
  begun: (ending: Ending) => void,
): Promise<Server> {
  let running = await start();
  const place = at(running);
  begun(() => running.stop());
  return {
    at: place,
    kill: () => running.kill(),
    stop: () => running.stop(),
    async start() {
      for (let tries = 1; ; tries += 1) {
        try {
          running = await start();
          break;
        } catch (error) {
          if (tries === START_TRIES) throw error;
          await sleep(START_RETRY_MS);
        }
      }
      if (at(running) !== place) throw new Error(`it came back at ${at(running)} and not at ${place}`);
    },
  };
}

/** On Ctrl-C, too, when nothing else of the drill is done any more and the server may be writing still. */
function removedAtExit(folder: string): void {
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
}

/** PostgreSQL with its data on disk. */
export async function openPostgres(begun: (ending: Ending) => void): Promise<Server> {
  const dataFolder = join(publicTemporaryFolder(), `dopo-restart-${randomBytes(6).toString('hex')}`);
  const port = await freePort();
  removedAtExit(dataFolder);
  return server(
    () => startDatabase({ dataFolder, port }),
    ({ url }) => url,
    begun,
  );
}

/** The dev server with its workflows in a file. */
export async function openTemporal(begun: (ending: Ending) => void): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'dopo-restart-'));
  const port = await freePort();
  removedAtExit(folder);
  const opened = await server(
    () => startTemporal({ dbFile: join(folder, 'temporal.db'), port }),
    ({ address }) => address,
    begun,
  );
  if (!opened.at.endsWith(`:${port}`))
    throw new Error('the drill ends Temporal: DOPO_TEMPORAL_CLI_PATH must be a program');
  return opened;
}

/** Programs of ours that are ended and started together. `died` hears of one that ends without being asked. */
export async function openPrograms(
  commands: readonly { readonly args: readonly string[]; readonly up: RegExp }[],
  env: Environment,
  died: (how: string) => void,
  begun: (ending: Ending) => void,
): Promise<Component> {
  let running: readonly Program[] = [];
  let wanted = true;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    wanted = false;
    for (const program of running) program.kill(signal);
    const ends = await Promise.all(running.map((program) => program.ended));
    for (const how of ends) if (signal === 'SIGTERM' && how !== 0) died(`asked to stop, it ended with ${how}`);
  };
  const start = async (): Promise<void> => {
    wanted = true;
    running = commands.map(({ args }) => {
      const program = startProgram(args, { env });
      void program.ended.then((how) => {
        if (wanted) died(`${args.join(' ')} ended with ${how}:\n${program.output().slice(-2_000)}`);
      });
      return program;
    });
    await Promise.all(running.map((program, index) => program.says(commands[index]?.up ?? /^/)));
  };
  await start();
  begun(() => end('SIGKILL'));
  return { kill: () => end('SIGKILL'), stop: () => end('SIGTERM'), start };
}
