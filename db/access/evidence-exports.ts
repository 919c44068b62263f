/** The days whose heads were exported. Of several processes, one exports those of a day. */
import type { Db } from '../connection/connect.ts';
import { withoutTimeLimits } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';

/** Held while heads are written. Another process does not wait for it. */
const EXPORT_LOCK = 7_165_003;

/**
 * Runs `write` unless the UTC day of `now` (epoch ms) has its heads, or another process is writing them. If it throws, the day has none,
 * and the next call tries again. Returns true if it ran.
 */
export async function oncePerDay(db: Db, now: number, write: () => Promise<void>): Promise<boolean> {
  return withoutTimeLimits(db, async (trx) => {
    const { rows } = await trx.raw<{ rows: { free: boolean }[] }>('select pg_try_advisory_xact_lock(?) as free', [
      EXPORT_LOCK,
    ]);
    if (!rows[0]?.free) return false;
    const { rowCount } = await trx.raw<{ rowCount: number | null }>(
      'insert into evidence_exports (day, at) values (?, ?) on conflict do nothing',
      [new Date(now).toISOString().slice(0, 10), timestamp(now)],
    );
    if (rowCount !== 1) return false;
    await write();
    return true;
  });
}

/** Epoch ms; undefined: never. */
export async function lastExport(db: Db): Promise<number | undefined> {
  const { rows } = await db.raw<{ rows: { at: Date | null }[] }>('select max(at) as at from evidence_exports');
  return rows[0]?.at?.getTime();
}
