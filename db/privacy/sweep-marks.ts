/**
 * How far a sweep with a period has come. Rows that the rules of other places keep for longer stay in the table, so a sweep with a shorter
 * period would read all of them again every day to find none.
 */
import type { Period } from '../../domain/rules/rule-pack.ts';
import type { Db } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';
import type { RowSweep } from './retention-sweeps.ts';

/**
 * Rows of all ages are looked at once in so many days: of people who have moved to where the period is shorter, of messages that were not over,
 * of places whose pack has shortened it.
 */
const WHOLE_EVERY = '30 days';

/** The sweep that rows are looked at from; all are when there is none. */
export const FROM_THE_BEGINNING = '-infinity';

/** When the sweep was here last. A mark of the future is of a clock that was wrong. */
export async function sweptAt(db: Db, sweep: RowSweep, keep: Period, now: number): Promise<string> {
  const { rows } = await db.raw<{ rows: { at: string }[] }>(
    `select cast(swept_at as text) as at from sweep_marks where sweep = :sweep and keep = :keep
        and swept_at <= cast(:now as timestamptz) and whole_at > cast(:now as timestamptz) - interval '${WHOLE_EVERY}'`,
    { sweep, keep, now: timestamp(now) },
  );
  return rows[0]?.at ?? FROM_THE_BEGINNING;
}

/** Call when the sweep has found no more. `from`: as `sweptAt` has given it. */
export async function markSwept(db: Db, sweep: RowSweep, keep: Period, from: string, now: number): Promise<void> {
  await db.raw(
    `insert into sweep_marks as m (sweep, keep, swept_at, whole_at) values (:sweep, :keep, :now, :now)
     on conflict (sweep, keep) do update set swept_at = excluded.swept_at,
       whole_at = case when cast(:whole as boolean) then excluded.whole_at else m.whole_at end`,
    { sweep, keep, now: timestamp(now), whole: from === FROM_THE_BEGINNING },
  );
}
