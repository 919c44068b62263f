/** SQL for a brand's spending on texts, for the gate, operators and alarms. */
import { MOST_IN_FLIGHT, UNKNOWN_PRICE } from '../../../domain/sending/spend.ts';

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
