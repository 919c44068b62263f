/**
 * Begins held erasures, of persons and of whole brands, once they cannot be cancelled any more. Each begins in its own transaction. One
 * that fails waits alone, longer each time, and the others go on.
 */
import type { Knex } from 'knex';
import { waitAfter } from '../../domain/sending/outbox.ts';
import type { Db } from '../../db/connection/connect.ts';
import { isUnavailable } from '../../db/connection/unavailable.ts';
import type { HeldRow, HeldTable } from '../../db/privacy/held-erasures.ts';
import { dueErasures, lockHeld, markBegun, putOff } from '../../db/privacy/held-erasures.ts';

export interface HeldErasures<Row> {
  readonly table: HeldTable;
  /** Erasures that were due by this time are begun, epoch ms. */
  readonly dueBy: number;
  /** Takes the same lock as a cancellation, before the row is locked. */
  readonly lock?: (trx: Knex.Transaction, row: Row) => Promise<void>;
  readonly begin: (trx: Knex.Transaction, row: Row) => Promise<unknown>;
  /** Called the first time that an erasure fails. */
  readonly onFailure: (row: Row, error: unknown) => void;
}

/**
 * Returns how many have begun. Several processes may run it at once. Throws when the database is away; that counts as a failure of no
 * row.
 */
export async function beginHeldErasures<Row extends HeldRow>(
  db: Db,
  { table, dueBy, lock, begin, onFailure }: HeldErasures<Row>,
  now: number,
): Promise<number> {
  const rows = await dueErasures<Row>(db, table, { dueBy, now });
  const beginOne = async (trx: Knex.Transaction, row: Row): Promise<boolean> => {
    await lock?.(trx, row);
    // Another process has begun it, or it was cancelled.
    if (!(await lockHeld(trx, table, row.id))) return false;
    await begin(trx, row);
    await markBegun(trx, table, row.id, now);
    return true;
  };
  let count = 0;
  for (const row of rows)
    try {
      if (await db.transaction((trx) => beginOne(trx, row))) count += 1;
    } catch (error) {
      if (isUnavailable(error)) throw error;
      await putOff(db, table, row, now + waitAfter(row.tries + 1, row.id));
      if (row.tries === 0) onFailure(row, error);
    }
  return count;
}
