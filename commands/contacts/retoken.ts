/**
 * Moves the tokens of numbers to a new secret while the service runs, batch by batch. A run that was cut off starts again from the
 * beginning.
 */
import type { Store } from '../../db/addresses/store.ts';
import { moveStopsToNewestToken, tokenMoveOf } from '../../db/consent/suppressions.ts';
import { retryDeadlock } from '../../db/connection/unavailable.ts';
import { lockPeople } from '../../db/addresses/contact-lock.ts';
import { addressesAfter, setTokens, tokensAlone } from '../../db/contacts/tokens.ts';

const BATCH = 200;

export interface Retokened {
  /** All addresses. */
  readonly addresses: number;
  /** Addresses whose token changed. */
  readonly moved: number;
  /** Stops and lifts that were copied to new tokens. */
  readonly repeated: number;
}

/** `progress` is called after each batch. A run that ends half-way loses nothing: a batch is one transaction. */
export async function retoken(store: Store, progress: (so: Retokened) => void = () => {}): Promise<Retokened> {
  let so: Retokened = { addresses: 0, moved: 0, repeated: 0 };
  for (let after = 0; ;) {
    const batch = await retryDeadlock(() => moveBatch(store, after));
    if (batch.last === undefined) return so;
    after = batch.last;
    so = {
      addresses: so.addresses + batch.addresses,
      moved: so.moved + batch.moved,
      repeated: so.repeated + batch.repeated,
    };
    progress(so);
  }
}

/** `last`: the id after which the next batch starts; undefined after the last batch. */
async function moveBatch({ db, tokenOf }: Store, after: number): Promise<Retokened & { readonly last?: number }> {
  return db.transaction(async (trx) => {
    const rows = await addressesAfter(trx, after, BATCH);
    const last = rows.at(-1)?.id;
    if (last === undefined) return { addresses: 0, moved: 0, repeated: 0 };
    // The same lock as a STOP takes, so that no STOP comes between the copy and the new token.
    await lockPeople(
      trx,
      rows.map(({ brand_id: brand, address: identity }) => ({ brand, identity })),
    );
    const moves = rows.map((row) => {
      const { newest, older, brand } = tokenMoveOf({ tokenOf }, row.brand_id, row.address);
      const isKnown = [newest, ...older].some((token) => token.equals(row.token));
      // A token that was made with none of the listed secrets: the stops under it still belong to this number.
      return { brand, newest, older: isKnown ? older : [...older, row.token] };
    });
    const repeated = await moveStopsToNewestToken(trx, moves);
    const moved = await setTokens(
      trx,
      rows.map(({ id }, index) => ({ id, token: moves[index]?.newest ?? Buffer.alloc(0) })),
    );
    return { addresses: rows.length, moved, repeated, last };
  });
}

/** Counts the stopped numbers whose address is not stored. Their token cannot be computed anew, so its secret has to stay on the list. */
export async function countTokensAlone({ db, tokenOf }: Store): Promise<number> {
  const rows = await tokensAlone(db);
  const keyOf = (brand: string, token: Buffer): string => `${brand} ${token.toString('hex')}`;
  const alone = new Set(rows.map(({ brand, token }) => keyOf(brand, token)));
  // Stops are only ever added, so a moved number still has rows under its former token. Its address is stored, so it is not counted.
  for (let after = 0; alone.size > 0;) {
    const addresses = await addressesAfter(db, after, BATCH);
    for (const { brand_id: brand, address } of addresses)
      for (const token of tokenOf.all(brand, address)) alone.delete(keyOf(brand, token));
    const last = addresses.at(-1);
    if (!last) break;
    after = last.id;
  }
  return alone.size;
}
