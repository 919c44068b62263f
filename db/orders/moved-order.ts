/** An order whose number was corrected moves to the contact of the right number. */
import type { SkipReason } from '../../domain/sending/reason.ts';
import type { Db } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';
import { insertDecisions } from '../sending/gate/decision-row.ts';

export interface Moved {
  readonly brand: string;
  readonly order: string;
  /** Contacts. */
  readonly from: string;
  readonly to: string;
}

/**
 * Locks both contacts and moves their gate versions. Contacts are locked before messages, as by a submission: either it or the move comes
 * first, and the other sees its result.
 */
export async function lockForMove(trx: Db, { from, to }: Pick<Moved, 'from' | 'to'>): Promise<void> {
  await trx.raw('select from contacts where id = any(?) order by id for no key update', [[from, to]]);
  await trx.raw('update contacts set gate_version = gate_version + 1 where id = any(?)', [[from, to]]);
}

/** Moves the order with its open cases, and ends the messages to the old number that are planned. */
export async function moveOrder(trx: Db, { brand, order, from, to }: Moved, now: number): Promise<void> {
  await trx('orders').where({ brand_id: brand, id: order }).update({ contact_id: to });
  await trx('cases')
    .where({ brand_id: brand, order_id: order, contact_id: from })
    .whereNull('closed_at')
    .update({ contact_id: to });
  await trx.raw(
    `with ended as (
       update messages set state = 'skipped', reason = :reason, slot_at = null
        where brand_id = :brand and order_id = :order and contact_id = :from and state = 'planned' returning *)
     ${insertDecisions({
       from: 'ended m',
       at: 'cast(:now as timestamptz)',
       outcome: "'skip'",
       reason: ':reason',
       rule: "'order.corrected'",
     })}`,
    { brand, order, from, reason: 'number_corrected' satisfies SkipReason, now: timestamp(now) },
  );
}
