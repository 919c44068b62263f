/** Reads the rows of a query a page at a time, by a cursor of PostgreSQL. */
import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { Db } from './connect.ts';

/**
 * The rows of a query in pages of at most `size`. Only inside a transaction, which is the cursor's; each page is a statement of its own
 * under the pool's limits. One page is in memory at a time, however many rows there are.
 */
export async function* pagesOf<Row>(
  trx: Db,
  sql: string,
  bindings: readonly Knex.RawBinding[] | Knex.ValueDict,
  size: number,
): AsyncGenerator<readonly Row[]> {
  const cursor = `pages_${randomUUID().replaceAll('-', '')}`;
  await trx.raw(`declare ${cursor} no scroll cursor for ${sql}`, bindings as Knex.ValueDict);
  for (;;) {
    const { rows } = await trx.raw<{ rows: Row[] }>(`fetch ${size} from ${cursor}`);
    if (rows.length > 0) yield rows;
    if (rows.length < size) break;
  }
  await trx.raw(`close ${cursor}`);
}
