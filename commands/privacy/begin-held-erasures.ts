/**
 * Begins held erasures, of persons and of whole brands, once they cannot be cancelled any more. Each begins in its own transaction. One
 * that fails waits alone, longer each time, and the others go on.
 */
import type { Knex } from 'knex';
import { waitAfter } from '../../domain/sending/outbox.ts';
import type { Db } from '../../db/connection/connect.ts';
import { timestamp } from '../../db/connection/timestamp.ts';
import { isUnavailable } from '../../db/connection/unavailable.ts';

const OPEN = { cancelled_at: null, begun_at: null } as const;

type HeldTable = 'planned_erasures' | 'shop_erasures';

interface HeldRow {
  readonly id: string;
  readonly brand_id: string;
  readonly tries: number;
}

/**
 * Erasures begun per look. Brands take turns: the first one of every brand, then the second of every brand, and so on. Those that have
 * failed sort behind the others of their brand.
 */
const AT_ONCE = 100;
const NEXT_AT = 'coalesce(next_try_at, due_at)';

export interface Held<Row> {
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
export async function beginHeld<Row extends HeldRow>(
  db: Db,
  { table, dueBy, lock, begin, onFailure }: Held<Row>,
  now: number,
): Promise<number> {
  const { rows } = await db.raw<{ rows: Row[] }>(
    `select * from (
       select t.*, row_number() over (partition by t.brand_id order by ${NEXT_AT}, t.id) as place from brands b cross join lateral (
         select * from ${table} where brand_id = b.id and cancelled_at is null and begun_at is null and due_at <= :due and ${NEXT_AT} <= :now
          order by ${NEXT_AT}, id limit ${AT_ONCE}) t) held
      order by place, ${NEXT_AT}, id limit ${AT_ONCE}`,
    { due: timestamp(dueBy), now: timestamp(now) },
  );
  const beginOne = async (trx: Knex.Transaction, row: Row): Promise<boolean> => {
    await lock?.(trx, row);
    // Another process has begun it, or it was cancelled.
    const own: unknown = await trx(table)
      .where({ id: row.id, ...OPEN })
      .forUpdate()
      .skipLocked()
      .first('id');
    if (!own) return false;
    await begin(trx, row);
    await trx(table)
      .where({ id: row.id })
      .update({ begun_at: new Date(now) });
    return true;
  };
  let count = 0;
  for (const row of rows)
    try {
      if (await db.transaction((trx) => beginOne(trx, row))) count += 1;
    } catch (error) {
      if (isUnavailable(error)) throw error;
      await putOff(db, table, row, now);
      if (row.tries === 0) onFailure(row, error);
    }
  return count;
}

async function putOff(db: Db, table: HeldTable, { id, tries }: HeldRow, now: number): Promise<void> {
  const next_try_at = new Date(now + waitAfter(tries + 1, id));
  await db(table)
    .where({ id, ...OPEN })
    .update({ tries: tries + 1, next_try_at });
}
