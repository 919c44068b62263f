import { AsyncLocalStorage } from 'node:async_hooks';
import type { Knex } from 'knex';
import type { Db } from '../../db/connection/connect.ts';

/**
 * Returns a function that tells its caller whether the caller is inside a transaction of this handle. Transactions of other callers do not
 * count.
 */
export function watchTransactions(db: Db): () => boolean {
  const current = new AsyncLocalStorage<{ open: boolean }>();
  // `db.transaction` itself cannot be replaced; all transactions of a handle begin here.
  const client = db.client as { transaction: (run: Run, ...rest: unknown[]) => Promise<unknown> };
  const begin = client.transaction.bind(client);
  client.transaction = (run, ...rest) => {
    const own = { open: true };
    const all = begin((trx) => current.run(own, () => run(trx)), ...rest);
    const ended = (): void => void (own.open = false);
    all.then(ended, ended);
    return all;
  };
  return () => current.getStore()?.open ?? false;
}

type Run = (trx: Knex.Transaction) => unknown;
