/** Erasures that are held for a time in which they can be taken back: of persons, and of whole brands. */
import type { Db } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';

const OPEN = { cancelled_at: null, begun_at: null } as const;

export type HeldTable = 'planned_erasures' | 'shop_erasures';

/** A brand or a contact has at most one held erasure. */
const ONE_OF: Readonly<Record<HeldTable, string>> = { planned_erasures: 'contact_id', shop_erasures: 'brand_id' };

export interface HeldRow {
  readonly id: string;
  readonly brand_id: string;
  readonly tries: number;
}

/** Returns the id of a new one. Undefined: one is held already, and its time does not start again. */
export async function holdErasure(
  trx: Db,
  table: HeldTable,
  about: { readonly brand_id: string; readonly contact_id?: string },
  { now, dueAt }: { readonly now: number; readonly dueAt: number },
): Promise<string | undefined> {
  const [held] = await trx(table)
    .insert({ ...about, requested_at: new Date(now), due_at: new Date(dueAt) })
    .onConflict(trx.raw(`(${ONE_OF[table]}) where cancelled_at is null and begun_at is null`))
    .ignore()
    .returning<{ id: string }[]>('id');
  return held?.id;
}

/** Returns the id of the one that was taken back. Undefined: none is held, or it has begun. */
export async function takeBack(
  trx: Db,
  table: HeldTable,
  about: { readonly id: string } | { readonly brand_id: string; readonly contact_id: string },
  now: number,
): Promise<string | undefined> {
  const [cancelled] = await trx(table)
    .where({ ...about, ...OPEN })
    .update({ cancelled_at: new Date(now) })
    .returning<{ id: string }[]>('id');
  return cancelled?.id;
}

/**
 * Erasures per look. Brands take turns: the first one of every brand, then the second of every brand, and so on. Those that have failed
 * sort behind the others of their brand.
 */
const AT_ONCE = 100;
const NEXT_AT = 'coalesce(next_try_at, due_at)';

/** Erasures that were due by `dueBy` and may be tried by now. Epoch ms. */
export async function dueErasures<Row extends HeldRow>(
  db: Db,
  table: HeldTable,
  { dueBy, now }: { readonly dueBy: number; readonly now: number },
): Promise<readonly Row[]> {
  const { rows } = await db.raw<{ rows: Row[] }>(
    `select * from (
       select t.*, row_number() over (partition by t.brand_id order by ${NEXT_AT}, t.id) as place from brands b cross join lateral (
         select * from ${table} where brand_id = b.id and cancelled_at is null and begun_at is null and due_at <= :due and ${NEXT_AT} <= :now
          order by ${NEXT_AT}, id limit ${AT_ONCE}) t) held
      order by place, ${NEXT_AT}, id limit ${AT_ONCE}`,
    { due: timestamp(dueBy), now: timestamp(now) },
  );
  return rows;
}

/** False: another process is beginning it, or it was cancelled meanwhile. */
export async function lockHeld(trx: Db, table: HeldTable, id: string): Promise<boolean> {
  const own: unknown = await trx(table)
    .where({ id, ...OPEN })
    .forUpdate()
    .skipLocked()
    .first('id');
  return own !== undefined;
}

export async function markBegun(trx: Db, table: HeldTable, id: string, now: number): Promise<void> {
  await trx(table)
    .where({ id })
    .update({ begun_at: new Date(now) });
}

/** The person's planned erasure, or those of a whole brand, begin now with the erasure itself. */
export async function beginPlanned(
  trx: Db,
  about: { readonly contact_id: string } | { readonly brand_id: string },
  now: number,
): Promise<void> {
  await trx('planned_erasures')
    .where({ ...about, ...OPEN })
    .update({ begun_at: new Date(now) });
}

export async function putOff(db: Db, table: HeldTable, { id, tries }: HeldRow, until: number): Promise<void> {
  await db(table)
    .where({ id, ...OPEN })
    .update({ tries: tries + 1, next_try_at: new Date(until) });
}
