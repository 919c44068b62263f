import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DEPCRUISE = join(ROOT, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs');

/** Packages by name stand in for the real ones: only their names matter to the rules. */
const PACKAGES = ['knex', 'luxon', 'koa', '@temporalio/client', '@temporalio/workflow', '@vonage/messages', 'zod'];

/** Files with nothing wrong in them. */
const SOUND = {
  'domain/message.ts': 'export const kinds = 1;',
  'domain/local-time.ts': "import { DateTime } from 'luxon'; export const zone = DateTime;",
  'activities/check-consent.ts': "import { kinds } from '../domain/message.ts'; export const check = kinds;",
  'workflows/contract.ts': "import { defineSignal } from '@temporalio/workflow'; export const signal = defineSignal;",
  'workflows/order-journey.ts':
    "import type { check } from '../activities/check-consent.ts'; export type Activities = typeof check;",
  'api/temporal.ts':
    "import { Client } from '@temporalio/client'; import { signal } from '../workflows/contract.ts'; export const it = [Client, signal];",
  'db/ledger/messages.ts': 'export const messages = 1;',
  'main.ts': "import { it } from './api/temporal.ts'; console.log(it);",
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
  ['activities/planted-8.ts', "import { it } from '../api/temporal.ts'; export const i = it;", 'activities-imports'],
  ['vonage/planted-9.ts', "import knex from 'knex'; export const db = knex;", 'vonage-imports'],
  ['db/planted-10.ts', "import { it } from '../api/temporal.ts'; export const i = it;", 'db-imports'],
  ['ingest/planted-11.ts', "import knex from 'knex'; export const db = knex;", 'ingest-imports'],
  ['rules/planted-12.ts', "import knex from 'knex'; export const db = knex;", 'rules-imports'],
  [
    'api/planted-13.ts',
    "import { check } from '../activities/check-consent.ts'; export const c = check;",
    'api-imports',
  ],
  [
    'api/planted-14.ts',
    "import type { Activities } from '../workflows/order-journey.ts'; export type A = Activities;",
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
  ['scripts/planted-18.ts', "import '../main.ts'; export {};", 'nobody-imports-main'],
  ['db/planted-19.ts', "import { a } from './planted-19.ts'; export const b = a;", 'no-cycles'],
  ['db/planted-20.ts', "import { a } from './missing.ts'; export const b = a;", 'everything-resolves'],
  [
    'db/gate/planted-21.ts',
    "import { messages } from '../ledger/messages.ts'; export const m = messages;",
    'db-gate-imports',
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
  for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json']) await copyFile(join(ROOT, file), join(folder, file));
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

describe('the import rules', () => {
  it('let the architecture pass, types of activities in a workflow included', () => {
    expect(inSound).toEqual([]);
  });

  it.each(PLANTED)('catch in %s: %s', (path, _text, rule) => {
    expect(inPlanted).toContain(`${path}: ${rule}`);
  });
});
