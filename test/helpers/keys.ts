/** The keys of an installation that tests write to the database of. */
import { addressTokens } from '../../db/address-token.ts';
import { VIRTUAL_SECRET } from '../../scripts/installation.ts';
import { deriveKeys } from '../../secrets.ts';

export const SECRET_OF_TESTS = VIRTUAL_SECRET;
export const keys = deriveKeys([SECRET_OF_TESTS]);
export const tokenOf = addressTokens(keys.addresses);
