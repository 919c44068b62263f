/** Rows of a query a page at a time, by a cursor of PostgreSQL, and pages of a list by a cursor of the caller. */
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

/**
 * Thrown for a page after a cursor that no page gave out. An empty page would mean the end of the list, so a program
 * that mixed up two lists would believe that it has read everything.
 */
export class UnknownCursor extends Error {
  constructor() {
    super('no page of this list gave out the cursor');
  }
}

/** Throws UnknownCursor if the page is empty and `seen` finds no row of the cursor. Other pages cost no statement. */
export async function refuseUnknownCursor(
  page: readonly unknown[],
  after: string | undefined,
  seen: (after: string) => PromiseLike<unknown>,
): Promise<void> {
  if (page.length === 0 && after !== undefined && (await seen(after)) === undefined) throw new UnknownCursor();
}
