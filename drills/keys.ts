/** The keys of a drill's own database, which is thrown away. */
import { addressTokens } from '../db/address-token.ts';
import { VIRTUAL_SECRET } from '../scripts/installation.ts';
import { deriveKeys } from '../secrets.ts';

export const SECRET = VIRTUAL_SECRET;
export const keys = deriveKeys([SECRET]);
export const tokenOf = addressTokens(keys.addresses);
