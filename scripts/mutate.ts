/**
 * `npm run mutate [-- FILE ...]`: changes the rules in small ways, one at a time, and tells which changes no test notices. Without files:
 * all of domain/, the files that decide most first, until `MINUTES` are over. Prints the score by file, the share of changes that made a
 * test fail, and for named files each change that did not. Ends with 1 when a file is below `ENOUGH`.
 */
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { runTool } from './checks.ts';
import { table } from './report.ts';

/** Files that are not begun within so many minutes are not looked at. */
const MINUTES = 30;
const ENOUGH = 85;

/** The rules of which message is sent, when, and to whom. */
const FIRST = [
  'plan',
  'facts',
  'guard',
  'trigger',
  'decision',
  'consent',
  'caps',
  'windows',
  'ledger',
  'keywords',
  'rating',
];

/** The part of Stryker's report that is counted. */
const report = z.object({
  files: z.record(
    z.string(),
    z.object({
      mutants: z.array(
        z.object({
          status: z.string(),
          mutatorName: z.string(),
          replacement: z.string().default(''),
          location: z.object({ start: z.object({ line: z.number() }) }),
        }),
      ),
    }),
  ),
});
type Mutant = z.infer<typeof report>['files'][string]['mutants'][number];

const named = process.argv.slice(2);
const files = named.length > 0 ? named : await domainFiles();
const until = performance.now() + MINUTES * 60_000;
const folder = await mkdtemp(join(tmpdir(), 'dopo-mutate-'));
const rows: { readonly file: string; readonly noticed: number; readonly all: number; readonly score: number }[] = [];
let unreached = 0;
for (const file of files) {
  if (named.length === 0 && performance.now() > until) {
    unreached += 1;
    continue;
  }
  const mutants = await mutantsOf(file);
  const noticed = mutants.filter(({ status }) => status === 'Killed' || status === 'Timeout').length;
  rows.push({ file, noticed, all: mutants.length, score: scoreOf(noticed, mutants.length) });
  console.log(`${file}: ${noticed} of ${mutants.length} noticed`);
  if (named.length > 0) for (const mutant of mutants.filter(isUnnoticed)) console.log(`  ${wordsOf(mutant)}`);
}
await rm(folder, { recursive: true, force: true });

table([
  ['file', 'changes', 'noticed', 'score, %'],
  ...rows.map(({ file, noticed, all, score }) => [file, all, noticed, score]),
]);
if (unreached > 0) console.log(`${unreached} files were not reached in ${MINUTES} minutes`);
const [noticed, all] = [sum('noticed'), sum('all')];
console.log(JSON.stringify({ changes: all, noticed, score: scoreOf(noticed, all) }));
if (rows.some(({ score }) => score < ENOUGH)) process.exitCode = 1;

/** In percent. A file of types alone has nothing to change. */
function scoreOf(noticed: number, all: number): number {
  return all === 0 ? 100 : Math.round((1000 * noticed) / all) / 10;
}

function sum(of: 'noticed' | 'all'): number {
  return rows.reduce((total, row) => total + row[of], 0);
}

async function domainFiles(): Promise<readonly string[]> {
  const names = (await readdir('domain')).filter((name) => name.endsWith('.ts')).map((name) => name.slice(0, -3));
  return [...FIRST, ...names.filter((name) => !FIRST.includes(name))].map((name) => `domain/${name}.ts`);
}

/** The changes to one file that compile and are reached or not. */
async function mutantsOf(file: string): Promise<readonly Mutant[]> {
  const [settings, found] = [join(folder, 'stryker.json'), join(folder, 'report.json')];
  await writeFile(settings, JSON.stringify(settingsFor(file, found)));
  let said = '';
  const ran = await runTool(['stryker', 'run', settings], (text) => {
    said += text;
  });
  if (!ran) throw new Error(said);
  const { files: reported } = report.parse(JSON.parse(await readFile(found, 'utf8')));
  const mutants = Object.values(reported).flatMap((one) => one.mutants);
  return mutants.filter(({ status }) => ['Killed', 'Timeout', 'Survived', 'NoCoverage'].includes(status));
}

function settingsFor(file: string, fileName: string): object {
  return {
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'test/mutation.config.ts' },
    mutate: [file],
    coverageAnalysis: 'perTest',
    concurrency: 2,
    timeoutMS: 10_000,
    reporters: ['json'],
    jsonReporter: { fileName },
    tempDirName: 'data/mutants',
    ignorePatterns: ['data'],
    allowEmpty: true,
  };
}

function isUnnoticed({ status }: Mutant): boolean {
  return status === 'Survived' || status === 'NoCoverage';
}

function wordsOf({ location, mutatorName, replacement }: Mutant): string {
  return `${location.start.line}  ${mutatorName}: ${replacement.replaceAll(/\s+/g, ' ').slice(0, 100)}`;
}
