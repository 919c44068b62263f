/** The common part of `npm test` and `npm run check`: the tools that need only the source, and the call of vitest. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { thisMachine } from './servers/machine.ts';
import { type Counts, countsOfVitest } from './test-counts.ts';

export interface Tool {
  readonly title: string;
  readonly command: readonly [string, ...string[]];
}

/** The compiler keeps its findings about unchanged files here, and then takes a third of the time. */
const TYPES_BEFORE = 'node_modules/.cache/types.tsbuildinfo';

/** Cheapest first. Each is a program of node_modules/.bin, which is on PATH. */
export const TOOLS: readonly Tool[] = [
  { title: 'format', command: ['oxfmt', '--check', '.'] },
  { title: 'lint', command: ['oxlint', '--deny-warnings'] },
  {
    title: 'types',
    command: ['tsc', '--noEmit', '--incremental', '--tsBuildInfoFile', TYPES_BEFORE, '--project', '.'],
  },
  { title: 'import rules', command: ['depcruise', '--config', '.dependency-cruiser.cjs', '.'] },
  { title: 'dead code', command: ['knip', '--no-progress', '--no-config-hints'] },
];

/** V8 keeps the compiled modules here. The suite starts 200 programs, and each start takes 0.2 s of CPU less. */
const COMPILED = resolve('node_modules/.cache/compiled');

/** Receives the output of a program while it runs. */
export type Heard = (text: string) => void;

/** Resolves to true if the program ended without an error. Its output is printed at once unless `hear` is given. */
export async function runTool([program, ...args]: Tool['command'], hear?: Heard): Promise<boolean> {
  const child = spawn(program, args, {
    env: { NODE_COMPILE_CACHE: COMPILED, ...thisMachine().env },
    stdio: hear ? 'pipe' : 'inherit',
    shell: process.platform === 'win32',
  });
  if (hear) for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', hear);
  return new Promise((resolve) => {
    child.on('error', (error) => {
      const tell = hear ?? ((text) => void process.stdout.write(text));
      tell(`${program}: ${error.message}\n`);
      resolve(false);
    });
    child.on('close', (code) => resolve(code === 0));
  });
}

/** Runs vitest and gives its own numbers, from its JSON report. */
export async function runVitest(args: readonly string[], hear?: Heard): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'dopo-test-'));
  const report = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const ok = await runTool(['vitest', 'run', ...reporters, ...args], hear);
  const counts = countsOfVitest(await readFile(report, 'utf8').catch(() => undefined), ok);
  await rm(folder, { recursive: true, force: true });
  return counts;
}

/** The time since `startedAt` (performance.now), as `1.2 s`. */
export function secondsSince(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}
