import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** One file each, with what the linter must say about it, or undefined where it must not complain. */
const FILES: readonly (readonly [string, string, string | undefined])[] = [
  ['domain/now.ts', 'export const f = () => Date.now();', 'no-restricted-properties'],
  ['domain/date.ts', 'export const f = () => new Date();', 'no-current-date'],
  ['domain/random.ts', 'export const f = () => Math.random();', 'no-restricted-properties'],
  ['domain/intl.ts', "export const f = () => new Intl.NumberFormat('it');", 'no-restricted-globals'],
  ['domain/moment.ts', 'export const f = (at: number) => new Date(at);', undefined],
  ['workflows/now.ts', 'export const f = () => Date.now();', undefined],
  ['workflows/date.ts', 'export const f = () => new Date();', 'no-current-date'],
  ['workflows/random.ts', 'export const f = () => Math.random();', 'no-restricted-properties'],
  ['workflows/timer.ts', 'export const f = () => setTimeout(() => {}, 1);', 'no-restricted-globals'],
  ['db/env.ts', "export const f = () => process.env['HOME'];", 'no-process-env'],
  ['app/config.ts', "export const f = () => process.env['HOME'];", undefined],
  ['db/floating.ts', 'const g = async () => {};\nexport const f = () => {\n  g();\n};', 'no-floating-promises'],
  ['db/misused.ts', 'const g = async () => true;\nexport const f = () => (g() ? 1 : 2);', 'no-misused-promises'],
  [
    'domain/switch.ts',
    "export function f(kind: 'a' | 'b') {\n  switch (kind) {\n    case 'a':\n      return 1;\n  }\n  return 2;\n}",
    'switch-exhaustiveness-check',
  ],
];

let folder: string;
let report: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dopo-lint-'));
  for (const file of ['.oxlintrc.json', 'tsconfig.json', 'package.json', 'dev/lint-plugin.mjs']) {
    await cp(join(ROOT, file), join(folder, file));
  }
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const [path, text] of FILES) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), `${text}\n`);
  }
  const oxlint = JSON.parse(await readFile(join(ROOT, 'node_modules/oxlint/package.json'), 'utf8')) as {
    bin: { oxlint: string };
  };
  const args = [join(ROOT, 'node_modules/oxlint', oxlint.bin.oxlint), '--format=unix'];
  try {
    report = execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    report = (error as { stdout: string }).stdout;
  }
});
afterAll(() => rm(folder, { recursive: true }));

describe('the linter', () => {
  it.each(FILES)('judges %s: %s', (path, _text, rule) => {
    const complaints = report.split('\n').filter((line) => line.startsWith(`${path}:`));
    if (rule === undefined) expect(complaints).toEqual([]);
    else expect(complaints.join('\n')).toContain(rule);
  });
});
