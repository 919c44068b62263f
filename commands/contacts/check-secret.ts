/** Tokens stand for stopped numbers, so a database is used only with the secrets that have made its tokens. */
import type { Store } from '../../db/addresses/store.ts';
import { addSecretMarks, keepOneMark, newestAddress, secretMarks } from '../../db/contacts/tokens.ts';

/** The secret is not the one that the tokens in the database were made with. */
export class WrongSecret extends Error {
  override readonly name = 'WrongSecret';
}

/**
 * Throws `WrongSecret` if another secret has made the token of the newest number, or if a secret that was used is not listed. Call before
 * anything is sent: a STOP stops no number if the token of that number comes out differently. Several processes may do it at once.
 */
export async function checkSecret({ db, tokenOf }: Store): Promise<void> {
  const newest = await newestAddress(db);
  const known = newest ? tokenOf.all(newest.brand_id, newest.address) : [];
  const marks = marksOf(tokenOf);
  const used = await secretMarks(db);
  const isListed = (mark: Buffer): boolean => marks.some((listed) => listed.equals(mark));
  if ((newest && !known.some((token) => token.equals(newest.token))) || !used.every(isListed))
    throw new WrongSecret(
      'DOPO_SECRET is not the one that this database was used with, or lacks a former one: STOPs in it would be forgotten. Start with the former secret; to change it, put the new one before it: new,former.',
    );
  // Without marks, any of the listed secrets may have made the tokens.
  await addSecretMarks(db, used.length === 0 ? marks : marks.slice(0, 1));
}

/** The token of a fixed text under each listed secret, the newest first. No brand has an empty id. */
function marksOf(tokenOf: Store['tokenOf']): readonly Buffer[] {
  return tokenOf.all('', 'mark');
}

/** No token needs a former secret any more, so the database may be used without that secret from now on. */
export async function dropFormerMarks({ db, tokenOf }: Store): Promise<void> {
  const [newest] = marksOf(tokenOf);
  if (newest) await keepOneMark(db, newest);
}
