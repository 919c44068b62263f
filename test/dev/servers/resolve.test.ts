import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cacheFolder, type Machine } from '../../../dev/servers/machine.ts';
import { downloadedPath } from '../../../dev/servers/sdk-download.ts';
import { compareSums, resolveTestServer } from '../../../dev/servers/time-skipping-server.ts';
import { resolveTemporalCli } from '../../../dev/servers/temporal-dev-server.ts';

let root: string;
let onPath: string;
let configured: string;
const unreachable = async () => {
  throw new Error('the download site cannot be reached');
};

async function program(...path: string[]): Promise<string> {
  const file = join(root, ...path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, '#!/bin/sh\n');
  await chmod(file, 0o755);
  return file;
}

function machine(env: NodeJS.ProcessEnv): Machine {
  return { env: { PATH: '', ...env }, cacheFolder: join(root, 'cache') };
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dopo-resolve-'));
  onPath = await program('bin', 'temporal');
  configured = await program('own', 'my-temporal');
});
afterAll(() => rm(root, { recursive: true }));

describe('where the Temporal servers come from', () => {
  it('an environment variable goes before everything', async () => {
    const here = machine({ PATH: join(root, 'bin'), DOPO_TEMPORAL_CLI_PATH: configured });
    expect(await resolveTemporalCli(here, unreachable, () => {})).toBe(configured);
  });

  it('the variable of the dev server may hold the address of one that runs', async () => {
    const here = machine({ DOPO_TEMPORAL_CLI_PATH: 'temporal.example:7233' });
    expect(await resolveTemporalCli(here, unreachable, () => {})).toBe('temporal.example:7233');
  });

  it('a program on PATH goes before a download, and is all that the log says', async () => {
    const lines: string[] = [];
    const here = machine({ PATH: join(root, 'bin') });
    expect(await resolveTemporalCli(here, unreachable, (line) => lines.push(line))).toBe(onPath);
    expect(lines).toEqual([`Temporal dev server: program on PATH: ${onPath}`]);
  });

  it('a variable that names no program is in the log, although another way works', async () => {
    const lines: string[] = [];
    const here = machine({ PATH: join(root, 'bin'), DOPO_TEMPORAL_CLI_PATH: '/nowhere' });
    expect(await resolveTemporalCli(here, unreachable, (line) => lines.push(line))).toBe(onPath);
    expect(lines).toEqual([
      'Temporal dev server: DOPO_TEMPORAL_CLI_PATH: /nowhere is not a program that can be run, nor host:port',
      `Temporal dev server: program on PATH: ${onPath}`,
    ]);
  });

  it('nothing that is compared with no sum is ever fetched or used, unless it is asked for by name', async () => {
    let downloads = 0;
    const download = async () => {
      downloads += 1;
      return await program('cache', 'downloads', 'temporal-v1.8.2');
    };
    await expect(resolveTemporalCli(machine({}), download, () => {})).rejects.toThrow(
      /built with Go: no Go compiler.*download: compared with no sum, DOPO_UNCHECKED_DOWNLOADS=yes allows it/s,
    );
    const asked = machine({ DOPO_UNCHECKED_DOWNLOADS: 'yes' });
    const first = await resolveTemporalCli(asked, download, () => {});
    expect(first).toBe(downloadedPath(asked, { kind: 'dev-server', version: 'v1.8.2' }));
    expect(await resolveTemporalCli(asked, download, () => {})).toBe(first);
    expect(downloads).toBe(1);
    await expect(resolveTemporalCli(machine({}), download, () => {})).rejects.toThrow('compared with no sum');
  });

  it('a jar that is not the one whose sum we have is never used, nor one too many or too few', async () => {
    const folder = join(root, 'jars');
    const list = join(root, 'jars.sha256');
    await program('jars', 'a.jar');
    const sum = createHash('sha256').update('#!/bin/sh\n').digest('hex');
    await writeFile(list, `${sum}  a.jar\n`);
    await compareSums(folder, list);
    await program('jars', 'b.jar');
    await expect(compareSums(folder, list)).rejects.toThrow('b.jar is not what it was');
    await writeFile(list, `${sum}  a.jar\n${sum}  b.jar\n${sum}  c.jar\n`);
    await expect(compareSums(folder, list)).rejects.toThrow('c.jar is missing');
    await writeFile(join(folder, 'a.jar'), 'another');
    await expect(compareSums(folder, list)).rejects.toThrow('a.jar is not what it was');
  });

  it('names every way and what it said when none works', async () => {
    const here = machine({ DOPO_TEMPORAL_TEST_SERVER_PATH: '/nowhere' });
    await expect(resolveTestServer(here, unreachable, () => {})).rejects.toThrow(
      /DOPO_TEMPORAL_TEST_SERVER_PATH: \/nowhere is not a program.*PATH: no temporal-test-server.*Maven: no mvn.*compared with no sum/s,
    );
  });
});

describe('the cache folder', () => {
  it('is where each system keeps such things', () => {
    expect(cacheFolder({}, 'linux', '/home/ann')).toBe('/home/ann/.cache/dopo');
    expect(cacheFolder({ XDG_CACHE_HOME: '/fast' }, 'linux', '/home/ann')).toBe('/fast/dopo');
    expect(cacheFolder({ XDG_CACHE_HOME: '' }, 'linux', '/home/ann')).toBe('/home/ann/.cache/dopo');
    expect(cacheFolder({}, 'darwin', '/Users/ann')).toBe('/Users/ann/Library/Caches/dopo');
    expect(cacheFolder({ LOCALAPPDATA: '/local' }, 'win32', '/ann')).toBe('/local/dopo/cache');
  });
});
