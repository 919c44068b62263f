import type { Knex } from 'knex';
import type { Db } from './connect.ts';

/**
 * Runs a statement that each connection prepares once, under a name that no other text has. For the long ones on the path of
 * every message: planning them takes PostgreSQL three times as long as running them.
 */
export function prepared<Row>(
  db: Db,
  name: string,
  sql: string,
  bindings: Readonly<Record<string, Knex.RawBinding>>,
): Promise<{ readonly rows: Row[] }> {
  return db.raw<{ rows: Row[] }>(sql, bindings).options({ name });
}
