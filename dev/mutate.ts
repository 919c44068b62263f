/**
 * `npm run mutate [-- FILE ...]`: changes the rules in small ways, one at a time, and tells which changes no test notices. Without files:
 * all of domain/, the files that decide most first, until `--minutes` are over, and `--each` seconds a file at most. A file that did not
 * finish says how far it came. Prints the score by file, the share of changes that made a test fail, and for named files each change that
 * did not; `--list` prints those of all files, `--wide` lets every test that loads the file judge it. Ends with 1 when a file is below
 * `ENOUGH`.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type MutationResult, mutate } from './mutation.ts';
import { table } from '../kit/report.ts';

const ENOUGH = 85;

/** The rules that decide which message is sent, when, and to whom. */
const FIRST = [
  'journey/plan',
  'orders/facts',
  'journey/guard',
  'journey/trigger',
  'sending/decision',
  'consent/consent',
  'sending/caps',
  'time/windows',
  'sending/ledger',
  'conversation/keywords',
  'conversation/rating',
];

const { values, positionals: named } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '60' },
    each: { type: 'string', default: '300' },
    wide: { type: 'boolean', default: false },
    workers: { type: 'string', default: '2' },
    list: { type: 'boolean', default: false },
  },
});
const files = named.length > 0 ? named : await domainFiles();
const until = performance.now() + Number(values.minutes) * 60_000;
const folder = await mkdtemp(join(tmpdir(), 'dopo-mutate-'));
const rows: MutationResult[] = [];
for (const file of files) {
  const seconds = Math.min(Number(values.each), (until - performance.now()) / 1000);
  if (seconds <= 0) break;
  const found = await mutate(file, { folder, seconds, wide: values.wide, workers: Number(values.workers) });
  rows.push(found);
  console.log(`${file}: ${found.changes - found.unnoticed.length} of ${found.changes} noticed${unfinished(found)}`);
  if (named.length === 0 && !values.list) continue;
  for (const { location, mutatorName, replacement } of found.unnoticed) {
    console.log(`  ${location.start.line}  ${mutatorName}: ${replacement.replaceAll(/\s+/g, ' ').slice(0, 100)}`);
  }
}
await rm(folder, { recursive: true, force: true });

table([
  ['file', 'changes', 'noticed', 'score, %', 'not tried'],
  ...rows.map((found) => {
    const { file, changes, unnoticed, left } = found;
    return [file, changes, changes - unnoticed.length, scoreOf([found]), left ?? 'all'];
  }),
]);
if (rows.length < files.length) {
  console.log(`${files.length - rows.length} files were not reached in ${values.minutes} minutes`);
}
const unnoticed = sum(rows, (row) => row.unnoticed.length);
const changes = sum(rows, (row) => row.changes);
console.log(JSON.stringify({ changes, noticed: changes - unnoticed, score: scoreOf(rows) }));
if (rows.some((row) => scoreOf([row]) < ENOUGH)) process.exitCode = 1;

function unfinished({ left }: MutationResult): string {
  if (left === 0) return '';
  return left === undefined ? ', not begun: the tests alone took the time' : `, not finished: ${left} not tried`;
}

/** In percent. A file of types alone has nothing to change. */
function scoreOf(found: readonly MutationResult[]): number {
  const all = sum(found, (one) => one.changes);
  const missed = sum(found, (one) => one.unnoticed.length);
  return all === 0 ? 100 : Math.round((1000 * (all - missed)) / all) / 10;
}

function sum(found: readonly MutationResult[], of: (one: MutationResult) => number): number {
  return found.reduce((total, one) => total + of(one), 0);
}

async function domainFiles(): Promise<readonly string[]> {
  const names = (await readdir('domain', { recursive: true }))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.slice(0, -3));
  return [...FIRST, ...names.filter((name) => !FIRST.includes(name))].map((name) => `domain/${name}.ts`);
}
