/** Orders as lists and commands see them. */
import type { Knex } from 'knex';
import type { CompiledJourney } from '../../domain/journey/compiled-form.ts';
import type { Db } from '../../db/connection/connect.ts';
import { refuseUnknownCursor } from '../../db/connection/pages.ts';
import type { OrderDetails } from '../../db/orders/order-details.ts';

export interface OrderHead {
  readonly id: string;
  readonly name: string | null;
  readonly contact: string | null;
  /** Epoch ms; null for an order we have only heard events of. */
  readonly placedAt: number | null;
  readonly journey: CompiledJourney | null;
  readonly details: OrderDetails;
}

export interface OrderPage {
  readonly orders: readonly OrderHead[];
  /** Pass as `after` for the next page. */
  readonly next?: string;
}

/** Newest first. `after` is the id of the last order seen. */
export async function listOrders(
  db: Db,
  brand: string,
  { contact, after, limit }: { contact?: string | undefined; after?: string | undefined; limit: number },
): Promise<OrderPage> {
  const query = selectHeads(db)
    .where('brand_id', brand)
    .orderBy([{ column: 'created_at', order: 'desc' }, 'id'])
    .limit(limit + 1);
  if (contact !== undefined) void query.where('contact_id', contact);
  // The condition is written as a range of the index, so that no page of a million orders costs more than the first.
  if (after !== undefined)
    void query.whereRaw(`created_at <= ${SEEN_AT} and (created_at < ${SEEN_AT} or id > ?)`, [
      brand,
      after,
      brand,
      after,
      after,
    ]);
  const orders = (await query).map(toHead);
  const page = orders.slice(0, limit);
  await refuseUnknownCursor(page, after, (id) => findOrder(db, brand, id));
  const last = page.at(-1);
  return orders.length > limit && last ? { orders: page, next: last.id } : { orders: page };
}

const SEEN_AT = '(select seen.created_at from orders seen where seen.brand_id = ? and seen.id = ?)';

export async function findOrder(db: Db, brand: string, id: string): Promise<OrderHead | undefined> {
  const [row] = await selectHeads(db).where('brand_id', brand).where('id', id);
  return row && toHead(row);
}

interface HeadRow {
  id: string;
  name: string | null;
  contact_id: string | null;
  placed_at: Date | null;
  journey: CompiledJourney | null;
  details: OrderDetails;
}

function selectHeads(db: Db): Knex.QueryBuilder<HeadRow, HeadRow[]> {
  return db('orders')
    .leftJoin('journeys', 'journeys.hash', 'orders.journey_hash')
    .select<HeadRow[]>('id', 'name', 'contact_id', 'placed_at', 'journeys.body as journey', 'details');
}

function toHead(row: HeadRow): OrderHead {
  return {
    id: row.id,
    name: row.name,
    contact: row.contact_id,
    placedAt: row.placed_at && row.placed_at.getTime(),
    journey: row.journey,
    details: row.details,
  };
}
