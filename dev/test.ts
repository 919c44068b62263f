/**
 * `npm test [-- PATTERN ...]`: every check of the project, all of them even when one fails, each with its duration: the tools beside the tests. The
 * last line is `N passed, N failed`, where a tool counts as one and vitest's tests count each. With patterns, only the test
 * files whose path contains one of them run, and the other checks do not. `DOPO_TEST_SEED` is explained in test/helpers/seed.ts.
 */
import { type Tool, TOOLS, runTool, runVitest, secondsSince } from './checks.ts';
import { type Counts, addCounts, lastLine } from './test-counts.ts';
import { resolveBrowser } from './servers/browser.ts';
import { thisMachine } from './servers/machine.ts';
import { messageOf } from './servers/resolve.ts';
import { sdkDownloader } from './servers/sdk-download.ts';
import { resolveTemporalCli } from './servers/temporal-dev-server.ts';
import { resolveTestServer } from './servers/time-skipping-server.ts';

const print = (text: string): void => void process.stdout.write(text);
const NOTHING: Counts = { passed: 0, failed: 0, skipped: 0 };

const patterns = process.argv.slice(2);
const everything = patterns.length === 0;
const failed: string[] = [];
const servers = everything ? await check('servers', prepareServers) : NOTHING;
const [tests, ...tools] = await Promise.all([checkTests(), ...(everything ? TOOLS.map(checkWith) : [])]);
const counts = [servers, ...tools].reduce(addCounts, tests);
if (failed.length > 0) print(`\nfailed: ${failed.join(', ')}`);
print(`\n${lastLine(counts)}\n`);
process.exitCode = counts.failed > 0 ? 1 : 0;

/** The number of tests, and not of this check. */
async function checkTests(): Promise<Counts> {
  let found = NOTHING;
  await check('tests', async () => {
    found = await runVitest(patterns);
    return found.failed === 0;
  });
  return found;
}

/** Runs one check under a header with its name; it passes when `work` resolves to true. */
async function check(title: string, work: () => Promise<boolean>): Promise<Counts> {
  const startedAt = performance.now();
  print(`\n== ${title}\n`);
  const passed = await work();
  print(`== ${title}: ${passed ? 'passed' : 'FAILED'} in ${secondsSince(startedAt)}\n`);
  return counted(title, passed);
}

/** Prints the output of a tool when the tool has ended, because the others and the tests run beside it. */
async function checkWith({ title, command }: Tool): Promise<Counts> {
  const startedAt = performance.now();
  let said = '';
  const passed = await runTool(command, (text) => {
    said += text;
  });
  print(`\n== ${title}\n${said}== ${title}: ${passed ? 'passed' : 'FAILED'} in ${secondsSince(startedAt)}\n`);
  return counted(title, passed);
}

function counted(title: string, passed: boolean): Counts {
  if (!passed) failed.push(title);
  return { ...NOTHING, ...(passed ? { passed: 1 } : { failed: 1 }) };
}

/** Done before the tests, because a first build takes minutes, which no test should have to wait for. */
async function prepareServers(): Promise<boolean> {
  const machine = thisMachine();
  const download = sdkDownloader(machine);
  const log = (line: string) => print(`${line}\n`);
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
