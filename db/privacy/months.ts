/** Tables of months: decisions and statuses. Old months are dropped, which takes no time and leaves no dead rows. */
import type { Period } from '../../domain/rules/rule-pack.ts';
import type { Db } from '../connection/connect.ts';
import { withoutTimeLimits } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';
import { FIRST_MONTH_KEPT } from './retention-sweeps.ts';

export const TABLES_OF_MONTHS = ['decisions', 'statuses'] as const;
export type TableOfMonths = (typeof TABLES_OF_MONTHS)[number];

/** Rows that are moved, or read under a lock, at a time: some 0.1 s. */
const MOST_ROWS = 5_000;
/** Steps for one month on one day. Together they move up to 500,000 rows that belong to no month. */
const MOST_STEPS = 100;

/**
 * Makes the months to come, and moves those that are behind to the past, where statements of a message do not look. Each step is a transaction of
 * its own. Whatever cannot be done now is left for the next day: rows of a month that is not there are in the part that takes what belongs to no
 * month, so nothing is ever refused.
 */
export async function keepMonths(db: Db, now: number, most = MOST_ROWS): Promise<void> {
  const today = new Date(now);
  for (const of of TABLES_OF_MONTHS) {
    for (const ahead of [-1, 0, 1, 2]) {
      const first = Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + ahead);
      for (let step = 0; step < MOST_STEPS; step += 1) {
        const { rows } = await withoutTimeLimits(db, (trx) =>
          trx.raw<{ rows: { answer: MonthKept }[] }>(
            'select keep_month(:of, cast(:first as timestamptz), cast(:most as int)) as answer',
            { of, first: timestamp(first), most },
          ),
        );
        if (rows[0]?.answer !== 'more') break;
      }
    }
    await withoutTimeLimits(db, (trx) =>
      trx.raw('select retire_months(:of, cast(:now as timestamptz))', { of, now: timestamp(now) }),
    );
  }
}

type MonthKept = 'there' | 'made' | 'more' | 'busy';

/** PostgreSQL counts the rows of a table's parts by itself, but never those of the table as a whole. */
export async function countRowsOfMonths(db: Db): Promise<void> {
  for (const of of TABLES_OF_MONTHS) await withoutTimeLimits(db, (trx) => trx.raw('select count_months(?)', [of]));
}

/** Drops the months that have been over for `keep`. Returns how many. */
export async function dropMonths(db: Db, table: TableOfMonths, keep: Period, now: number): Promise<number> {
  const { rows } = await withoutTimeLimits(db, (trx) =>
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
