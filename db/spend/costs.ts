/** What a brand has spent on texts, as SQL for the gate, for operators and for alarms. */

/** The day of brand `b` in its zone. */
export function localDay(at: string): string {
  return `cast(${at} at time zone (b.settings->>'zone') as date)`;
}

/**
 * Rows of `country`, `cost`, `messages` of a brand and day: what receipts have said, and what is on its way at the last price of its
 * country. Takes `unknownPrice` and `mostInFlight`.
 */
export function costsOf(brand: string, day: string): string {
  return `select s.country, s.amount as cost, s.messages from spend s where s.brand_id = ${brand} and s.day = ${day}
    union all
    select f.country, f.messages * coalesce((select p.last_price from spend p where p.brand_id = ${brand} and p.country = f.country
        order by p.day desc limit 1), cast(:unknownPrice as numeric)), f.messages
      from (select w.country, count(*) as messages from (select u.country from attempts u where u.brand_id = ${brand} and u.spend_day = ${day}
          and u.price is null and u.outcome is distinct from 'refused'
          and u.outcome is distinct from 'not_sent' limit :mostInFlight) w group by w.country) f`;
}
