import type { Db } from '../connection/connect.ts';
import type { Residence } from '../../domain/privacy/retention.ts';

/**
 * Updates the details that a contact keeps from its orders: for messages about no order, and as evidence of which law counts. For each
 * detail the order counts that was placed last among those that tell it, so the result does not depend on the order of arrival.
 *
 * An address is taken whole: `MI` is Milano in Italy and Michigan in the US, so no part of it comes from an order of another country. A
 * digital order tells a country alone, which replaces only an address in another country. The shop's zone goes with the country.
 * Over the newest status in the shop's programme counts the tier that was reached last, unless that was before the order.
 *
 * Only the 100 orders that were placed last are looked at: a till may type one number at 30,000 of them.
 */
export async function refreshDetails(trx: Db, contact: string): Promise<void> {
  await trx.raw(
    `with o as materialized (
       select brand_id, id, placed_at, customer_id, first_name, last_name, locale, zone, country, region, city, postcode, loyalty
         from orders where contact_id = :contact order by placed_at desc, id desc limit ${LOOKED_AT})
     update contacts c set external_id = ${newest('customer_id')}, first_name = ${newest('first_name')}, last_name = ${newest('last_name')},
         locale = ${newest('locale')}, zone = case when c.zone_chosen then c.zone else shop.zone end,
         country = home.country, region = place.region, city = place.city, postcode = place.postcode,
         loyalty = coalesce(programme.loyalty, '{}') || coalesce(reached.tier, '{}')
       from (select ${newest('country')} as country) home
         left join lateral (select o.region, o.city, o.postcode from o
             where o.country is not distinct from home.country and num_nonnulls(o.region, o.city, o.postcode) > 0
           order by o.placed_at desc, o.id desc limit 1) place on true
         left join lateral (select o.zone from o where o.country is not distinct from home.country and o.zone is not null
           order by o.placed_at desc, o.id desc limit 1) shop on true
         left join lateral (select o.loyalty, o.placed_at from o where o.loyalty is not null
           order by o.placed_at desc, o.id desc limit 1) programme on true
         left join lateral (select jsonb_build_object('tier', i.payload->'tier') as tier from o cross join lateral (
               select * from inbox where brand_id = o.brand_id and order_id = o.id and type = 'tier_reached' offset 0) i
            where i.payload->>'tier' is not null and (programme.placed_at is null or i.occurred_at >= programme.placed_at)
           order by i.occurred_at desc, i.event_id desc limit 1) reached on true
      where c.id = :contact and c.erased_at is null`,
    { contact },
  );
}

const LOOKED_AT = 100;

function newest(column: string): string {
  return `(select o.${column} from o where o.${column} is not null order by o.placed_at desc, o.id desc limit 1)`;
}

/** The recorded places of a contact. */
export async function residenceOf(db: Db, contact: string): Promise<Residence> {
  const { rows } = await db.raw<{ rows: ResidenceRow[] }>(`${RESIDENCES} where c.id = ?`, [contact]);
  return rows[0] ? toResidence(rows[0]) : { numbers: [] };
}

interface ResidenceRow {
  readonly country: string | null;
  readonly region: string | null;
  readonly numbers: readonly string[];
}

const RESIDENCES = `select c.country, c.region, array(select distinct a.country from addresses a
  where a.contact_id = c.id and a.country is not null order by 1) as numbers from contacts c`;

/** Every combination that there is, or was, among the contacts of all brands: triggers note each once. */
export async function residences(db: Db): Promise<readonly Residence[]> {
  const rows: ResidenceRow[] = await db('residences').select('country', 'region', 'numbers');
  return rows.map(toResidence);
}

function toResidence({ country, region, numbers }: ResidenceRow): Residence {
  return { numbers, ...(country !== null && { country }), ...(region !== null && { region }) };
}
