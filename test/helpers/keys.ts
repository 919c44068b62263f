/** The keys of an installation that tests write to the database of. */
import { addressTokens } from '../../db/addresses/address-token.ts';
import { VIRTUAL_SECRET } from '../../dev/installation.ts';
import { deriveKeys } from '../../app/secrets.ts';

export const SECRET_OF_TESTS = VIRTUAL_SECRET;
export const keys = deriveKeys([SECRET_OF_TESTS]);
export const tokenOf = addressTokens(keys.addresses);
