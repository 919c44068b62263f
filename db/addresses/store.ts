/** The handle of functions that read or write by a number's token. Functions that need SQL alone take a `Db`. */
import type { Knex } from 'knex';
import type { Db } from '../connection/connect.ts';
import type { TokenOf } from './address-token.ts';
import { addressTokens } from './address-token.ts';

/** A database with the tokens of its numbers. A process has one, and each transaction has its own. */
export interface Store<Handle extends Db = Db> {
  readonly db: Handle;
  readonly tokenOf: TokenOf;
}

export type StoreInTransaction = Store<Knex.Transaction>;

/** `keys`: of the tokens, the newest first (`Keys.addresses`). */
export function createStore(db: Db, keys: readonly [Buffer, ...Buffer[]]): Store {
  return { db, tokenOf: addressTokens(keys) };
}

/** Inside a transaction it is a savepoint of that one. */
export function inTransaction<T>({ db, tokenOf }: Store, run: (store: StoreInTransaction) => Promise<T>): Promise<T> {
  return db.transaction((trx) => run({ db: trx, tokenOf }));
}
