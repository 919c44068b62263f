import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Compares every file of a folder with a list as `sha256sum` prints it. Throws for one that differs, is missing or is not in the list. */
export async function compareSums(folder: string, list: string): Promise<void> {
  const lines = (await readFile(list, 'utf8')).split('\n').filter((line) => line !== '');
  const sums = new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
  const found = await readdir(folder);
  const missing = [...sums.keys()].filter((name) => !found.includes(name));
  const other: string[] = [];
  for (const name of found) if ((await sumOf(join(folder, name))) !== sums.get(name)) other.push(name);
  if (missing.length === 0 && other.length === 0) return;
  const what = [...other.map((name) => `${name} is not what it was`), ...missing.map((name) => `${name} is missing`)];
  throw new Error(`not the files whose sums are in ${list}: ${what.join(', ')}`);
}

async function sumOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
