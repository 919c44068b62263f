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

/** Locks the number that a link was sent to. */
export async function lockNumberOfLink(trx: Db, link: Buffer): Promise<void> {
  const row: { brand_id: string; address: string } | undefined = await trx('addresses')
    .where({ link_id: link })
    .first('brand_id', 'address');
  if (row) await lockNumber(trx, row.brand_id, row.address);
}

/** Locks the contact of the number that a link was sent to. */
export async function lockContactOfLink(trx: Db, link: Buffer): Promise<void> {
  await trx.raw('select from contacts where id = (select contact_id from addresses where link_id = ?) for update', [
    link,
  ]);
}

/** Locks several people, numbers or customer ids of a shop, in the one order. */
export async function lockPeople(
  trx: Db,
  people: readonly { readonly brand: string; readonly identity: string }[],
): Promise<void> {
  await trx.raw(`select ${LOCK} from unnest(cast(? as text[])) as person order by person`, [
    people.map(({ brand, identity }) => personKey(brand, identity)),
  ]);
}
