/** The keys of a drill's own database, which is thrown away. */
import { addressTokens } from '../../db/addresses/address-token.ts';
import type { Store } from '../../db/addresses/store.ts';
import type { Db } from '../../db/connection/connect.ts';
import { VIRTUAL_SECRET } from '../installation.ts';
import { deriveKeys } from '../../app/secrets.ts';

export const SECRET = VIRTUAL_SECRET;
export const keys = deriveKeys([SECRET]);
export const tokenOf = addressTokens(keys.addresses);

export function storeOf<Handle extends Db>(db: Handle): Store<Handle> {
  return { db, tokenOf };
}
