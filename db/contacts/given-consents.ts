import type { Customer } from '../../domain/order.ts';
import type { Db } from '../connect.ts';
import { recordConsents } from '../consents/consents.ts';

/**
 * What the customer has said with the order, of the number it came with. A no reaches further: a customer of the shop with two numbers
 * is two contacts, and has said it to the shop. Call when the order is stored.
 */
export async function recordGiven(
  trx: Db,
  brand: string,
  contact: string,
  { id, consents }: Customer,
  now: number,
): Promise<void> {
  await recordConsents(trx, brand, contact, consents, now);
  const refusals = consents.filter(({ action }) => action === 'withdrawn');
  if (refusals.length === 0 || id === undefined) return;
  const others = await trx('orders')
    .where({ brand_id: brand, customer_id: id })
    .whereNotNull('contact_id')
    .whereNot({ contact_id: contact })
    .distinct('contact_id')
    .orderBy('contact_id')
    .pluck<string[]>('contact_id');
  for (const other of others) await recordConsents(trx, brand, other, refusals, now);
}
