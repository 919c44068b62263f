/** The links that messages carry belong to the number they are sent to, and can be withdrawn. */
import type { Knex } from 'knex';

/** Withdraws every link that a contact's numbers have been sent. The next text has one that works. Returns how many numbers. */
export async function revokeLinks(
  trx: Knex.Transaction,
  { brand, contact, address }: { readonly brand: string; readonly contact: string; readonly address?: string },
): Promise<number> {
  const numbers = trx('addresses').where({ brand_id: brand, contact_id: contact });
  if (address !== undefined) void numbers.where({ address });
  return numbers.increment('link_epoch', 1);
}
