import type { Db } from '../connection/connect.ts';

/**
 * Orders of another customer, as ranges of the index by contact and customer id: of 30,000 orders of one customer no more than the ends
 * are read. All orders are another's for who gives no id.
 */
const OF_OTHERS = ['o.customer_id < :id', 'o.customer_id > :id', 'o.customer_id is null', 'cast(:id as text) is null'];

/**
 * The contacts of a shop's customer: by the shop's customer id, by the named orders and by the number. A contact counts only if it has
 * ordered and all its orders are this customer's. Otherwise a customer who typed a stranger's number at the checkout would be given the
 * stranger's data, or could have it erased. A customer with two numbers is two contacts. Erased contacts are left out.
 */
export async function contactsOfShopCustomer(
  db: Db,
  brand: string,
  { id, phone, orders }: { readonly id?: string; readonly phone?: string; readonly orders: readonly string[] },
): Promise<readonly string[]> {
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `select c.id from contacts c where c.brand_id = :brand and c.erased_at is null and c.id in (
          select o.contact_id from orders o where o.brand_id = :brand and o.customer_id = :id
          union all select o.contact_id from orders o where o.brand_id = :brand and o.id = any(:orders)
          union all select a.contact_id from addresses a where a.brand_id = :brand and a.address = :phone and a.retired_at is null
            and exists (select from orders o where o.contact_id = a.contact_id and o.customer_id = :id
              union all select from orders o where o.brand_id = :brand and o.id = any(:orders) and o.contact_id = a.contact_id))
        and ${OF_OTHERS.map((other) => `not exists (select from orders o where o.contact_id = c.id and ${other} and o.id <> all(:orders))`).join(' and ')}
      order by c.id`,
    { brand, id: id ?? null, phone: phone ?? null, orders: [...orders] },
  );
  return rows.map((row) => row.id);
}
