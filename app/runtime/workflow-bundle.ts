/**
 * The workflow code as one file, as Temporal runs it. It is made in a process of its own and kept under a name made of its sources: making it
 * takes a second and 240 MB, most of which a process never gives back, and every worker of an image would do it again.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILDER = join(ROOT, 'app', 'runtime', 'bundle-workflows.ts');

/** Folders whose files may be in the bundle (test/app/runtime/bundle.test.ts), and the versions of the packages that are. */
export const SOURCES = ['{workflows,domain,codec}/**/*.ts', 'app/runtime/bundle-workflows.ts', 'package-lock.json'];

/** Kept here if this folder can be written to. */
export const BUNDLES = join(ROOT, 'node_modules', '.cache', 'workflows');

export interface WorkflowBundle {
  readonly code: string;
}

/** `encodeFailures`: for workers with a `dataConverter`. */
export async function bundleWorkflows(encodeFailures = false): Promise<WorkflowBundle> {
  const kept = await readFile(join(BUNDLES, bundleName(encodeFailures)), 'utf8').catch(() => undefined);
  return { code: kept ?? (await readFile(await build(encodeFailures), 'utf8')) };
}

/** The path of the new file. */
async function build(encodeFailures: boolean): Promise<string> {
  const line = ['--disable-warning=ExperimentalWarning', BUILDER, ...(encodeFailures ? ['--encode-failures'] : [])];
  const { stdout } = await promisify(execFile)(process.execPath, line, { cwd: ROOT });
  return stdout.trim();
}

/** The name depends on the sources, so no worker runs the code of earlier sources. */
export function bundleName(encodeFailures: boolean): string {
  const hash = createHash('sha256');
  for (const file of globSync(SOURCES, { cwd: ROOT }).toSorted())
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update('\0');
  return `${hash.digest('hex').slice(0, 32)}${encodeFailures ? '-encoding' : ''}.js`;
}
