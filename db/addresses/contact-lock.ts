/** Serialises changes about one phone number or customer id, also before there is a contact. */
import type { Db } from '../connection/connect.ts';

/** Of a column `person`, held until the transaction ends. The order is always the same, so two never wait for each other. */
export const LOCK = 'pg_advisory_xact_lock(hashtextextended(person, 0))';

export function personKey(brand: string, identity: string): string {
  return `contact ${brand} ${identity}`;
}

/** Locks one number until the transaction ends. A statement of its own, so that the next one sees what was committed while this one waited. */
export async function lockNumber(trx: Db, brand: string, address: string): Promise<void> {
  await trx.raw(`select ${LOCK} from (values (cast(? as text))) as people (person)`, [personKey(brand, address)]);
}
