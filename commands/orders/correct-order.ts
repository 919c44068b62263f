/** Corrects a wrong number, name or address of an order under way. */
import type { Knex } from 'knex';
import type { CorrectedBy, CorrectedPart, Correction } from '../../domain/orders/correction.ts';
import { CORRECTED_PARTS, isLater } from '../../domain/orders/correction.ts';
import { maskPhone } from '../../domain/contacts/phone.ts';
import type { SkipReason } from '../../domain/sending/reason.ts';
import type { StoreInTransaction } from '../../db/addresses/store.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { refreshDetails } from '../../db/contacts/details.ts';
import { takeBackGiven } from '../consent/record-given.ts';
import { contactFor } from '../../db/contacts/identity.ts';
import { timestamp } from '../../db/connection/timestamp.ts';

/** `orders.corrected`: for each part the correction that holds; for the number also the contact that it names. */
export type Corrected = { readonly [Part in CorrectedPart]?: CorrectedBy & { readonly contact?: string } };

export interface NewCorrection extends CorrectedBy {
  readonly brand: string;
  readonly order: string;
  readonly correction: Correction;
  /** The reporter. */
  readonly actor: string;
  readonly now: number;
}

interface Row {
  contact_id: string | null;
  placed_at: Date | null;
  customer_id: string | null;
  first_name: string | null;
  last_name: string | null;
  corrected: Corrected;
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
  const before: Row = await trx('orders').where({ brand_id: brand, id: order }).first();
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
  await trx('orders')
    .where({ brand_id: brand, id: order })
    .update({
      corrected: trx.raw('corrected || cast(? as jsonb)', [JSON.stringify(corrected)]),
      ...(holds.includes('name') && { first_name: name?.firstName ?? null, last_name: name?.lastName ?? null }),
      ...(place &&
        holds.includes('place') && {
          country: place.country ?? null,
          region: place.region ?? null,
          city: place.city ?? null,
          postcode: place.postcode ?? null,
        }),
    });
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

interface Move {
  readonly brand: string;
  readonly order: string;
  readonly from: string;
  readonly to: string;
}

/** Locks contacts before messages, as a submission does. One of the two comes first, and the other then sees its result. */
async function move(trx: Knex.Transaction, { brand, order, from, to }: Move, now: number): Promise<void> {
  await trx.raw('select from contacts where id = any(?) order by id for no key update', [[from, to]]);
  await trx.raw('update contacts set gate_version = gate_version + 1 where id = any(?)', [[from, to]]);
  await takeBackGiven(trx, { brand, contact: from, order }, now);
  await trx('orders').where({ brand_id: brand, id: order }).update({ contact_id: to });
  await trx('cases')
    .where({ brand_id: brand, order_id: order, contact_id: from })
    .whereNull('closed_at')
    .update({ contact_id: to });
  await trx.raw(
    `with ended as (update messages set state = 'skipped', reason = :reason, slot_at = null
        where brand_id = :brand and order_id = :order and contact_id = :from and state = 'planned' returning *)
     insert into decisions (brand_id, order_id, contact_id, step, occurrence, kind, channel, decided_at, outcome, reason, rule)
       select brand_id, order_id, contact_id, step, occurrence, kind, channel, cast(:now as timestamptz), 'skip', :reason, 'order.corrected'
         from ended on conflict do nothing`,
    { brand, order, from, reason: 'number_corrected' satisfies SkipReason, now: timestamp(now) },
  );
}

async function maskOf(db: Db, contact: string): Promise<string | null> {
  const row: { address: string } | undefined = await db('addresses').where({ contact_id: contact }).first('address');
  return row ? maskPhone(row.address) : null;
}
