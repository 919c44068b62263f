import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** dev/import-law.cjs is CommonJS, because dependency-cruiser reads its rules with `require`. */
interface ImportLaw {
  readonly LAYERS: readonly (readonly [folder: string, why: string, allowed: readonly string[]])[];
  readonly ROOMS_OF_DB: Readonly<Record<string, readonly string[]>>;
}
const { LAYERS, ROOMS_OF_DB } = createRequire(import.meta.url)('../../dev/import-law.cjs') as ImportLaw;
const FOLDERS = LAYERS.map(([folder]) => folder);
const DEPCRUISE = join(ROOT, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs');

/** Packages by name stand in for the real ones: only their names matter to the rules. */
const PACKAGES = ['knex', 'luxon', 'koa', '@temporalio/client', '@temporalio/workflow', '@vonage/messages', 'zod'];

/** Files with nothing wrong in them. */
const SOUND = {
  'domain/sending/message.ts': 'export const kinds = 1;',
  'domain/time/local-time.ts': "import { DateTime } from 'luxon'; export const zone = DateTime;",
  'activities/check-consent.ts': "import { kinds } from '../domain/sending/message.ts'; export const check = kinds;",
  'workflows/contract.ts': "import { defineSignal } from '@temporalio/workflow'; export const signal = defineSignal;",
  'workflows/order/order-journey.ts':
    "import type { check } from '../../activities/check-consent.ts'; export type Activities = typeof check;",
  'engine/temporal.ts':
    "import { Client } from '@temporalio/client'; import { signal } from '../workflows/contract.ts'; export const it = [Client, signal];",
  'db/sending/ledger/messages.ts': 'export const messages = 1;',
  'main.ts': "import { it } from './engine/temporal.ts'; console.log(it);",
  'test/helper.ts': 'export const help = 1;',
};

/** One planted file per row of the rules: its path, its text, the rule it breaks. */
const PLANTED: readonly (readonly [string, string, string])[] = [
  ['domain/planted-1.ts', "import knex from 'knex'; export const db = knex;", 'domain-imports'],
  [
    'domain/planted-2.ts',
    "import { readFileSync } from 'node:fs'; export const read = readFileSync;",
    'domain-imports',
  ],
  [
    'domain/planted-3.ts',
    "import { check } from '../activities/check-consent.ts'; export const c = check;",
    'domain-imports',
  ],
  ['domain/planted-4.ts', "import { DateTime } from 'luxon'; export const now = DateTime;", 'luxon-in-one-file'],
  [
    'workflows/planted-5.ts',
    "import { check } from '../activities/check-consent.ts'; export const c = check;",
    'workflows-know-types-only',
  ],
  ['workflows/planted-6.ts', "import { z } from 'zod'; export const schema = z;", 'workflows-imports'],
  ['workflows/planted-7.ts', "import { hash } from 'node:crypto'; export const h = hash;", 'workflows-imports'],
  ['activities/planted-8.ts', "import { it } from '../engine/temporal.ts'; export const i = it;", 'activities-imports'],
  ['vonage/planted-9.ts', "import knex from 'knex'; export const db = knex;", 'vonage-imports'],
  ['db/planted-10.ts', "import { it } from '../engine/temporal.ts'; export const i = it;", 'db-imports'],
  ['ingest/planted-11.ts', "import knex from 'knex'; export const db = knex;", 'ingest-imports'],
  ['rules/planted-12.ts', "import knex from 'knex'; export const db = knex;", 'rules-imports'],
  [
    'api/planted-13.ts',
    "import { check } from '../activities/check-consent.ts'; export const c = check;",
    'api-imports',
  ],
  [
    'api/planted-14.ts',
    "import type { Activities } from '../workflows/order/order-journey.ts'; export type A = Activities;",
    'api-imports',
  ],
  [
    'api/planted-15.ts',
    "import { Client } from '@temporalio/client'; export const c = Client;",
    'temporal-client-in-one-file',
  ],
  [
    'api/planted-16.ts',
    "import { SMS } from '@vonage/messages'; export const s = SMS;",
    'vonage-packages-stay-in-vonage',
  ],
  ['api/planted-17.ts', "import { help } from '../test/helper.ts'; export const h = help;", 'nobody-imports-tests'],
  ['cli/planted-18.ts', "import '../main.ts'; export {};", 'nobody-imports-main'],
  ['db/planted-19.ts', "import { a } from './planted-19.ts'; export const b = a;", 'no-cycles'],
  ['db/planted-20.ts', "import { a } from './missing.ts'; export const b = a;", 'everything-resolves'],
  [
    'db/sending/gate/planted-21.ts',
    "import { messages } from '../ledger/messages.ts'; export const m = messages;",
    'db-sending-gate-imports',
  ],
];

let folder: string;

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), `${text}\n`);
}

/** The broken rules, each after the file that breaks it. */
function violations(): string[] {
  const args = [DEPCRUISE, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', '.'];
  const json = (() => {
    try {
      return execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    } catch (error) {
      // The exit code counts the violations; the report is on standard output all the same.
      return (error as { stdout: string }).stdout;
    }
  })();
  const { summary } = JSON.parse(json) as { summary: { violations: { from: string; rule: { name: string } }[] } };
  return summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`);
}

let inSound: string[];
let inPlanted: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dopo-imports-'));
  await mkdir(join(folder, 'dev'));
  for (const file of ['.dependency-cruiser.cjs', 'dev/import-law.cjs', 'tsconfig.json'])
    await copyFile(join(ROOT, file), join(folder, file));
  const dependencies = Object.fromEntries(PACKAGES.map((name) => [name, '1']));
  await put('package.json', JSON.stringify({ type: 'module', dependencies }));
  for (const name of PACKAGES) {
    await put(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    await put(`node_modules/${name}/index.js`, 'module.exports = {};');
  }
  for (const [path, text] of Object.entries(SOUND)) await put(path, text);
  inSound = violations();
  for (const [path, text] of PLANTED) await put(path, text);
  inPlanted = violations();
});
afterAll(() => rm(folder, { recursive: true }));

interface CruisedModule {
  readonly source: string;
  readonly dependencies: readonly { readonly resolved: string }[];
}

/** Every import of the project: who imports, and what. */
function imports(): readonly (readonly [from: string, to: string])[] {
  const args = [DEPCRUISE, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...FOLDERS];
  const json = execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 28 });
  const { modules } = JSON.parse(json) as { readonly modules: readonly CruisedModule[] };
  return modules.flatMap(({ source, dependencies }) => dependencies.map(({ resolved }) => [source, resolved] as const));
}

/** An entry of the law, as the path of what is imported. */
function names(entry: string, path: string): boolean {
  if (entry.startsWith('npm:')) return new RegExp(`^node_modules/(?:@types/)?${entry.slice(4)}/`).test(path);
  if (entry.startsWith('node:')) return path.replace('node:', '') === entry.slice(5);
  return path === entry || path.startsWith(`${entry}/`);
}

describe('the import law', () => {
  it('has no row that is wider than the code', () => {
    const all = imports();
    const unused = (folder: string, entries: readonly string[]): string[] => {
      const used = all.filter(([from]) => from.startsWith(`${folder}/`));
      return entries.filter((entry) => !used.some(([, to]) => names(entry, to))).map((entry) => `${folder}: ${entry}`);
    };
    expect(LAYERS.flatMap(([folder, , allowed]) => unused(folder, allowed))).toEqual([]);
    const rooms = Object.entries(ROOMS_OF_DB);
    expect(
      rooms.flatMap(([room, below]) =>
        unused(
          `db/${room}`,
          below.map((name) => `db/${name}`),
        ),
      ),
    ).toEqual([]);
  });

  it('has a row for every folder of the service, and for every room of db/', () => {
    const without = ['app', 'bench', 'cli', 'demo', 'dev', 'docs', 'test'];
    const tracked = execFileSync('git', ['ls-files', '*.ts'], { cwd: ROOT, encoding: 'utf8' }).split('\n');
    const folders = new Set(
      tracked.filter((path) => path.includes('/')).map((path) => path.slice(0, path.indexOf('/'))),
    );
    expect([...folders].filter((name) => !without.includes(name)).toSorted()).toEqual(FOLDERS.toSorted());
    const inDb = new Set(tracked.filter((path) => path.startsWith('db/')).map((path) => dirname(path).slice(3)));
    expect([...inDb].toSorted()).toEqual(Object.keys(ROOMS_OF_DB).toSorted());
  });
});

describe('the import rules', () => {
  it('let the architecture pass, types of activities in a workflow included', () => {
    expect(inSound).toEqual([]);
  });

  it.each(PLANTED)('catch in %s: %s', (path, _text, rule) => {
    expect(inPlanted).toContain(`${path}: ${rule}`);
  });
});
