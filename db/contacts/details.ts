import type { Db } from '../connect.ts';

/**
 * Updates the details that a contact keeps from its orders: for messages about no order, and as evidence of which law counts. For each
 * detail the order counts that was placed last among those that tell it, so the result does not depend on the order of arrival.
 *
 * An address is taken whole: `MI` is Milano in Italy and Michigan in the US, so no part of it comes from an order of another country. A
 * digital order tells a country alone, which replaces only an address in another country. The shop's zone goes with the country.
 */
export async function refreshDetails(trx: Db, contact: string): Promise<void> {
  await trx.raw(
    `update contacts c set external_id = ${newest('customer_id')}, first_name = ${newest('first_name')}, last_name = ${newest('last_name')},
         locale = ${newest('locale')}, zone = case when c.zone_chosen then c.zone else shop.zone end,
         country = home.country, region = place.region, city = place.city, postcode = place.postcode
       from (select ${newest('country')} as country) home
         left join lateral (select o.region, o.city, o.postcode from orders o where o.contact_id = :contact
             and o.country is not distinct from home.country and num_nonnulls(o.region, o.city, o.postcode) > 0
           order by o.placed_at desc, o.id desc limit 1) place on true
         left join lateral (select o.zone from orders o where o.contact_id = :contact
             and o.country is not distinct from home.country and o.zone is not null
           order by o.placed_at desc, o.id desc limit 1) shop on true
      where c.id = :contact and c.erased_at is null`,
    { contact },
  );
}

function newest(column: string): string {
  return `(select o.${column} from orders o where o.contact_id = :contact and o.${column} is not null order by o.placed_at desc, o.id desc limit 1)`;
}

/**
 * Saves the person's standing in the shop's loyalty programme. Of the orders that tell it the newest counts; an older order that arrives
 * late changes nothing.
 */
export async function saveLoyalty(trx: Db, contact: string, loyalty: object, placedAt: number): Promise<void> {
  await trx.raw(
    `update contacts c set loyalty = cast(:loyalty as jsonb) where c.id = :contact
       and not exists (select from orders n where n.contact_id = c.id and n.placed_at > :placedAt and n.loyalty is not null)`,
    { contact, loyalty: JSON.stringify(loyalty), placedAt: new Date(placedAt).toISOString() },
  );
}
