import { fileURLToPath } from 'node:url';
import { connect } from './connect.ts';

const MIGRATIONS = {
  directory: fileURLToPath(new URL('../migrations', import.meta.url)),
  loadExtensions: ['.ts'],
};

/** Any number; the same for all who migrate. */
const MIGRATION_LOCK = 7_165_001;

/**
 * Brings a database to the newest schema. Several processes may start at once: one migrates, the others wait and find it done.
 * (knex's own lock is a table, which is what two first starts would both create.)
 */
export async function migrateLatest(url: string): Promise<void> {
  const db = connect(url, { poolMax: 2 });
  try {
    await db.transaction(async (trx) => {
      await trx.raw('select pg_advisory_xact_lock(?)', [MIGRATION_LOCK]);
      // Ours is held, so a lock of knex that is set belongs to a process that was killed while it migrated.
      await db.migrate.forceFreeMigrationsLock(MIGRATIONS);
      await db.migrate.latest(MIGRATIONS);
    });
  } finally {
    await db.destroy();
  }
}
