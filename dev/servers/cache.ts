import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Interval at which a waiting run checks whether the other one has finished. */
const LOCK_POLL_MS = 500;

/**
 * Returns `folder/name`, made by `build` if it is not there. Two runs at once build once: the second waits. `build` gets an
 * empty folder next to the final one, which is renamed into place only when it succeeds, so a broken build is never found.
 */
export async function builtOnce(
  folder: string,
  name: string,
  build: (into: string) => Promise<void>,
  onWait: () => void = () => {},
): Promise<string> {
  const finished = join(folder, name);
  if (await exists(finished)) return finished;
  await mkdir(folder, { recursive: true });
  const unlock = await lock(`${finished}.lock`, onWait);
  try {
    if (await exists(finished)) return finished;
    await removeAbandoned(folder, `${name}.building-`);
    const scratch = await mkdtemp(join(folder, `${name}.building-`));
    try {
      await build(scratch);
      await rename(scratch, finished);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
    return finished;
  } finally {
    await unlock();
  }
}

/** Removes the remains of a build that was killed. Only the holder of the lock may do this. */
async function removeAbandoned(folder: string, prefix: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => name.startsWith(prefix));
  await Promise.all(left.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

/** Takes a lock file that holds the owner's process id; the lock of a process that is gone is taken over. */
async function lock(path: string, onWait: () => void): Promise<() => Promise<void>> {
  for (let waited = false; ; waited = true) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx' });
      return () => rm(path, { force: true });
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
    }
    const owner = Number(await readFile(path, 'utf8').catch(() => ''));
    if (owner > 0 && !isRunning(owner)) {
      await rm(path, { force: true });
      continue;
    }
    if (!waited) onWait();
    await sleep(LOCK_POLL_MS);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

export async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
