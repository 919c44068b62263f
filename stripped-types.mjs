/**
 * Loaded before everything else (`node --import ./stripped-types.mjs main.ts`): takes the types out of a TypeScript file once, and keeps the
 * rest under a name made of the file's text. Node's own stripper stays in the memory of each thread that has used it: 11 MB. Node's compile
 * cache does without it too, but keeps 8 to 10 MB of compiled code beside.
 *
 * JavaScript, because it has to run before TypeScript can.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';

const KEPT = new URL('node_modules/.cache/stripped/', import.meta.url);

registerHooks({
  load(url, context, next) {
    if (!url.startsWith('file:') || !url.endsWith('.ts') || url.includes('/node_modules/')) return next(url, context);
    return { format: 'module', source: withoutTypes(readFileSync(new URL(url), 'utf8')), shortCircuit: true };
  },
});

/** Lines and columns stay as they are: types become spaces. */
export function withoutTypes(source) {
  const name = createHash('sha256').update(process.version).update(source).digest('hex').slice(0, 32);
  const path = new URL(`${name}.js`, KEPT);
  try {
    const kept = readFileSync(path, 'utf8');
    // A machine that lost its power may have the name of the file and not yet its content.
    if (kept !== '') return kept;
  } catch {
    // It is not kept yet.
  }
  return keep(stripTypeScriptTypes(source), path);
}

/** Whole or not at all: another process may be reading it. In a folder that cannot be written to, the next process does the work again. */
function keep(code, path) {
  const part = new URL(`${path.href}.${process.pid}`);
  try {
    mkdirSync(KEPT, { recursive: true });
    writeFileSync(part, code);
    renameSync(part, path);
  } catch {
    return code;
  }
  return code;
}
