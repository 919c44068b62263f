/**
 * Starts the project's programs as child processes, reads their output, and ends them with this process, however that
 * ends.
 */
import type { ChildProcess, Serializable } from 'node:child_process';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { thisMachine } from './servers/machine.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/**
 * As in the image (test/app/compose-file.test.ts). With its types already stripped, a program that is started often
 * is ready 0.3 s sooner.
 */
const STRIPPED = join(ROOT, 'app', 'runtime', 'stripped-types.mjs');

/**
 * The settings of memory that the image has too (test/app/compose-file.test.ts). glibc keeps what is freed, per thread, and V8 lets its young
 * generation grow to 128 MB: at rest an API has 205 MB with the defaults and an orders worker 425.
 */
export const MEMORY: Environment = {
  NODE_OPTIONS: '--max-semi-space-size=8',
  MALLOC_ARENA_MAX: '2',
  MALLOC_TRIM_THRESHOLD_: '131072',
  MALLOC_MMAP_THRESHOLD_: '32768',
};

const running = new Set<ChildProcess>();
process.on('exit', killPrograms);

/** Kills all programs that still run. For a process that is ended by a signal itself: Node then emits no `exit`. */
export function killPrograms(): void {
  for (const child of running) child.kill('SIGKILL');
}

export type Environment = Readonly<Record<string, string>>;

export interface Program {
  /** Undefined: it could not be started. */
  readonly pid: number | undefined;
  /** The output so far, of both streams. */
  output(): string;
  /** Waits until the output matches, and returns the first group. Throws with the output if the program ends before. */
  says(pattern: RegExp): Promise<string>;
  /** Sends it a message; only for a program that was started with `onMessage`. */
  tell(message: Serializable): void;
  kill(signal: NodeJS.Signals): void;
  /** Settles with the exit code of the program, or with the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

export interface ProgramOptions {
  /** The environment of the program, apart from PATH and HOME. */
  readonly env?: Environment;
  /** A program, with its arguments, that starts this one in its own place: `taskset`. */
  readonly through?: readonly string[];
  /** Opens a channel to the program. Called with each message that the program sends. */
  readonly onMessage?: (message: Serializable) => void;
}

/**
 * Starts `node ARGS` in the project's folder. From the environment of this process it gets PATH, HOME and the folder of
 * compiled modules (dev/checks.ts), and no setting.
 */
export function startProgram(args: readonly string[], options: ProgramOptions = {}): Program {
  const { PATH, HOME, NODE_COMPILE_CACHE } = thisMachine().env;
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', '--import', STRIPPED];
  const line = [...(options.through ?? []), ...node, ...args];
  const [command = process.execPath, ...rest] = line;
  const child = spawn(command, rest, {
    cwd: ROOT,
    env: { PATH, HOME, ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }), ...MEMORY, ...options.env },
    stdio: options.onMessage ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let output = '';
  const listeners = new Set<() => void>();
  const keep = (chunk: string): void => {
    output += chunk;
    for (const listener of listeners) listener();
  };
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', keep);
  if (options.onMessage) child.on('message', options.onMessage);
  // A message to a program that was just killed is lost, as on a network.
  child.on('error', (error) => keep(`${error.message}\n`));
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve(code ?? signal ?? 'SIGKILL');
    });
  });
  return {
    pid: child.pid,
    output: () => output,
    ended,
    tell: (message) => void (child.connected && child.send(message, () => {})),
    kill: (signal) => void child.kill(signal),
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(output);
          if (!found) return;
          listeners.delete(look);
          resolve(found[1] ?? found[0]);
        };
        listeners.add(look);
        look();
        void ended.then((how) =>
          reject(new Error(`${args.join(' ')} ended with ${how} before it said ${pattern}:\n${output}`)),
        );
      }),
  };
}
