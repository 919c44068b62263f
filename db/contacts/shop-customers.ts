import type { Db } from '../connect.ts';

/**
 * The contacts that a shop's customer is here: by the shop's id of the customer, by the number, and by whom the named orders belong
 * to. A customer with two numbers is two contacts. Those that are erased already are left out.
 */
export async function contactsOfShopCustomer(
  db: Db,
  brand: string,
  { id, phone, orders }: { readonly id?: string; readonly phone?: string; readonly orders: readonly string[] },
): Promise<readonly string[]> {
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `select c.id from contacts c where c.brand_id = :brand and c.erased_at is null and (c.external_id = :id
        or exists (select from addresses a where a.contact_id = c.id and a.address = :phone)
        or exists (select from orders o where o.brand_id = c.brand_id and o.contact_id = c.id and o.id = any(:orders)))
      order by c.id`,
    { brand, id: id ?? null, phone: phone ?? null, orders: [...orders] },
  );
  return rows.map((row) => row.id);
}
