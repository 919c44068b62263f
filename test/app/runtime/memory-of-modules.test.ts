import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const LIMIT = 60_000;

/** Runs code as a service is run, and returns the list that it prints. */
async function listOf(code: string): Promise<readonly string[]> {
  const line = ['--import', './app/runtime/stripped-types.mjs', '--input-type=module', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, line, { cwd: ROOT, maxBuffer: 2 ** 24 });
  return JSON.parse(stdout) as string[];
}

/** Loads the module as a service does, and returns the paths of all that it brings: files of ours, packages, and parts of Node. */
async function loadedBy(module: string): Promise<readonly string[]> {
  return listOf(`
    import { registerHooks, createRequire } from 'node:module';
    const urls = [];
    registerHooks({ load(url, context, next) { urls.push(url); return next(url, context); } });
    await import('./${module}');
    const required = Object.keys(createRequire(import.meta.url).cache);
    console.log(JSON.stringify([...urls, ...required, ...process.moduleLoadList]));`);
}

/** Starts the workers of a queue, without a database and without Temporal, and returns the files that were read until that failed. */
const readBy = (queue: string): Promise<readonly string[]> =>
  listOf(`
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    import { startWorkers } from './app/workers.ts';
    import { deriveKeys } from './app/secrets.ts';
    const [read, paths] = [fs.readFileSync, []];
    fs.readFileSync = (path, ...more) => (paths.push(String(path)), read(path, ...more));
    syncBuiltinESMExports();
    const nothing = new Proxy(() => {}, { get: (_, name) => (name === 'then' ? undefined : nothing), apply: () => nothing });
    const parts = { db: nothing, keys: deriveKeys(['a-secret-of-this-test']), provider: {}, rules: {}, connection: undefined, namespace: 'none' };
    const failed = await startWorkers(parts, { queues: ['${queue}'], sendRate: 1, shutdownGraceMs: 1 }).catch(() => true);
    if (failed !== true) throw new Error('they have started');
    console.log(JSON.stringify(paths));
    process.exit(0);`);

const STRIPPER = /deps\/amaro/;

it(
  'an API loads no worker of Temporal, no texts, no provider’s client and none of Node’s libraries that it does not use',
  async () => {
    await loadedBy('app/api.ts');
    const loaded = await loadedBy('app/api.ts');
    expect(loaded.some((path) => path.endsWith('/api/http/app.ts'))).toBe(true);
    const not =
      /@temporalio\/(?:worker|core-bridge|testing)\/|\/(?:webpack|@swc|@vonage|geo-tz|zipcodes)\/|liquidjs|deps\/undici/;
    expect(loaded.filter((path) => not.test(path) || STRIPPER.test(path))).toEqual([]);
  },
  LIMIT,
);

it(
  'a worker loads no HTTP server, no bundler and no stripper of types',
  async () => {
    await loadedBy('app/workers.ts');
    const loaded = await loadedBy('app/workers.ts');
    expect(loaded.some((path) => path.endsWith('/workflows/contract.ts'))).toBe(true);
    const not = /\/node_modules\/(?:koa|@koa|typescript|@swc\/core)\/|\/api\/|deps\/undici/;
    expect(loaded.filter((path) => not.test(path) || STRIPPER.test(path))).toEqual([]);
  },
  LIMIT,
);

it(
  'a worker of sends reads no texts, and a worker of orders does',
  async () => {
    const isText = (path: string): boolean => /\/locales\/.*\.yaml$/.test(path);
    expect((await readBy('orders')).filter(isText)).not.toEqual([]);
    expect((await readBy('send')).filter(isText)).toEqual([]);
  },
  LIMIT,
);

it(
  'an error of a file without its types is where the file has it',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dopo-types-'));
    try {
      const file = join(folder, 'failing.ts');
      writeFileSync(
        file,
        `interface Named {\n  name: string;\n}\nconst one = { name: '${folder}' } as Named; throw new Error(one.name);\n`,
      );
      // The first takes the types out, and the second finds that done.
      for (let times = 0; times < 2; times += 1) {
        const run = promisify(execFile)(process.execPath, ['--import', './app/runtime/stripped-types.mjs', file], {
          cwd: ROOT,
        });
        await expect(run).rejects.toThrow(/failing\.ts:4:\d+/);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  LIMIT,
);
