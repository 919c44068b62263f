/** Contacts that may be more than one person each. Ids and masked numbers only. */
import { maskPhone } from '../../domain/contacts/phone.ts';
import type { Db } from '../../db/connection/connect.ts';

export interface IdentityReport {
  /** Contacts with several numbers. The migration takes them apart, so there are none after it. */
  readonly several: readonly { readonly contact: string; readonly numbers: readonly string[] }[];
  /** Contacts that the migration has taken apart. One without a number has the orders for which the number is not known. */
  readonly split: readonly {
    readonly contact: string;
    readonly from: string;
    readonly number?: string;
    readonly orders: number;
  }[];
  /** One number under several customer ids of the shop: a family, a guest who also has an account, or a stranger who typed it. */
  readonly shared: readonly {
    readonly contact: string;
    readonly number?: string;
    readonly customers: number;
    readonly orders: number;
  }[];
}

/** Also reads a database from before the migration, where an order has no customer id of its own. */
export async function identityReport(db: Db, brand?: string): Promise<IdentityReport> {
  const of = brand ?? null;
  const several = await db.raw<{ rows: { contact: string; numbers: string[] }[] }>(
    `select contact_id as contact, array_agg(address order by first) as numbers
       from (select contact_id, address, min(id) as first from addresses a
           where (cast(:brand as text) is null or brand_id = :brand) and to_jsonb(a)->>'retired_at' is null
           group by contact_id, address) n
      group by contact_id having count(*) > 1 order by contact_id`,
    { brand: of },
  );
  const present = await db.schema.hasTable('contact_splits');
  const split = present
    ? await db.raw<{ rows: { contact: string; from: string; number: string | null; orders: number }[] }>(
        `select s.new_contact_id as contact, s.contact_id as from, a.address as number, s.orders from contact_splits s
           left join addresses a on a.contact_id = s.new_contact_id and a.channel = 'sms'
          where cast(:brand as text) is null or s.brand_id = :brand order by s.id`,
        { brand: of },
      )
    : { rows: [] };
  const shared = present
    ? await db.raw<{ rows: { contact: string; number: string | null; customers: number; orders: number }[] }>(
        `select o.contact_id as contact, (select a.address from addresses a where a.contact_id = o.contact_id and a.channel = 'sms') as number,
             count(distinct o.customer_id) as customers, count(*) as orders
           from orders o where o.contact_id is not null and (cast(:brand as text) is null or o.brand_id = :brand)
          group by o.contact_id having count(distinct o.customer_id) > 1 order by o.contact_id`,
        { brand: of },
      )
    : { rows: [] };
  return {
    several: several.rows.map(({ contact, numbers }) => ({ contact, numbers: numbers.map(maskPhone) })),
    split: split.rows.map(masked),
    shared: shared.rows.map(masked),
  };
}

function masked<T extends { readonly number: string | null }>({
  number,
  ...rest
}: T): Omit<T, 'number'> & { readonly number?: string } {
  return { ...rest, ...(number !== null && { number: maskPhone(number) }) };
}
