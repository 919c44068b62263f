/** A brand's spending on texts: the SQL of it for the gate, and where brands stand today for operators, metrics and alarms. */
import { MOST_IN_FLIGHT, UNKNOWN_PRICE } from '../../../domain/sending/spend.ts';
import type { Db } from '../../connection/connect.ts';
import { timestamp } from '../../connection/timestamp.ts';

/** The day of brand `b` in its zone. */
export function localDay(at: string): string {
  return `cast(${at} at time zone (b.settings->>'zone') as date)`;
}

/**
 * Rows of `country`, `cost`, `messages` of a brand and day: prices of receipts, plus texts on their way at the last price of their
 * country. The count of texts on their way is bounded for each country: one bound for all would be used up by the countries that come
 * first in the alphabet. The query steps through the countries in the index, so a further country costs one more look.
 */
export function costsOf(brand: string, day: string): string {
  const unpriced = `from attempts u where u.brand_id = ${brand} and u.spend_day = ${day} and u.price is null and u.outcome is distinct from 'refused'`;
  const next = (after: string): string =>
    `(select u.country ${unpriced} and u.country ${after} order by u.country limit 1)`;
  const counted = (country: string): string =>
    `(select count(*) from (select 1 ${unpriced} and u.country ${country} and u.outcome is distinct from 'not_sent' limit ${MOST_IN_FLIGHT}) w)`;
  return `select s.country, s.amount as cost, s.messages from spend s where s.brand_id = ${brand} and s.day = ${day}
    union all
    select f.country, f.messages * coalesce((select p.last_price from spend p where p.brand_id = ${brand} and p.country = f.country
        order by p.day desc limit 1), cast(${UNKNOWN_PRICE} as numeric)), f.messages
      from (with recursive k (country) as (
              select ${next('is not null')} union all select ${next('> k.country')} from k where k.country is not null)
          select k.country, ${counted('= k.country')} as messages from k where k.country is not null
          union all select null, ${counted('is null')}) f where f.messages > 0`;
}

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
