/**
 * The progress of a sweep with a period. Rows that other places keep for longer stay in the table, and without a mark
 * a sweep with a shorter period would read all of them every day and find none.
 */
import type { Period } from '../../domain/rules/rule-pack.ts';
import type { Db } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';
import type { RowSweep } from './retention-sweeps.ts';

/**
 * Days after which rows of all ages are checked again: for people who moved to a place with a shorter period,
 * messages that were not over, and packs that shortened a period.
 */
const WHOLE_EVERY = '30 days';

/** The sweep continues from the mark; without one, it checks all rows. */
export const FROM_THE_BEGINNING = '-infinity';

/** When the sweep was last here. A mark in the future comes from a wrong clock and does not count. */
export async function sweptAt(db: Db, sweep: RowSweep, keep: Period, now: number): Promise<string> {
  const { rows } = await db.raw<{ rows: { at: string }[] }>(
    `select cast(swept_at as text) as at from sweep_marks where sweep = :sweep and keep = :keep
        and swept_at <= cast(:now as timestamptz) and whole_at > cast(:now as timestamptz) - interval '${WHOLE_EVERY}'`,
    { sweep, keep, now: timestamp(now) },
  );
  return rows[0]?.at ?? FROM_THE_BEGINNING;
}

/** Call when the sweep finds no more rows. `from`: the value from `sweptAt`. */
export async function markSwept(db: Db, sweep: RowSweep, keep: Period, from: string, now: number): Promise<void> {
  await db.raw(
    `insert into sweep_marks as m (sweep, keep, swept_at, whole_at) values (:sweep, :keep, :now, :now)
     on conflict (sweep, keep) do update set swept_at = excluded.swept_at,
       whole_at = case when cast(:whole as boolean) then excluded.whole_at else m.whole_at end`,
    { sweep, keep, now: timestamp(now), whole: from === FROM_THE_BEGINNING },
  );
}
