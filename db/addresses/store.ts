/**
 * The handle of functions that read or write by a number's token. Functions that need SQL alone take a `Db`. A token stands for a number in
 * places where the number itself must not be stored, or is no longer stored.
 */
import type { Knex } from 'knex';
import type { Db } from '../connection/connect.ts';
import { createHmac } from 'node:crypto';

/**
 * The 32 bytes that stand for a number (E.164) of a brand. They are always the same, are useless without the key, and
 * differ between brands.
 */
export interface TokenOf {
  (brand: string, e164: string): Buffer;
  /** The number's tokens: the one made with the newest secret first, then those made with former secrets. */
  readonly all: (brand: string, e164: string) => readonly [Buffer, ...Buffer[]];
}

/** HMAC-SHA-256: a plain hash could be reversed by trying every phone number. `keys`: the newest first. */
export function addressTokens(keys: readonly [Buffer, ...Buffer[]]): TokenOf {
  const [newest, ...older] = keys;
  const make = (key: Buffer, brand: string, e164: string): Buffer =>
    createHmac('sha256', key).update(`${brand} ${e164}`).digest();
  return Object.assign((brand: string, e164: string) => make(newest, brand, e164), {
    all: (brand: string, e164: string): readonly [Buffer, ...Buffer[]] => [
      make(newest, brand, e164),
      ...older.map((key) => make(key, brand, e164)),
    ],
  });
}

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
