/** Tables of months: decisions and statuses. Old months are dropped, which leaves no dead rows and takes no time. */
import type { Period } from '../../domain/rule-pack.ts';
import type { Db } from '../connect.ts';
import { unhurried } from '../connect.ts';
import { timestamp } from '../timestamp.ts';
import { FIRST_MONTH_KEPT } from './retention-sweeps.ts';

export const TABLES_OF_MONTHS = ['decisions', 'statuses'] as const;
export type TableOfMonths = (typeof TABLES_OF_MONTHS)[number];

/** Makes the months to come, and moves those that are behind to the past, where statements of a message do not look. */
export async function keepMonths(db: Db, now: number): Promise<void> {
  await unhurried(db, (trx) => trx.raw('select keep_months(cast(? as timestamptz))', [timestamp(now)]));
}

/** Drops the months that have been over for `keep`. Returns how many. */
export async function dropMonths(db: Db, table: TableOfMonths, keep: Period, now: number): Promise<number> {
  const { rows } = await unhurried(db, (trx) =>
    trx.raw<{ rows: { dropped: number }[] }>(`select drop_months(:table, ${FIRST_MONTH_KEPT}) as dropped`, {
      table,
      keep,
      now: timestamp(now),
    }),
  );
  return rows[0]?.dropped ?? 0;
}

/** Counts the months that would be dropped. */
export async function countMonths(db: Db, table: TableOfMonths, keep: Period, now: number): Promise<number> {
  const { rows } = await db.raw<{ rows: { count: number }[] }>(
    `select count(*) as count from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = cast('past_' || :table as regclass)
        and cast(substring(pg_get_expr(c.relpartbound, c.oid) from 'TO [(]''([^'']+)''[)]') as timestamptz) <= ${FIRST_MONTH_KEPT}`,
    { table, keep, now: timestamp(now) },
  );
  return rows[0]?.count ?? 0;
}
