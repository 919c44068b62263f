import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
// @ts-expect-error plain JavaScript: it runs before anything is installed, so it has no types
import { nodeProgram, packagesAreCurrent } from '../../dev/run.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RUN = join(ROOT, 'dev', 'run.mjs');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dopo-run-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function script(text: string): Promise<string> {
  const path = join(folder, 'script.ts');
  await writeFile(path, text);
  return path;
}

describe('node dev/run.mjs', () => {
  it("runs a TypeScript file on the project's own Node with its arguments, the .bin folder on PATH and no warnings", async () => {
    const path = await script(
      'const first: string = process.argv[2] ?? ""; console.log(process.version, first, process.env.PATH?.split(":")[0]);',
    );
    const { stdout, stderr } = spawnSync(process.execPath, [RUN, path, '--keep'], { encoding: 'utf8' });
    const wanted = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      devDependencies: { node: string };
    };
    expect(stdout.trim()).toBe(`v${wanted.devDependencies.node} --keep ${join(ROOT, 'node_modules', '.bin')}`);
    expect(stderr).toBe('');
  });

  it('ends with the exit code of the script', async () => {
    const path = await script('process.exit(3);');
    expect(spawnSync(process.execPath, [RUN, path]).status).toBe(3);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('lets the script finish its work on %s', async (signal) => {
    const path = await script(
      `process.once('${signal}', () => setTimeout(() => { console.log('finished'); process.exit(0); }, 200));
       setInterval(() => {}, 1000); console.log('ready');`,
    );
    const child = spawn(process.execPath, [RUN, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    await expect.poll(() => output).toContain('ready');
    child.kill(signal);
    const [code] = (await once(child, 'close')) as [number];
    expect([code, output]).toEqual([0, 'ready\nfinished\n']);
  });
});

describe('whether packages are installed anew', () => {
  const OLD = new Date(1_000_000);
  const NEW = new Date(2_000_000);

  async function installed(lockTime: Date, installTime: Date): Promise<void> {
    const files: [string, Date][] = [
      [join(folder, 'package-lock.json'), lockTime],
      [join(folder, 'node_modules', '.package-lock.json'), installTime],
      [nodeProgram(folder) as string, installTime],
    ];
    for (const [path, time] of files) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, '{}');
      await utimes(path, time, time);
    }
  }

  it('they are when nothing is installed', async () => {
    await writeFile(join(folder, 'package-lock.json'), '{}');
    expect(packagesAreCurrent(folder)).toBe(false);
  });

  it('they are when the lock file is newer than what is installed', async () => {
    await installed(NEW, OLD);
    expect(packagesAreCurrent(folder)).toBe(false);
  });

  it('they are not when they were installed by hand since', async () => {
    await installed(OLD, NEW);
    expect(packagesAreCurrent(folder)).toBe(true);
  });

  it('they are not when the lock file only looks newer and is the one that was installed from', async () => {
    await installed(NEW, OLD);
    const sha256 = createHash('sha256').update('{}').digest('hex');
    await writeFile(join(folder, 'node_modules', '.installed-from'), sha256);
    expect(packagesAreCurrent(folder)).toBe(true);
  });
});
