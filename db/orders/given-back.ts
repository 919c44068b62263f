/** Marks an order that was returned or paid back as a whole. Such an order does not count as another purchase. */
import type { Knex } from 'knex';
import { NO_FACTS, isRefunded, isReturned } from '../../domain/orders/facts.ts';
import { applyAll } from '../../domain/orders/fold.ts';
import { timestamp } from '../connection/timestamp.ts';
import { factsOf } from './inbox.ts';

/** Call after an event with the trait `givesBack` is stored and the order has come, with the order's row locked. `at`: epoch ms of the event. */
export async function markGivenBack(trx: Knex.Transaction, brand: string, order: string, at: number): Promise<void> {
  const facts = applyAll(NO_FACTS, await factsOf(trx, brand, order));
  if (!isRefunded(facts) && !isReturned(facts)) return;
  await trx('orders')
    .where({ brand_id: brand, id: order })
    .whereNull('given_back_at')
    .update({ given_back_at: timestamp(at) });
}
