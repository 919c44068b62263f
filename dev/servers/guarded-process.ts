import { spawn } from 'node:child_process';
import { lastLines } from './run-program.ts';

/** A server that does not stop when asked is killed after this long. */
const STOP_LIMIT_MS = 10_000;

/**
 * Runs "$@" and stops it when standard input ends, which happens when our process ends in any way, SIGKILL included. $1 is the
 * signal that stops the server, $2 a folder to remove afterwards (may be empty).
 */
const GUARD = `
signal=$1; folder=$2; shift 2
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
( while read -r line; do :; done; kill -"$signal" "$server" ) <&3 >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$server"; code=$?
kill "$watcher" 2>/dev/null
if [ -n "$folder" ]; then rm -rf "$folder"; fi
exit "$code"
`;

/** A server program that lives at most as long as this process. */
export type GuardedProcess = {
  /** The server is this process or below it. Undefined: it could not be started. */
  readonly pid: number | undefined;
  /** Its last lines of output, for error messages. */
  readonly output: () => string;
  /** Fulfilled when it has ended, however it ended. */
  readonly ended: Promise<void>;
  /** Asks it to stop and waits for that. May be called twice. */
  readonly stop: () => Promise<void>;
  /** Ends it with SIGKILL and waits for that. The server cannot clean up, and its folder is not removed. */
  readonly kill: () => Promise<void>;
};

/**
 * Starts a server program. It runs in a session of its own, so that Ctrl-C in a terminal does not reach it before the code that
 * still uses it has finished.
 */
export function startGuarded(
  command: string,
  args: readonly string[],
  options: {
    readonly stopSignal: 'INT' | 'TERM' | 'QUIT';
    readonly removeAfterwards?: string;
    readonly cwd?: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  },
): GuardedProcess {
  const posix = process.platform !== 'win32';
  const guarded = ['-c', GUARD, 'guard', options.stopSignal, options.removeAfterwards ?? '', command, ...args];
  const child = spawn(posix ? '/bin/sh' : command, posix ? guarded : args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...options.user,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: posix,
  });
  let output = '';
  const keep = (chunk: Buffer) => (output = (output + chunk.toString('utf8')).slice(-20_000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  // The pipe breaks when the server ends by itself; `ended` tells that story.
  child.stdin.on('error', () => {});
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      output += error.message;
      resolve();
    });
    child.once('close', () => resolve());
  });
  const killAll = () => {
    if (posix && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  };
  const stop = async () => {
    if (posix) child.stdin.end();
    else child.kill();
    const limit = setTimeout(killAll, STOP_LIMIT_MS);
    await ended;
    clearTimeout(limit);
  };
  const kill = async () => {
    killAll();
    await ended;
  };
  return { pid: child.pid, output: () => lastLines(output), ended, stop, kill };
}
