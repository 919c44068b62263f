/** Numbers that may be of more than one person each. Ids and masked numbers only. */
import { maskPhone } from '../../domain/contacts/phone.ts';
import { isNumber } from '../../db/addresses/number.ts';
import type { Db } from '../../db/connection/connect.ts';

/**
 * One number under several customer ids of the shop: it may be a family, a guest who also has an account, or a
 * stranger who typed it.
 */
export interface SharedNumber {
  readonly contact: string;
  readonly number?: string;
  readonly customers: number;
  readonly orders: number;
}

export async function identityReport(db: Db, brand?: string): Promise<readonly SharedNumber[]> {
  const { rows } = await db.raw<{
    rows: { contact: string; number: string | null; customers: number; orders: number }[];
  }>(
    `select o.contact_id as contact, (select a.address from addresses a where a.contact_id = o.contact_id and ${isNumber('a')}) as number,
         count(distinct o.customer_id) as customers, count(*) as orders
       from orders o where o.contact_id is not null and (cast(:brand as text) is null or o.brand_id = :brand)
      group by o.contact_id having count(distinct o.customer_id) > 1 order by o.contact_id`,
    { brand: brand ?? null },
  );
  return rows.map(({ number, ...rest }) => ({ ...rest, ...(number !== null && { number: maskPhone(number) }) }));
}
