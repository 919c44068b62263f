import { fileURLToPath } from 'node:url';
import { connect } from './connect.ts';

const DIRECTORY = fileURLToPath(new URL('../migrations', import.meta.url));

/** Brings a database to the newest schema; a database that is there already is left as it is. */
export async function migrateLatest(url: string): Promise<void> {
  const db = connect(url, { poolMax: 1 });
  try {
    await db.migrate.latest({ directory: DIRECTORY, loadExtensions: ['.ts'] });
  } finally {
    await db.destroy();
  }
}
