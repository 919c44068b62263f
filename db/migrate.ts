import { fileURLToPath } from 'node:url';
import { connect } from './connect.ts';

const DIRECTORY = fileURLToPath(new URL('../migrations', import.meta.url));

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
      await db.migrate.latest({ directory: DIRECTORY, loadExtensions: ['.ts'] });
    });
  } finally {
    await db.destroy();
  }
}
