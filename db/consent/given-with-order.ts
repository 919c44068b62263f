/** Consents that came with an order. */
import type { Db } from '../connection/connect.ts';
import type { NewConsent } from './consents.ts';

export interface GivenRow extends Pick<NewConsent, 'class' | 'basis' | 'wording'> {
  readonly id: string;
  readonly night: boolean;
}

/** Consents of a contact that the shop reported with an order, the newest of a class first. */
export async function givenWithOrder(
  trx: Db,
  { contact, order }: { readonly contact: string; readonly order: string },
): Promise<readonly GivenRow[]> {
  const { rows } = await trx.raw<{ rows: GivenRow[] }>(
    `select cast(k.id as text) as id, k.class, k.night, k.basis, k.wording from consents k
       join inbox p on p.brand_id = k.brand_id and p.order_id = :order and p.source = 'dopo'
         and p.event_id = 'order_placed' and p.received_at = k.recorded_at
      where k.contact_id = :contact and k.actor = 'shop' and k.action = 'granted' order by k.class, k.night, k.id desc`,
    { contact, order },
  );
  return rows;
}

/** Other contacts with orders of the same customer of the shop. */
export async function otherContactsOf(
  trx: Db,
  { brand, contact, customer }: { readonly brand: string; readonly contact: string; readonly customer: string },
): Promise<readonly string[]> {
  return trx('orders')
    .where({ brand_id: brand, customer_id: customer })
    .whereNotNull('contact_id')
    .whereNot({ contact_id: contact })
    .distinct('contact_id')
    .orderBy('contact_id')
    .pluck<string[]>('contact_id');
}
