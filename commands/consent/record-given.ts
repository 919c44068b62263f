import { consentsOf } from '../../domain/consent/consent.ts';
import type { Customer } from '../../domain/orders/order.ts';
import type { Db } from '../../db/connection/connect.ts';
import { consentEvents } from '../../db/consent/consent-ledger.ts';
import { recordConsents } from '../../db/consent/consents.ts';
import { givenWithOrder, otherContactsOf } from '../../db/consent/given-with-order.ts';

/**
 * Records what the customer said about consents with an order, for the number it came with. A refusal counts for all contacts with the
 * same customer id: a customer with two numbers is two contacts, and has refused to the shop. A consent does not: no shop verifies the
 * number that goes with an id, so it would be a stranger's. A refusal too many costs a promotion, a consent too many an unlawful one.
 * Call when the order is stored.
 */
export async function recordConsentsOfOrder(
  trx: Db,
  brand: string,
  contact: string,
  { id, consents }: Customer,
  now: number,
): Promise<void> {
  await recordConsents(trx, brand, contact, consents, now);
  const refusals = consents.filter(({ action }) => action === 'withdrawn');
  if (refusals.length === 0 || id === undefined) return;
  const others = await otherContactsOf(trx, { brand, contact, customer: id });
  for (const other of others) await recordConsents(trx, brand, other, refusals, now);
}

/**
 * An order's number was wrong: the owner of that number has not given the consents that came with the order, so they are withdrawn. Other
 * statements of the same number stand, refusals as well as consents. Nothing is carried over to the right number, because no consent was
 * given for it.
 */
export async function withdrawConsentsOfOrder(
  trx: Db,
  { brand, contact, order }: { readonly brand: string; readonly contact: string; readonly order: string },
  now: number,
): Promise<void> {
  const given = await givenWithOrder(trx, { contact, order });
  const ids = new Set(given.map(({ id }) => id));
  const own = consentsOf((await consentEvents(trx, contact)).filter(({ id }) => !ids.has(id)));
  const taken = given
    .filter((one, at) => given.findIndex((other) => other.class === one.class && other.night === one.night) === at)
    .filter((one) => (one.night ? own.night : own.day)[one.class]?.state !== 'granted')
    .map(({ id: _id, ...one }) => ({
      ...one,
      action: 'withdrawn' as const,
      source: `order_corrected:${order}`,
      at: now,
    }));
  await recordConsents(trx, brand, contact, taken, now, 'dopo');
}
