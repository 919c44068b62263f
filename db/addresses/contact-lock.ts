/** Serialises changes about one phone number or customer id, even if there is no contact yet. */
import type { Db } from '../connection/connect.ts';

/**
 * Locks for a column `person`, held until the transaction ends. Their order is always the same, so two transactions
 * never wait for each other.
 */
export const LOCK = 'pg_advisory_xact_lock(hashtextextended(person, 0))';

export function personKey(brand: string, identity: string): string {
  return `contact ${brand} ${identity}`;
}

/**
 * Locks one number until the transaction ends. It is a separate statement, so that the next one sees what was
 * committed during the wait.
 */
export async function lockNumber(trx: Db, brand: string, address: string): Promise<void> {
  await trx.raw(`select ${LOCK} from (values (cast(? as text))) as people (person)`, [personKey(brand, address)]);
}
