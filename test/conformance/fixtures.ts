/**
 * The third parties' payloads that the conformance tests read. They live outside the project and are never copied into it:
 * `DOPO_FIXTURES` names their folder. Without them the tests fail, unless `DOPO_WITHOUT_FIXTURES=yes` leaves them out.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '../..');

/** Whether the run leaves out the conformance tests. One line says so. */
export function withoutFixtures(): boolean {
  if (process.env['DOPO_WITHOUT_FIXTURES'] !== 'yes') return false;
  console.info('conformance tests are left out: DOPO_WITHOUT_FIXTURES=yes');
  return true;
}

/** Throws when the folder is not there. */
export function fixturesFolder(): string {
  const folder = resolve(PROJECT, process.env['DOPO_FIXTURES'] ?? '../shared/fixtures');
  if (!existsSync(folder))
    throw new Error(
      `third parties' payloads are missing: ${folder}. DOPO_FIXTURES names their folder, DOPO_WITHOUT_FIXTURES=yes tests without them.`,
    );
  return folder;
}

/** The bytes of one payload, by its path inside the folder. Throws when it is not there. */
export function readFixture(path: string): Buffer {
  return readFileSync(join(fixturesFolder(), path));
}
