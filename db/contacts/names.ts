/** Names of customers by their numbers, for the phones of the stand-in alone. */
import type { Db } from '../connection/connect.ts';

/** Numbers without a name, or of several people with different ones, are left out. */
export async function namesOfNumbers(db: Db, numbers: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await db('addresses as a')
    .join('contacts as c', 'c.id', 'a.contact_id')
    .whereIn('a.address', [...numbers])
    .whereNull('a.retired_at')
    .whereNotNull('c.first_name')
    .groupBy('a.address')
    .havingRaw('count(distinct c.first_name) = 1')
    .select('a.address', db.raw("max(concat_ws(' ', c.first_name, c.last_name)) as name"));
  return new Map(rows.map((row: { address: string; name: string }) => [row.address, row.name]));
}
