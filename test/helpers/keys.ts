/** The keys of an installation that tests write to the database of. */
import { addressTokens } from '../../db/addresses/store.ts';
import type { Store } from '../../db/addresses/store.ts';
import type { Db } from '../../db/connection/connect.ts';
import { VIRTUAL_SECRET } from '../../dev/installation.ts';
import { deriveKeys } from '../../app/secrets.ts';

export const SECRET_OF_TESTS = VIRTUAL_SECRET;
export const keys = deriveKeys([SECRET_OF_TESTS]);
export const tokenOf = addressTokens(keys.addresses);

export function storeOf<Handle extends Db>(db: Handle, tokens = tokenOf): Store<Handle> {
  return { db, tokenOf: tokens };
}
