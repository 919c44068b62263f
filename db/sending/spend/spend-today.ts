/** Today's spending of brands, for operators, metrics and alarms. */
import type { Db } from '../../connection/connect.ts';
import { timestamp } from '../../connection/timestamp.ts';
import { costsOf, localDay } from './costs.ts';

export interface SpendToday {
  readonly brand: string;
  /** A day in the brand's zone, `2026-03-02`. */
  readonly day: string;
  readonly country: string;
  /** Prices of receipts; texts without a receipt count at the last known price. */
  readonly cost: number;
  readonly messages: number;
}

/** One row per brand and country with texts today, of one brand or of all that have a limit. */
export async function spendToday(db: Db, now: number, brand?: string): Promise<readonly SpendToday[]> {
  const { rows } = await db.raw<{ rows: SpendToday[] }>(
    `select b.id as brand, cast(d.day as text) as day, x.country, cast(sum(x.cost) as float8) as cost, cast(sum(x.messages) as int) as messages
       from brands b cross join lateral (select ${localDay('cast(:now as timestamptz)')} as day) d
         cross join lateral (${costsOf('b.id', 'd.day')}) x
      where case when cast(:brand as text) is null then jsonb_exists(b.settings, 'spend') else b.id = :brand end
      group by b.id, d.day, x.country order by b.id, x.country`,
    { now: timestamp(now), brand: brand ?? null },
  );
  return rows;
}
