/**
 * The third parties' payloads that the conformance tests read. They live outside the project and are never copied into it:
 * `DOPO_FIXTURES` names their folder.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '../..');

/**
 * The folder, or undefined where it is absent; then no conformance test is registered and one line says so. One that was named
 * and is not there is an error.
 */
export function fixturesFolder(): string | undefined {
  const named = process.env['DOPO_FIXTURES'];
  const folder = resolve(PROJECT, named ?? '../shared/fixtures');
  if (existsSync(folder)) return folder;
  if (named !== undefined) throw new Error(`third-party payloads are missing: ${folder} (DOPO_FIXTURES)`);
  console.info(`conformance: ${folder} is absent, its tests are not registered`);
  return undefined;
}

/** The bytes of one payload, by its path inside the folder. Throws when it is not there. */
export function readFixture(path: string): Buffer {
  const folder = fixturesFolder();
  if (folder === undefined) throw new Error(`no folder of third-party payloads to read ${path} from`);
  return readFileSync(join(folder, path));
}
