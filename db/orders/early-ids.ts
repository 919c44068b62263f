/**
 * Ids of events and parcels that a shop gave before the order's number was known. No workflow has been told of them
 * yet.
 */
import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { isNumberOf } from '../../domain/orders/order-id.ts';

/** An event that came before its order. */
export interface EarlyEvent {
  readonly event_id: string;
  readonly parcel: string | null;
}

/**
 * Replaces ids of events and parcels that are one of these numbers. Refusing the order instead would not help,
 * because the shop cannot take back an event that was accepted.
 */
export async function withholdNumbers(
  trx: Knex.Transaction,
  { brand, order }: { readonly brand: string; readonly order: string },
  early: readonly EarlyEvent[],
  numbers: readonly string[],
): Promise<void> {
  const ids = new Set(early.flatMap(({ event_id: event, parcel }) => (parcel === null ? [event] : [event, parcel])));
  for (const id of ids) {
    if (!isNumberOf(id, numbers)) continue;
    const instead = `withheld.${randomUUID()}`;
    const facts = trx('inbox').where({ brand_id: brand, order_id: order, source: 'api' });
    await facts.clone().where('event_id', id).update({ event_id: instead });
    await facts
      .clone()
      .whereRaw("payload->>'parcel' = ?", [id])
      .update({ payload: trx.raw('payload || cast(? as jsonb)', [JSON.stringify({ parcel: instead })]) });
    await trx('parcels').where({ brand_id: brand, order_id: order, id }).update({ id: instead });
  }
}
