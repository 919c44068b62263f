import type { Db } from '../connection/connect.ts';

/** E.164 numbers of an order's contact; none before the order has come. */
export async function numbersOfOrder(db: Db, brand: string, order: string): Promise<readonly string[]> {
  const rows: { address: string }[] = await db('orders')
    .join('addresses', 'addresses.contact_id', 'orders.contact_id')
    .where({ 'orders.brand_id': brand, 'orders.id': order })
    .distinct('address');
  return rows.map(({ address }) => address);
}

/** Whether an order knows an occurrence of a step: a parcel, an event or a promised moment. */
export async function isKnownOccurrence(db: Db, brand: string, order: string, occurrence: string): Promise<boolean> {
  const { rows } = await db.raw<{ rows: object[] }>(
    `select from inbox where brand_id = :brand and order_id = :order
       and (event_id = :occurrence or payload->>'parcel' = :occurrence or payload->>'promisedAt' = :occurrence)
     union all select from orders where brand_id = :brand and id = :order and details->>'promisedAt' = :occurrence limit 1`,
    { brand, order, occurrence },
  );
  return rows.length > 0;
}
