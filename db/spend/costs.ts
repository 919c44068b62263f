/** What a brand has spent on texts, as SQL for the gate, for operators and for alarms. */

/** The day of brand `b` in its zone. */
export function localDay(at: string): string {
  return `cast(${at} at time zone (b.settings->>'zone') as date)`;
}

/**
 * Rows of `country`, `cost`, `messages` of a brand and day: what receipts have said, and what is on its way at the last price of its
 * country. Of each country at most so many are counted: one limit for all would be used up by those that stand first in the alphabet.
 * Countries are stepped through in the index, so another country costs one more look. Takes `unknownPrice` and `mostInFlight`.
 */
export function costsOf(brand: string, day: string): string {
  const unpriced = `from attempts u where u.brand_id = ${brand} and u.spend_day = ${day} and u.price is null and u.outcome is distinct from 'refused'`;
  const next = (after: string): string =>
    `(select u.country ${unpriced} and u.country ${after} order by u.country limit 1)`;
  const counted = (country: string): string =>
    `(select count(*) from (select 1 ${unpriced} and u.country ${country} and u.outcome is distinct from 'not_sent' limit :mostInFlight) w)`;
  return `select s.country, s.amount as cost, s.messages from spend s where s.brand_id = ${brand} and s.day = ${day}
    union all
    select f.country, f.messages * coalesce((select p.last_price from spend p where p.brand_id = ${brand} and p.country = f.country
        order by p.day desc limit 1), cast(:unknownPrice as numeric)), f.messages
      from (with recursive k (country) as (
              select ${next('is not null')} union all select ${next('> k.country')} from k where k.country is not null)
          select k.country, ${counted('= k.country')} as messages from k where k.country is not null
          union all select null, ${counted('is null')}) f where f.messages > 0`;
}
