import { spawn } from 'node:child_process';

/** The last lines of a failed program's output, which mostly name the cause. */
const TAIL_LINES = 15;

/** Runs a program to its end with its output hidden. Throws with the last lines of the output if it fails or takes too long. */
export async function runHidden(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; uid?: number; gid?: number; timeoutMs?: number } = {},
): Promise<string> {
  const { timeoutMs, ...spawnOptions } = options;
  const child = spawn(command, args, {
    ...spawnOptions,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs, killSignal: 'SIGKILL' }),
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  return await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${command} ended with ${signal ?? `code ${code}`}: ${lastLines(output)}`));
    });
  });
}

export function lastLines(output: string): string {
  return output.trim().split('\n').slice(-TAIL_LINES).join('\n') || 'no output';
}
