import type { Db } from '../connect.ts';

/**
 * The contacts that a shop's customer is here: by the shop's id of the customer, by the named orders and by the number, as long as
 * they have ordered and every order is this customer's. Whoever has typed a number into the shop would else be given, or could erase, what is its
 * owner's. A customer with two numbers is two contacts. Those that are erased already are left out.
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
            and exists (select from orders o where o.contact_id = a.contact_id and (o.customer_id = :id or o.id = any(:orders))))
        and not exists (select from orders o where o.contact_id = c.id and o.id <> all(:orders) and (o.customer_id = :id) is not true)
      order by c.id`,
    { brand, id: id ?? null, phone: phone ?? null, orders: [...orders] },
  );
  return rows.map((row) => row.id);
}
