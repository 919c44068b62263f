import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { builtOnce } from '../../../dev/servers/cache.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dopo-cache-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('a program that is built once per machine', () => {
  it('is built once when several runs want it at the same time', async () => {
    let builds = 0;
    const build = async (into: string) => {
      builds += 1;
      await writeFile(join(into, 'program'), 'made');
    };
    const paths = await Promise.all([1, 2, 3].map(() => builtOnce(folder, 'tool-1.0', build)));
    expect(builds).toBe(1);
    expect(new Set(paths)).toEqual(new Set([join(folder, 'tool-1.0')]));
    expect(await readFile(join(folder, 'tool-1.0', 'program'), 'utf8')).toBe('made');
  });

  it('is not found by the next run when its build broke', async () => {
    const broken = async (into: string) => {
      await writeFile(join(into, 'half'), '');
      throw new Error('no disk');
    };
    await expect(builtOnce(folder, 'tool-1.0', broken)).rejects.toThrow('no disk');
    expect(await readdir(folder)).toEqual([]);
  });

  it('is built again after a run was killed while it held the lock', async () => {
    const pidOfNobody = 2 ** 22 + 1;
    await writeFile(join(folder, 'tool-1.0.lock'), String(pidOfNobody));
    await expect(builtOnce(folder, 'tool-1.0', async () => {})).resolves.toBe(join(folder, 'tool-1.0'));
  });
});
