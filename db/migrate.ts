import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Knex } from 'knex';
import { connect } from './connect.ts';
import { grantTo, refuseTruncate } from './grants.ts';
import { TAKE_TURNS_FUNCTION, TAKE_TURN_FUNCTION } from './lanes/turns.ts';
import { scramVerifier } from './scram.ts';

const MIGRATIONS = {
  directory: fileURLToPath(new URL('../migrations', import.meta.url)),
  loadExtensions: ['.ts'],
};

/** Any number; the same for all who migrate. */
const MIGRATION_LOCK = 7_165_001;

/** How long a process without the owner's password waits for one that has it, ms: as long as a large migration may take. */
const WAIT = { most: 60_000, between: 500 };

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
export async function migrateLatest({ databaseUrl, migrationUrl = databaseUrl }: DatabaseUrls): Promise<void> {
  const db = connect(migrationUrl, { poolMax: 2 });
  try {
    if (await mayMigrate(db)) await migrate(db, roleOf(databaseUrl, migrationUrl));
    else await untilMigrated(db);
  } catch (error) {
    throw refusedRole(error, migrationUrl === databaseUrl ? 'DATABASE_URL' : 'DATABASE_MIGRATION_URL') ?? error;
  } finally {
    await db.destroy();
  }
}

/** SQLSTATE class 28. Waiting would not help: a role that is not there looks the same as a wrong password, on purpose. */
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

async function migrate(db: Knex, service: ServiceRole | undefined): Promise<void> {
  await db.transaction(async (trx) => {
    await trx.raw('select pg_advisory_xact_lock(?)', [MIGRATION_LOCK]);
    // This process holds our lock, so a lock of knex that is set belongs to a process that was killed while it migrated.
    await db.migrate.forceFreeMigrationsLock(MIGRATIONS);
    await db.migrate.latest(MIGRATIONS);
    await trx.raw(TAKE_TURN_FUNCTION);
    await trx.raw(TAKE_TURNS_FUNCTION);
    await refuseTruncate(trx);
    if (service) await grantTo(trx, service.name, scramVerifier(service.password));
  });
  // On its own and last: nobody waits for the grants while a month is locked.
  await db.raw('select keep_months(clock_timestamp())');
}

async function untilMigrated(db: Knex): Promise<void> {
  for (let waited = 0; ; waited += WAIT.between) {
    const pending = await countPending(db);
    if (pending === 0) return;
    if (waited >= WAIT.most)
      throw new Error(`${pending} migrations are missing, and this role may not make them: set DATABASE_MIGRATION_URL`);
    await sleep(WAIT.between);
  }
}

/** `all`: before the first migration the role may not even read the list of migrations, so none has run. */
async function countPending(db: Knex): Promise<number | 'all'> {
  try {
    const [, pending] = (await db.migrate.list(MIGRATIONS)) as [unknown[], unknown[]];
    return pending.length;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '42501') return 'all';
    throw error;
  }
}
