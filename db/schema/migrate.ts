import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Knex } from 'knex';
import { connect } from '../connection/connect.ts';
import { grantTo, refuseTruncate } from './grants.ts';
import {
  RESERVE_TOKENS_OF_MANY_FUNCTION,
  RESERVE_TOKENS_FOR_TEXT_FUNCTION,
  RESERVE_TOKENS_FUNCTION,
} from '../sending/lanes/reservations.ts';
import { PLACE_ORDER_FUNCTION } from '../orders/place-at-once.ts';
import { STORE_EVENT_FUNCTION } from '../orders/store-event.ts';
import { FOLD_FUNCTIONS } from '../sending/ledger/fold-statuses.ts';
import { keepMonths } from '../privacy/months.ts';
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { CHANNELS } from '../../domain/sending/message.ts';

const MIGRATIONS = {
  directory: fileURLToPath(new URL('../../migrations', import.meta.url)),
  loadExtensions: ['.ts'],
};

/** The number of the lock: any number, but the same for every process that migrates. */
const MIGRATION_LOCK = 7_165_001;

/**
 * How long a process without the owner's password waits for another process to begin the migration, ms. Once it has
 * begun, there is no limit: a large table takes minutes.
 */
const WAIT = { most: 60_000, between: 500 };
/**
 * How long a migration waits for a table, ms. Statements that come after it wait behind it, so in an hour nothing would be sent; a backup or an
 * export that reads the table is mostly over in a minute.
 */
const MOST_FOR_A_TABLE = 60_000;

export interface MigrateSettings {
  /** How long a migration waits for a table, ms. */
  readonly mostForATable?: number;
  /** Told why the months of decisions and statuses could not be kept. */
  readonly monthsFailed?: (error: unknown) => void;
}

/** The database was migrated by a version of Dopo that has other migrations. */
export class OtherVersion extends Error {
  override readonly name = 'OtherVersion';
}

/** A database, as the service and as its owner connect to it. */
export interface DatabaseUrls {
  /** URL of the service's role. */
  readonly databaseUrl: string;
  /** URL of the role that owns the tables. Left out: the service owns them, or another process migrates. */
  readonly migrationUrl?: string;
}

/**
 * Brings a database to the newest schema and grants the service's role its privileges. Several processes may start at once: one migrates,
 * the others wait and find it done. (knex's own lock is a table, which two first starts would both create.) A service that may not
 * migrate waits until another process has migrated.
 */
export async function migrateLatest(
  { databaseUrl, migrationUrl = databaseUrl }: DatabaseUrls,
  { mostForATable = MOST_FOR_A_TABLE, monthsFailed = warnOfMonths }: MigrateSettings = {},
): Promise<void> {
  // Of three, one keeps our lock, one migrates, and one looks at what is waited for.
  const db = connect(migrationUrl, { poolMax: 3, lockMs: mostForATable });
  try {
    if (await mayMigrate(db)) {
      await sayingWhatWaits(db, mostForATable, () => migrate(db, roleOf(databaseUrl, migrationUrl), mostForATable));
      // This comes last and in a transaction of its own, so that nothing waits for the grants while a month is
      // locked. Rows without a month are kept all the same, so a service that cannot make a month still starts.
      await keepMonths(db, Date.now()).catch(monthsFailed);
    } else await untilMigrated(db);
  } catch (error) {
    throw refusedRole(error, migrationUrl === databaseUrl ? 'DATABASE_URL' : 'DATABASE_MIGRATION_URL') ?? error;
  } finally {
    await db.destroy();
  }
}

/**
 * SQLSTATE class 28. Waiting would not help: PostgreSQL reports an unknown role and a wrong password alike, on
 * purpose.
 */
function refusedRole(error: unknown, setting: string): Error | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!code.startsWith('28')) return undefined;
  const made = setting === 'DATABASE_URL' ? '; the first start with DATABASE_MIGRATION_URL makes the role' : '';
  return new Error(`${setting}: PostgreSQL refuses this role or its password (${code})${made}`, { cause: error });
}

interface ServiceRole {
  readonly name: string;
  readonly password: string;
}

/** Undefined: one role does both. */
function roleOf(databaseUrl: string, migrationUrl: string): ServiceRole | undefined {
  const [service, owner] = [new URL(databaseUrl), new URL(migrationUrl)];
  if (service.username === owner.username) return undefined;
  return { name: decodeURIComponent(service.username), password: decodeURIComponent(service.password) };
}

async function mayMigrate(db: Knex): Promise<boolean> {
  const { rows } = await db.raw<{ rows: { may: boolean }[] }>(
    "select has_schema_privilege(current_user, 'public', 'create') as may",
  );
  return rows[0]?.may ?? false;
}

async function migrate(db: Knex, service: ServiceRole | undefined, mostForATable: number): Promise<void> {
  await db.transaction(async (trx) => {
    // Waits as long as another process migrates.
    await trx.raw('set local lock_timeout = 0');
    await trx.raw('select pg_advisory_xact_lock(?)', [MIGRATION_LOCK]);
    await trx.raw(`set local lock_timeout = ${mostForATable}`);
    // This process holds our lock, so a set lock of knex belongs to a process that was killed during its migration.
    await refuseOtherVersions(db);
    await db.migrate.forceFreeMigrationsLock(MIGRATIONS);
    await db.migrate.latest(MIGRATIONS);
    await keepChannels(trx);
    await trx.raw(RESERVE_TOKENS_FUNCTION);
    await trx.raw(RESERVE_TOKENS_FOR_TEXT_FUNCTION);
    await trx.raw(RESERVE_TOKENS_OF_MANY_FUNCTION);
    await trx.raw(STORE_EVENT_FUNCTION);
    await trx.raw(PLACE_ORDER_FUNCTION);
    for (const made of FOLD_FUNCTIONS) await trx.raw(made);
    await refuseTruncate(trx);
    if (service) await grantTo(trx, service.name, scramVerifier(service.password));
  });
}

/** For the programs that have no log. */
function warnOfMonths(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
  process.emitWarning(`the months of decisions and statuses could not be kept${code}; the daily work tries again`);
}

/** Adds to the error of a migration that got no lock: the table, and the process that holds it. */
async function sayingWhatWaits(db: Knex, most: number, run: () => Promise<void>): Promise<void> {
  let waitsFor = '';
  const look = setInterval(
    () => {
      void waitingFor(db).then(
        (found) => (waitsFor = found ?? waitsFor),
        () => {},
      );
    },
    Math.min(WAIT.between, most / 4),
  );
  try {
    await run();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === LOCK_TIMEOUT)) throw error;
    throw new Error(
      `the migration waited ${most / 1_000} s for ${waitsFor || 'a lock'}, so that statements behind it go on: nothing of it is done, what came before it is, and it can be run again`,
      { cause: error },
    );
  } finally {
    clearInterval(look);
  }
}

const LOCK_TIMEOUT = '55P03';

/** The table that a connection of this role stands at, and the processes of the database that keep it. */
async function waitingFor(db: Knex): Promise<string | undefined> {
  const { rows } = await db.raw<{ rows: { table: string; by: string }[] }>(
    `select cast(l.relation as regclass)::text as table,
        (select string_agg(format('%s (%s, since %s)', s.pid, s.state, to_char(s.xact_start at time zone 'UTC', 'HH24:MI:SS')), ', ')
          from pg_stat_activity s where s.pid = any(pg_blocking_pids(l.pid))) as by
       from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where not l.granted and l.relation is not null and l.database = (select oid from pg_database where datname = current_database())
        and a.usename = current_user limit 1`,
  );
  const [row] = rows;
  return row && `table ${row.table}, which process ${row.by} of the database keeps`;
}

/** Another process has our lock: it migrates. */
async function isMigrating(db: Knex): Promise<boolean> {
  const { rows } = await db.raw<{ rows: object[] }>(
    `select from pg_locks where locktype = 'advisory' and granted and objid = ${MIGRATION_LOCK}
        and database = (select oid from pg_database where datname = current_database())`,
  );
  return rows.length > 0;
}

/**
 * Throws if the database has migrations that this version has not. knex would say that its folder is corrupt, and a service that may not migrate
 * would wait a minute for the migrations that are missing.
 */
async function refuseOtherVersions(db: Knex): Promise<void> {
  const ours = readdirSync(MIGRATIONS.directory).toSorted();
  const theirs = await migrationsOf(db);
  const unknown = theirs.find((name) => !ours.includes(name));
  if (unknown === undefined) return;
  const reason =
    unknown < (ours[0] ?? '')
      ? 'it was made by a version of Dopo before its first release, and there is no way from there: use a new, empty database'
      : 'it was migrated by a newer version of Dopo: start that version';
  throw new OtherVersion(
    `the database has the migration ${unknown}, which this version does not know: ${reason} (nothing was changed)`,
  );
}

/** Names of the migrations that have run. None, if the role may not look yet. */
async function migrationsOf(db: Knex): Promise<readonly string[]> {
  const { rows } = await db.raw<{ rows: { may: boolean | null }[] }>(
    "select has_table_privilege(to_regclass('public.knex_migrations'), 'select') as may",
  );
  if (!rows[0]?.may) return [];
  return db<{ name: string }>('knex_migrations').orderBy('name').pluck('name');
}

async function untilMigrated(db: Knex): Promise<void> {
  await refuseOtherVersions(db);
  for (let waited = 0; ;) {
    const pending = await countPending(db);
    if (pending === 0) return;
    waited = (await isMigrating(db)) ? 0 : waited + WAIT.between;
    if (waited >= WAIT.most)
      throw new Error(
        `${pending} migrations or channels are missing, and this role may not make them: set DATABASE_MIGRATION_URL`,
      );
    await sleep(WAIT.between);
  }
}

/** `all`: before the first migration the role may not even read the list of migrations, so none has run. */
async function countPending(db: Knex): Promise<number | 'all'> {
  try {
    const [, pending] = (await db.migrate.list(MIGRATIONS)) as [unknown[], unknown[]];
    if (pending.length > 0) return pending.length;
    // A new channel needs no migration but a row. Without the row, a text that a customer writes on the channel cannot be stored.
    const known = await db('channels').pluck<string[]>('name');
    return CHANNELS.filter((name) => !known.includes(name)).length;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '42501') return 'all';
    throw error;
  }
}

/** PostgreSQL's default. */
const ITERATIONS = 4096;

/**
 * A password in the form in which PostgreSQL stores it (RFC 5802, SCRAM-SHA-256). `create role` is sent this form, so the password is in
 * no statement and no log.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, ITERATIONS, 32, 'sha256');
  const keyOf = (name: string): Buffer => createHmac('sha256', salted).update(name).digest();
  const stored = createHash('sha256').update(keyOf('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${stored}:${keyOf('Server Key').toString('base64')}`;
}

/** Adds the channels of the code to the table that rows refer to, so a new channel needs no migration. None is removed: messages name it. */
async function keepChannels(trx: Knex.Transaction): Promise<void> {
  await trx.raw('insert into channels (name) select unnest(cast(? as text[])) on conflict do nothing', [[...CHANNELS]]);
}
