/** Turns the shop's words in an event into numbers (pieces of the order) and moments. This needs the order itself. */
import type { Knex } from 'knex';
import { endOfDate } from '../../domain/time/local-time.ts';
import type { NamedItem, OrderLine } from '../../domain/orders/order-part.ts';
import { linesOf, partOf } from '../../domain/orders/order-part.ts';
import type { Db } from '../connection/connect.ts';

interface OrderRef {
  readonly brand: string;
  readonly order: string;
}

/**
 * The payload of an event with the number of pieces that it names and no event of its type has named before, if it names any and the order
 * has lines. Call once the order has come, with its row locked. `row`: its id in the inbox; absent: it is stored after this.
 */
export async function withPart(
  db: Db,
  ref: OrderRef,
  { type, payload, row }: { readonly type: string; readonly payload: object; readonly row?: number },
): Promise<object> {
  if (!isNaming(payload)) return payload;
  const lines = await readLines(db, ref);
  if (lines.length === 0) return payload;
  return { ...payload, part: partOf(lines, payload.items, await namedBefore(db, ref, type, row)).part };
}

/** Items of the order that events of a type name, in rows of the inbox before `row`. */
export async function namedBefore(
  db: Db,
  { brand, order }: OrderRef,
  type: string,
  row?: number,
): Promise<readonly NamedItem[]> {
  const { rows } = await db.raw<{ rows: { items: readonly NamedItem[] }[] }>(
    `select payload->'items' as items from inbox where brand_id = :brand and order_id = :order and type = :type
        and jsonb_exists(payload, 'items') and (cast(:row as bigint) is null or id < :row) order by id`,
    { brand, order, type, row: row ?? null },
  );
  return rows.flatMap(({ items }) => items);
}

/** Indexes of items that an event names and the order does not have. None while the order or its lines are not known. */
export async function unknownItems(db: Db, ref: OrderRef, items: readonly NamedItem[]): Promise<readonly number[]> {
  const lines = await readLines(db, ref);
  return lines.length === 0 ? [] : partOf(lines, items).unknown;
}

/** The lines of an order, with the main product marked. */
export async function readLines(db: Db, { brand, order }: OrderRef): Promise<readonly OrderLine[]> {
  const rows = await db('items')
    .where({ brand_id: brand, order_id: order })
    .orderBy('line')
    .select<ItemRow[]>('sku', 'product_id', 'quantity', 'product');
  const items = rows.map(({ sku, product_id: productId, quantity, product }) => ({
    ...(sku !== null && { sku }),
    ...(productId !== null && { productId }),
    quantity,
    product,
  }));
  return linesOf(items, ({ product }) => (Object.keys(product).length > 0 ? JSON.stringify(product) : undefined));
}

interface ItemRow {
  sku: string | null;
  product_id: string | null;
  quantity: number;
  /** Empty: the catalogue does not know it. */
  product: object;
}

/**
 * Completes the events that came before their order: pieces, dates in the zone of the delivery, and amounts. An amount in another
 * currency than the order's is left out, because it cannot be compared.
 */
export async function completeEarly(
  trx: Knex.Transaction,
  ref: OrderRef,
  { zone, currency }: { readonly zone: string; readonly currency: string },
): Promise<void> {
  const { brand, order } = ref;
  const rows: { id: number; type: string; payload: EarlyPayload }[] = await trx('inbox')
    .where({ brand_id: brand, order_id: order, source: 'api' })
    .whereRaw(
      "(jsonb_exists(payload, 'items') or jsonb_exists(payload, 'promisedOn') or jsonb_exists(payload, 'currency'))",
    )
    .orderBy('id')
    .select('id', 'type', 'payload');
  for (const { id, type, payload } of rows) {
    const { currency: said = currency, amountMinor, ...rest } = payload;
    const completed = {
      ...(await withPart(trx, ref, { type, payload: rest, row: id })),
      ...(rest.promisedOn !== undefined && { promisedAt: endOfDate(rest.promisedOn, zone) }),
      ...(said === currency && amountMinor !== undefined && { amountMinor }),
      // An amount in another currency becomes a part of unknown size. Without any size it would count as the whole
      // order.
      ...(said !== currency &&
        amountMinor !== undefined &&
        rest.items === undefined && { part: { pieces: 0, ofMain: 0 } }),
    };
    await trx('inbox')
      .where({ id })
      .update({ payload: JSON.stringify(completed) });
  }
}

interface EarlyPayload {
  readonly items?: readonly NamedItem[];
  /** `YYYY-MM-DD`. */
  readonly promisedOn?: string;
  readonly currency?: string;
  readonly amountMinor?: number;
}

function isNaming(payload: object): payload is { readonly items: readonly NamedItem[] } {
  return 'items' in payload && Array.isArray(payload.items);
}
