/**
 * `npm run bundle [-- --encode-failures]`: makes the workflow bundle and prints its path. A worker makes the bundle
 * itself if it is missing; an image contains it.
 */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { FAILURE_CONVERTER_PATH } from '../../codec/data-converter.ts';
import { DAY } from '../../domain/time/duration.ts';
import { BUNDLES, bundleName } from './workflow-bundle.ts';

/** A bundle of other sources may belong to another branch that is in use. After this time it is removed. */
const KEPT_FOR = 7 * DAY;

const MAP = '//# sourceMappingURL=data:application/json;charset=utf-8;base64,';
/** A line that holds only a comment. */
const COMMENT = /^\s*(?:\/\/|\*|\/\*).*$/gm;

const { values } = parseArgs({ options: { 'encode-failures': { type: 'boolean', default: false } } });
const encodeFailures = values['encode-failures'];
const name = bundleName(encodeFailures);
const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));
const { code } = await bundleWorkflowCode({
  workflowsPath,
  // Without this setting each run loads the modules again and keeps them: see decision 93.
  preloadModules: [workflowsPath],
  logger: new DefaultLogger('ERROR'),
  ...(encodeFailures && { failureConverterPath: FAILURE_CONVERTER_PATH }),
});
process.stdout.write(`${keep(slim(code))}\n`);

/**
 * A worker keeps the bundle twice: in the main thread and in the workflow thread. The sources in the map serve only the trace of promises,
 * which we do not take. One character outside ASCII makes V8 store the whole text with two bytes a character: 4.3 MB instead of 1.1, twice. All
 * such characters are in comments of Temporal's library.
 */
function slim(text: string): string {
  const at = text.lastIndexOf(MAP);
  if (at < 0) return text;
  const { sourcesContent: _left, ...map } = JSON.parse(
    Buffer.from(text.slice(at + MAP.length), 'base64').toString(),
  ) as Record<string, unknown>;
  // The number of characters stays the same, because the map counts them.
  const plain = text.slice(0, at).replaceAll(COMMENT, (line) => line.replaceAll(/\P{ASCII}/gu, '?'));
  return `${plain}${MAP}${Buffer.from(JSON.stringify(map)).toString('base64')}`;
}

/** In the usual folder, or in a temporary one where that cannot be written to. */
function keep(text: string): string {
  try {
    mkdirSync(BUNDLES, { recursive: true });
    const path = write(BUNDLES, text);
    dropOld();
    return path;
  } catch {
    return write(mkdtempSync(join(tmpdir(), 'dopo-workflows-')), text);
  }
}

/** Written under another name and renamed, because another process may be reading the file. */
function write(folder: string, text: string): string {
  const path = join(folder, name);
  const part = `${path}.${process.pid}`;
  writeFileSync(part, text);
  renameSync(part, path);
  return path;
}

function dropOld(): void {
  for (const file of readdirSync(BUNDLES).map((one) => join(BUNDLES, one)))
    if (Date.now() - statSync(file).mtimeMs > KEPT_FOR) rmSync(file, { force: true });
}
