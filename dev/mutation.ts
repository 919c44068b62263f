/** Stryker changes one file of rules in small ways, one change at a time, to find the changes that no test notices. */
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { runTool } from './checks.ts';
import { startGuarded } from './servers/guarded-process.ts';

/** Stryker's record of the last run: a change is not tried again if its lines and tests are the same. */
const KEPT = 'data/mutation';

const CONFIG = 'test/mutation.config.ts';

const change = z.object({
  status: z.string(),
  mutatorName: z.string(),
  replacement: z.string().default(''),
  location: z.object({ start: z.object({ line: z.number() }) }),
});
type Change = z.infer<typeof change>;
const plan = z.object({ mutantPlans: z.array(z.unknown()) });

export interface MutationResult {
  readonly file: string;
  /**
   * The number of changes that were tried. Changes that do not compile are left out, and changes of constants, for
   * which the file would have to be loaded each time.
   */
  readonly changes: number;
  readonly unnoticed: readonly Change[];
  /** The number of changes that were left when the time was over. Undefined: the tests alone took all of the time. */
  readonly left: number | undefined;
}

export interface Bounds {
  readonly folder: string;
  readonly seconds: number;
  /** True: all tests that load the file judge it, instead of those that name it. */
  readonly wide: boolean;
  readonly workers: number;
}

/** Tries the changes of `file` until the seconds are over. */
export async function mutate(file: string, { folder, seconds, wide, workers }: Bounds): Promise<MutationResult> {
  const [settings, events] = [join(folder, 'stryker.json'), join(folder, 'events')];
  await rm(events, { recursive: true, force: true });
  await mkdir(KEPT, { recursive: true });
  const testFiles = wide ? [] : await testsThatName(file);
  const name = `${basename(file, '.ts')}${wide ? '-wide' : ''}`;
  await writeFile(settings, JSON.stringify(settingsFor({ file, name, testFiles, events, workers })));
  const stryker = startGuarded('stryker', ['run', settings], { stopSignal: 'TERM' });
  let over = false;
  const limit = setTimeout(() => {
    over = true;
    void stryker.kill();
  }, seconds * 1000);
  await stryker.ended;
  clearTimeout(limit);
  const { changes, planned } = await readEvents(events);
  if (!over && planned === undefined && !stryker.output().includes('Done in')) throw new Error(stryker.output());
  const tried = changes.filter(({ status }) => ['Killed', 'Timeout', 'Survived', 'NoCoverage'].includes(status));
  const unnoticed = tried.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
  const left = planned === undefined ? undefined : planned - changes.length;
  return { file, changes: tried.length, unnoticed, left: over ? left : 0 };
}

function settingsFor(run: {
  readonly file: string;
  readonly name: string;
  readonly testFiles: readonly string[];
  readonly events: string;
  readonly workers: number;
}): object {
  const { file, name, testFiles, events: baseDir, workers } = run;
  return {
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: CONFIG, pool: 'threads', related: testFiles.length === 0 },
    mutate: [file],
    ...(testFiles.length > 0 && { testFiles }),
    coverageAnalysis: 'perTest',
    ignoreStatic: true,
    incremental: true,
    incrementalFile: `${KEPT}/${name}.json`,
    concurrency: workers,
    // A time limit for changes that make a test wait; endless loops are found by counting. Beside other work a test
    // takes many times as long.
    timeoutMS: 30_000,
    dryRunTimeoutMinutes: 30,
    // Each event has a file, so the results so far exist when the time is over. The other reports are written at the
    // end.
    reporters: ['event-recorder'],
    eventReporter: { baseDir },
    tempDirName: 'data/mutants',
    ignorePatterns: ['data'],
    allowEmpty: true,
  };
}

/**
 * The tests that name the file, or none. Other tests notice a change late and by chance, and cost seconds for each
 * change.
 */
async function testsThatName(file: string): Promise<readonly string[]> {
  judges ??= readJudges();
  return (await judges).filter(({ text }) => text.includes(`/${file}'`)).map(({ test }) => test);
}

interface Judge {
  readonly test: string;
  readonly text: string;
}

/** The list of files is read once, because reading it takes seconds. */
let judges: Promise<readonly Judge[]> | undefined;

async function readJudges(): Promise<readonly Judge[]> {
  let listed = '';
  const command = ['vitest', 'list', '--filesOnly', '--config', CONFIG] as const;
  if (!(await runTool(command, (text) => (listed += text)))) throw new Error(listed);
  const tests = listed.split('\n').filter((line) => line.endsWith('.test.ts'));
  return Promise.all(tests.map(async (test) => ({ test, text: await readFile(test, 'utf8') })));
}

async function readEvents(folder: string): Promise<{ changes: readonly Change[]; planned: number | undefined }> {
  const names = await readdir(folder).catch(() => []);
  const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(folder, name), 'utf8'));
  const changes = await Promise.all(
    names.filter((name) => name.endsWith('-onMutantTested.json')).map(async (name) => change.parse(await read(name))),
  );
  const [ready] = names.filter((name) => name.endsWith('-onMutationTestingPlanReady.json'));
  return { changes, planned: ready === undefined ? undefined : plan.parse(await read(ready)).mutantPlans.length };
}
