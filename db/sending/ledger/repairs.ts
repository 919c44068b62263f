/** Statements of an operator's repair of a message (commands/sending/repair-message.ts). */
import type { MessageState } from '../../../domain/sending/message.ts';
import type { Db } from '../../connection/connect.ts';

export interface LockedMessage {
  readonly state: MessageState;
  readonly submitted_at: Date | null;
}

/** Locks a message with its attempts. Attempts are locked before messages, as by a receipt. */
export async function lockMessage(trx: Db, brand: string, message: string): Promise<LockedMessage | undefined> {
  await trx.raw(
    `select a.id from attempts a join messages m on m.id = a.message_id
      where m.id = ? and m.brand_id = ? order by a.id for update of a`,
    [message, brand],
  );
  return trx('messages').where({ id: message, brand_id: brand }).forUpdate().first('state', 'submitted_at');
}

/** The operator has settled every attempt of unknown outcome. */
export async function settleUnknown(trx: Db, message: string): Promise<void> {
  await trx('attempts').where({ message_id: message, outcome: 'unknown' }).update({ settled_by: 'operator' });
}

/** The provider has never taken the attempts that have no known outcome. */
export async function markNotSent(trx: Db, message: string, now: number): Promise<void> {
  await trx('attempts')
    .where({ message_id: message })
    .where((open) => open.whereNull('outcome').orWhere({ outcome: 'unknown' }))
    .update({ outcome: 'not_sent', settled_by: 'operator', finished_at: new Date(now) });
}

/** The process of an attempt under way has died: its outcome is unknown. */
export async function endOpenAttempt(trx: Db, message: string, now: number): Promise<void> {
  await trx('attempts')
    .where({ message_id: message })
    .whereNull('outcome')
    .update({ outcome: 'unknown', code: 'crashed', finished_at: new Date(now) });
}

/** `counts`: the earlier attempt goes on counting for the caps and the spacing of other messages. */
export async function planAgain(trx: Db, message: string, { counts }: { readonly counts: boolean }): Promise<void> {
  await trx('messages')
    .where({ id: message })
    .update({ state: 'planned', reason: null, accepted_at: null, ...(!counts && { submitted_at: null }) });
}

/** True unless every attempt was refused, was never taken, or is known not to have arrived. */
export async function mayHaveArrived(trx: Db, message: string, unclearCodes: readonly string[]): Promise<boolean> {
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
