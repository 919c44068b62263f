/** Corrects a wrong number, name or address of an order under way. */
import type { Knex } from 'knex';
import type { CorrectedBy, Correction } from '../../domain/orders/correction.ts';
import { CORRECTED_PARTS, isLater } from '../../domain/orders/correction.ts';
import { maskPhone } from '../../domain/contacts/phone.ts';
import type { StoreInTransaction } from '../../db/addresses/store.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { numberOf } from '../../db/contacts/contacts.ts';
import { refreshDetails } from '../../db/contacts/details.ts';
import { withdrawConsentsOfOrder } from '../consent/record-given.ts';
import { contactFor } from '../../db/contacts/identity.ts';
import { readToCorrect, storeCorrected } from '../../db/orders/order-row.ts';
import type { Moved } from '../../db/orders/moved-order.ts';
import { lockForMove, moveOrder } from '../../db/orders/moved-order.ts';

export interface NewCorrection extends CorrectedBy {
  readonly brand: string;
  readonly order: string;
  readonly correction: Correction;
  /** The reporter. */
  readonly actor: string;
  readonly now: number;
}

/**
 * Applies a correction, part by part; a part that a later correction has changed stays. With a new number the order moves to that
 * number's contact. The old number gets nothing more, not even messages that are planned or in the send queue; the new one gets what is
 * still to come.
 * Returns the contact of the new number, if that part holds now. Call with the order's row locked, once per event.
 */
export async function applyCorrection(
  store: StoreInTransaction,
  { brand, order, id, at, correction, actor, now }: NewCorrection,
): Promise<string | undefined> {
  const { db: trx } = store;
  const before = await readToCorrect(trx, brand, order);
  const holds = CORRECTED_PARTS.filter((part) => correction[part] && isLater({ at, id }, before.corrected[part]));
  if (holds.length === 0) return undefined;
  const by: CorrectedBy = { at, id };
  const { name, place, phone } = correction;
  const named = name && holds.includes('name') ? name : { firstName: before.first_name, lastName: before.last_name };
  const placedAt = before.placed_at?.getTime() ?? at;
  const buyer = {
    ...(before.customer_id !== null && { id: before.customer_id }),
    ...(named.firstName != null && { firstName: named.firstName }),
    ...(named.lastName != null && { lastName: named.lastName }),
  };
  const contact =
    phone && holds.includes('phone') ? await contactFor(store, brand, { ...buyer, phone }, placedAt, now) : undefined;
  const corrected = Object.fromEntries(
    holds.map((part) => [part, part === 'phone' && contact !== undefined ? { ...by, contact } : by]),
  );
  const columns = {
    ...(holds.includes('name') && { first_name: name?.firstName ?? null, last_name: name?.lastName ?? null }),
    ...(place &&
      holds.includes('place') && {
        country: place.country ?? null,
        region: place.region ?? null,
        city: place.city ?? null,
        postcode: place.postcode ?? null,
      }),
  };
  await storeCorrected(trx, { brand, order }, corrected, columns);
  const from = before.contact_id;
  const moves = from !== null && contact !== undefined && contact !== from;
  if (moves) await move(trx, { brand, order, from, to: contact }, now);
  for (const one of new Set([from, moves ? contact : from])) if (one !== null) await refreshDetails(trx, one);
  await recordAudit(
    trx,
    {
      brand,
      actor,
      action: 'correct_order',
      subject: { kind: 'order', id: order },
      before: { contact: from, ...(contact !== undefined && from !== null && { number: await maskOf(trx, from) }) },
      after: {
        contact: contact ?? from,
        parts: holds,
        ...(contact !== undefined && phone && { number: maskPhone(phone.e164) }),
      },
    },
    now,
  );
  return contact;
}

/** The consents that came with the order were not the old number's, so they go before the order does. */
async function move(trx: Knex.Transaction, { order, ...moved }: Moved, now: number): Promise<void> {
  await lockForMove(trx, moved);
  await withdrawConsentsOfOrder(trx, { brand: moved.brand, contact: moved.from, order }, now);
  await moveOrder(trx, { order, ...moved }, now);
}

async function maskOf(db: Db, contact: string): Promise<string | null> {
  const number = await numberOf(db, contact);
  return number === undefined ? null : maskPhone(number);
}
