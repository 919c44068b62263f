import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

interface LockEntry {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
}

const REGISTRY = 'https://registry.npmjs.org/';

async function readLock(): Promise<{ readonly packages: Readonly<Record<string, LockEntry>> }> {
  const file = new URL('../../package-lock.json', import.meta.url);
  return JSON.parse(await readFile(file, 'utf8'));
}

it('the lock file names the packages of every platform, without which npm refuses to install from it', async () => {
  const { packages } = await readLock();
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([, version]) => /^\d/.test(version))
      .map(([name]) => name)
      .filter((name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`]),
  );
  expect(missing).toEqual([]);
});

it('every package has the hash that npm checks it by, and comes from the public registry', async () => {
  const { packages } = await readLock();
  const fetched = Object.entries(packages).filter(([path]) => path !== '');
  expect(fetched.length).toBeGreaterThan(100);
  const unhashed = fetched.filter(([, { integrity = '' }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity));
  expect(unhashed.map(([path]) => path)).toEqual([]);
  const elsewhere = fetched.filter(
    ([, { resolved = REGISTRY, link = false }]) => link || !resolved.startsWith(REGISTRY),
  );
  expect(elsewhere.map(([path]) => path)).toEqual([]);
});
