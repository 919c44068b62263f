import type { Customer, GivenConsent } from '../../domain/order.ts';
import type { Db } from '../connect.ts';
import { recordConsents } from '../consents/consents.ts';

/**
 * What the customer has said with the order, of the number it came with. A no reaches further: a customer of the shop with two numbers
 * is two contacts, and has said it to the shop. Call when the order is stored.
 */
export async function recordGiven(
  trx: Db,
  brand: string,
  contact: string,
  { id, consents }: Customer,
  now: number,
): Promise<void> {
  await recordConsents(trx, brand, contact, consents, now);
  const refusals = consents.filter(({ action }) => action === 'withdrawn');
  if (refusals.length === 0 || id === undefined) return;
  const others = await trx('orders')
    .where({ brand_id: brand, customer_id: id })
    .whereNotNull('contact_id')
    .whereNot({ contact_id: contact })
    .distinct('contact_id')
    .orderBy('contact_id')
    .pluck<string[]>('contact_id');
  for (const other of others) await recordConsents(trx, brand, other, refusals, now);
}

/**
 * An order's number was wrong: nobody who has that number has said what came with the order. What they, or another order of theirs,
 * have said of the same stands. Nothing is carried over to the right number either: it was not given over that.
 */
export async function takeBackGiven(
  trx: Db,
  { brand, contact, order }: { readonly brand: string; readonly contact: string; readonly order: string },
  now: number,
): Promise<void> {
  const { rows } = await trx.raw<{ rows: Pick<GivenConsent, 'class' | 'night' | 'basis' | 'wording'>[] }>(
    `with given as (select k.* from consents k join inbox p on p.brand_id = k.brand_id and p.order_id = :order and p.source = 'dopo'
         and p.event_id = 'order_placed' and p.received_at = k.recorded_at
        where k.contact_id = :contact and k.actor = 'shop' and k.action = 'granted')
     select distinct on (class, night) class, night, basis, wording from given g
      where not exists (select from consents o where o.contact_id = g.contact_id and o.class = g.class and o.night = g.night
        and o.action in ('granted', 'confirmed', 'reconfirmed') and o.id not in (select id from given))
      order by class, night, id desc`,
    { contact, order },
  );
  const source = `order_corrected:${order}`;
  const taken = rows.map((given) => ({ ...given, action: 'withdrawn' as const, source, at: now }));
  await recordConsents(trx, brand, contact, taken, now, 'dopo');
}
