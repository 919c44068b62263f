/**
 * Loaded before everything else (`node --import ./app/runtime/stripped-types.mjs main.ts`). It takes the types out of each TypeScript file once, and keeps
 * the JavaScript in a file named by the hash of the source. Node's own stripper takes 11 MB in each thread that has used it. Node's compile
 * cache avoids the stripper too, but keeps 6 to 10 MB of compiled code in memory (docs/decisions/0091).
 *
 * This file is JavaScript because it runs before Node can load TypeScript.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';

const KEPT = new URL('../../node_modules/.cache/stripped/', import.meta.url);

registerHooks({
  load(url, context, next) {
    if (!url.startsWith('file:') || !url.endsWith('.ts') || url.includes('/node_modules/')) return next(url, context);
    return { format: 'module', source: withoutTypes(readFileSync(new URL(url), 'utf8')), shortCircuit: true };
  },
});

/** Types become spaces, so lines and columns stay the same. */
export function withoutTypes(source) {
  const name = createHash('sha256').update(process.version).update(source).digest('hex').slice(0, 32);
  const path = new URL(`${name}.js`, KEPT);
  try {
    const kept = readFileSync(path, 'utf8');
    // After a loss of power the file may have its name but not yet its content.
    if (kept !== '') return kept;
  } catch {
    // The file does not exist yet.
  }
  return keep(stripTypeScriptTypes(source), path);
}

/** Written under another name and renamed, because another process may read it meanwhile. Where the folder is read-only, each process strips anew. */
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
