/** Marks an order that was returned or paid back as a whole. Such an order does not count as another purchase. */
import type { Knex } from 'knex';
import { NO_FACTS, applyAll, isRefunded, isReturned } from '../../domain/orders/facts.ts';
import { timestamp } from '../connection/timestamp.ts';
import { factsOf } from './inbox.ts';

/** Types after which an order may be given back as a whole. */
export const GIVES_BACK: readonly string[] = ['return_received', 'refund_issued'];

/** Call after such an event is stored and the order has come, with the order's row locked. `at`: epoch ms of the event. */
export async function markGivenBack(trx: Knex.Transaction, brand: string, order: string, at: number): Promise<void> {
  const facts = applyAll(NO_FACTS, await factsOf(trx, brand, order));
  if (!isRefunded(facts) && !isReturned(facts)) return;
  await trx('orders')
    .where({ brand_id: brand, id: order })
    .whereNull('given_back_at')
    .update({ given_back_at: timestamp(at) });
}
