/**
 * `npm test [-- PATTERN ...]`: every check of the project in turn, all of them even when one fails, each with its duration. The
 * last line is `N passed, N failed`, where a tool counts as one and vitest's tests count each. With patterns, only the test
 * files whose path contains one of them run, and the other checks do not.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addCounts, type Counts, countsOfVitest, lastLine } from './test-counts.ts';
import { resolveBrowser } from './servers/browser.ts';
import { thisMachine } from './servers/machine.ts';
import { messageOf } from './servers/resolve.ts';
import { sdkDownloader } from './servers/sdk-download.ts';
import { resolveTemporalCli } from './servers/temporal-dev-server.ts';
import { resolveTestServer } from './servers/time-skipping-server.ts';

/** Tools that need nothing but the source, cheapest first. Each is a program of node_modules/.bin, which is on PATH. */
const CHECKS: readonly { readonly title: string; readonly command: readonly [string, ...string[]] }[] = [
  { title: 'format', command: ['oxfmt', '--check', '.'] },
  { title: 'lint', command: ['oxlint', '--deny-warnings'] },
  { title: 'types', command: ['tsc', '--noEmit', '--project', '.'] },
  { title: 'import rules', command: ['depcruise', '--config', '.dependency-cruiser.cjs', '.'] },
  { title: 'dead code', command: ['knip', '--no-progress', '--no-config-hints'] },
];

const patterns = process.argv.slice(2);
let counts: Counts = { passed: 0, failed: 0, skipped: 0 };
if (patterns.length === 0) {
  for (const { title, command } of CHECKS) counts = addCounts(counts, await check(title, () => run(command)));
  counts = addCounts(counts, await check('servers', prepareServers));
}
counts = addCounts(counts, await tests(patterns));
process.stdout.write(`\n${lastLine(counts)}\n`);
process.exitCode = counts.failed > 0 ? 1 : 0;

/** Runs one check under a header with its name; it passes when `work` resolves to true. */
async function check(title: string, work: () => Promise<boolean>): Promise<Counts> {
  const startedAt = performance.now();
  process.stdout.write(`\n== ${title}\n`);
  const passed = await work();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`== ${title}: ${passed ? 'passed' : 'FAILED'} in ${seconds} s\n`);
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}

/** Resolves to whether the program ended well. Its output goes straight through. */
async function run([program, ...args]: readonly [string, ...string[]]): Promise<boolean> {
  const child = spawn(program, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  return new Promise((resolve) => {
    child.on('error', (error) => {
      process.stdout.write(`${program}: ${error.message}\n`);
      resolve(false);
    });
    child.on('close', (code) => resolve(code === 0));
  });
}

/** Done before the tests, because a first build takes minutes, which no test should have to wait for. */
async function prepareServers(): Promise<boolean> {
  const machine = thisMachine();
  const download = sdkDownloader(machine);
  const log = (line: string) => void process.stdout.write(`${line}\n`);
  let found = true;
  const programs = [
    () => resolveTestServer(machine, download, log),
    () => resolveTemporalCli(machine, download, log),
    () => resolveBrowser(machine, log),
  ];
  for (const resolve of programs) {
    await resolve().catch((error: unknown) => {
      log(messageOf(error));
      found = false;
    });
  }
  return found;
}

/** Vitest's own numbers, from its JSON report; its readable output goes straight through. */
async function tests(files: readonly string[]): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'dopo-test-'));
  const report = join(folder, 'report.json');
  let ok = false;
  await check('tests', async () => {
    ok = await run(['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...files]);
    return ok;
  });
  const found = countsOfVitest(await readFile(report, 'utf8').catch(() => undefined), ok);
  await rm(folder, { recursive: true, force: true });
  return found;
}
