/** The country and the total of an order, for readers of events: an event has neither. */
import { isNumber } from '../../db/addresses/number.ts';
import type { Db } from '../../db/connection/connect.ts';
import type { PlacedContact } from '../../domain/place/contact-place.ts';
import type { Money } from '../../domain/text/message-context.ts';

/** The country of delivery, if known. It is assumed for a phone number without a country code. */
export async function countryOfOrder(db: Db, brand: string, order: string): Promise<string | undefined> {
  const row: { country: string | null } | undefined = await db('orders')
    .where({ brand_id: brand, id: order })
    .first('country');
  return row?.country ?? undefined;
}

/** Where an order is delivered, as far as it is known, and when it was placed, epoch ms. Undefined: the order itself has not come. */
export async function deliveryOfOrder(
  db: Db,
  brand: string,
  order: string,
): Promise<{ readonly place: PlacedContact; readonly placedAt: number } | undefined> {
  const { rows } = await db.raw<{ rows: PlaceRow[] }>(
    `select o.placed_at, o.country, o.region, o.postcode, o.zone, a.address, a.country as address_country
       from orders o left join addresses a on a.contact_id = o.contact_id and ${isNumber('a')} and a.retired_at is null
      where o.brand_id = :brand and o.id = :order and o.contact_id is not null limit 1`,
    { brand, order },
  );
  const [row] = rows;
  if (!row) return undefined;
  const { country, region, postcode, zone: shopZone, address, address_country: numberOf } = row;
  const place = {
    country,
    region,
    postcode,
    shopZone,
    ...(address !== null && { address: { e164: address, country: numberOf } }),
  };
  return { place, placedAt: row.placed_at.getTime() };
}

interface PlaceRow {
  placed_at: Date;
  country: string | null;
  region: string | null;
  postcode: string | null;
  zone: string | null;
  address: string | null;
  address_country: string | null;
}

/** The total of an order; undefined while the order itself has not come. */
export async function totalOfOrder(db: Db, brand: string, order: string): Promise<Money | undefined> {
  const row: { currency: string | null; total_minor: number | null } | undefined = await db('orders')
    .where({ brand_id: brand, id: order })
    .first('currency', 'total_minor');
  return row && row.currency !== null && row.total_minor !== null
    ? { minor: row.total_minor, currency: row.currency }
    : undefined;
}
