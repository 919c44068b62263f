/** Links in messages belong to the number they are sent to, and can be withdrawn. */
import type { Knex } from 'knex';

/** Withdraws every link that was sent to a contact's numbers. The next text has a new link. Returns how many numbers that affects. */
export async function endLinks(
  trx: Knex.Transaction,
  { brand, contact, address }: { readonly brand: string; readonly contact: string; readonly address?: string },
  now: number,
): Promise<number> {
  const numbers = trx('addresses').where({ brand_id: brand, contact_id: contact });
  if (address !== undefined) void numbers.where({ address });
  return numbers.update({ link_epoch: trx.raw('link_epoch + 1'), links_ended_at: new Date(now) });
}
