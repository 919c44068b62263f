/** Repairs of a message by operators. Each is one transaction with its entry in the audit log. */
import type { Knex } from 'knex';
import type { AuditAction } from '../../domain/access/audit.ts';
import type { MessageState } from '../../domain/sending/message.ts';
import type { FailureReason } from '../../domain/sending/reason.ts';
import { CALL_IS_OVER } from '../../domain/sending/ledger.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { timestamp } from '../../db/connection/timestamp.ts';
import { requestRedelivery } from '../../db/sending/ledger/redeliveries.ts';

export interface Repair {
  readonly brand: string;
  readonly message: string;
  readonly actor: string;
  readonly reason: string;
}

export type Repaired =
  | { readonly kind: 'done'; readonly state: MessageState }
  /** No such message of this brand. */
  | { readonly kind: 'not_found' }
  | { readonly kind: 'wrong_state'; readonly state: MessageState }
  /** The provider may have taken an earlier attempt, and the operator has not said that a second message is fine. */
  | { readonly kind: 'may_duplicate' };

/** States that an operator can send a message from again. */
export const REDRIVEN_FROM: readonly MessageState[] = ['rejected', 'given_up', 'undeliverable'];
export const RELEASED_FROM: readonly MessageState[] = ['unknown'];
export const GIVEN_UP_FROM: readonly MessageState[] = ['planned', 'unknown'];

/**
 * Plans a message again that has ended without arriving. `unclearCodes`: errors of the provider after which a message may have
 * been read all the same.
 */
export async function redrive(
  db: Db,
  repair: Repair,
  { mayDuplicate, unclearCodes }: { readonly mayDuplicate: boolean; readonly unclearCodes: readonly string[] },
  now: number,
): Promise<Repaired> {
  return repaired(db, repair, REDRIVEN_FROM, now, async (trx, from) => {
    const taken = await mayHaveArrived(trx, repair.message, unclearCodes);
    if (taken && !mayDuplicate) return { kind: 'may_duplicate' };
    // An operator has answered for the earlier attempts, so only the next one has to be settled.
    await trx('attempts').where({ message_id: repair.message, outcome: 'unknown' }).update({ settled_by: 'operator' });
    // A message that may have reached the person still counts for the caps and the spacing of others.
    await trx('messages')
      .where({ id: repair.message })
      .update({ state: 'planned', reason: null, accepted_at: null, ...(!taken && { submitted_at: null }) });
    await requestRedelivery(trx, repair.message, 'operator', now, now);
    await audit(trx, repair, 'redrive', from, { state: 'planned', mayDuplicate }, now);
    return { kind: 'done', state: 'planned' };
  });
}

/** Plans an unknown message again: the operator has seen that the provider never took it. */
export async function release(db: Db, repair: Repair, now: number): Promise<Repaired> {
  return repaired(db, repair, RELEASED_FROM, now, async (trx, from) => {
    await trx('attempts')
      .where({ message_id: repair.message })
      .where((open) => open.whereNull('outcome').orWhere({ outcome: 'unknown' }))
      .update({ outcome: 'not_sent', settled_by: 'operator', finished_at: new Date(now) });
    await trx('messages').where({ id: repair.message }).update({ state: 'planned', reason: null, submitted_at: null });
    await requestRedelivery(trx, repair.message, 'operator', now, now);
    await audit(trx, repair, 'release', from, { state: 'planned' }, now);
    return { kind: 'done', state: 'planned' };
  });
}

/** Ends a message that was not sent, or whose outcome is unknown. A later receipt still counts. */
export async function giveUpByHand(db: Db, repair: Repair, now: number): Promise<Repaired> {
  const reason: FailureReason = 'given_up_by_operator';
  return repaired(db, repair, GIVEN_UP_FROM, now, async (trx, from) => {
    await trx('attempts')
      .where({ message_id: repair.message })
      .whereNull('outcome')
      .update({ outcome: 'unknown', code: 'crashed', finished_at: new Date(now) });
    await trx.raw(
      `with ended as (update messages set state = 'given_up', reason = :reason where id = :message
         returning brand_id, order_id, contact_id, step, occurrence, kind, channel)
       insert into decisions (brand_id, order_id, contact_id, step, occurrence, kind, channel, decided_at, outcome, reason, rule)
         select *, cast(:now as timestamptz), 'skip', :reason, 'operator' from ended on conflict do nothing`,
      { message: repair.message, reason, now: timestamp(now) },
    );
    await audit(trx, repair, 'give_up', from, { state: 'given_up' }, now);
    return { kind: 'done', state: 'given_up' };
  });
}

/**
 * Runs a repair on a message in one of the given states, with its rows locked: of two operators at once, the second
 * sees the first one's change. Attempts are locked before messages, as by a receipt.
 */
async function repaired(
  db: Db,
  { brand, message }: Repair,
  allowed: readonly MessageState[],
  now: number,
  repair: (trx: Knex.Transaction, from: MessageState) => Promise<Repaired>,
): Promise<Repaired> {
  return db.transaction(async (trx) => {
    await trx.raw(
      `select a.id from attempts a join messages m on m.id = a.message_id
        where m.id = ? and m.brand_id = ? order by a.id for update of a`,
      [message, brand],
    );
    const row: { state: MessageState; submitted_at: Date | null } | undefined = await trx('messages')
      .where({ id: message, brand_id: brand })
      .forUpdate()
      .first('state', 'submitted_at');
    if (!row) return { kind: 'not_found' };
    const since = row.submitted_at?.getTime() ?? now;
    const state = row.state === 'submitted' && since <= now - CALL_IS_OVER ? 'unknown' : row.state;
    return allowed.includes(state) ? repair(trx, row.state) : { kind: 'wrong_state', state: row.state };
  });
}

/** True unless every attempt was refused, was never taken, or is known not to have arrived. */
async function mayHaveArrived(trx: Db, message: string, unclearCodes: readonly string[]): Promise<boolean> {
  const { rows } = await trx.raw<{ rows: { maybe: boolean }[] }>(
    `select exists (select from attempts a where a.message_id = :message and case coalesce(a.outcome, 'unknown')
        when 'unknown' then true
        when 'refused' then a.code = any(:unclearCodes)
        when 'accepted' then not exists (select from all_statuses s where s.attempt_id = a.id
          and s.status in ('rejected', 'undeliverable') and not coalesce(s.code = any(:unclearCodes), false))
        else false end) as maybe`,
    { message, unclearCodes: [...unclearCodes] },
  );
  return rows[0]?.maybe ?? true;
}

function audit(
  trx: Db,
  { brand, message, actor, reason }: Repair,
  action: AuditAction,
  from: MessageState,
  after: object,
  now: number,
): Promise<void> {
  const subject = { kind: 'message', id: message } as const;
  return recordAudit(trx, { brand, actor, action, subject, reason, before: { state: from }, after }, now);
}
