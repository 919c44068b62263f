/** Serialises changes about one phone number or customer id, also before there is a contact. */

/** Of a column `person`, held until the transaction ends. The order is always the same, so two never wait for each other. */
export const LOCK = 'pg_advisory_xact_lock(hashtextextended(person, 0))';

export function personKey(brand: string, identity: string): string {
  return `contact ${brand} ${identity}`;
}
