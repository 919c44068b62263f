/** Ends a message that no more is done for, with the decision that says why. */
import type { MessageState } from '../../../domain/sending/message.ts';
import type { FailureReason, SkipReason } from '../../../domain/sending/reason.ts';
import type { Db } from '../../connection/connect.ts';
import { timestamp } from '../../connection/timestamp.ts';
import { insertDecisions } from '../gate/decision-row.ts';

export interface EndedMessage {
  readonly message: string;
  /** Left out: the caller has locked the message and looked. */
  readonly from?: readonly MessageState[];
  readonly state: MessageState;
  readonly reason: SkipReason | FailureReason;
  readonly rule: string;
}

export async function endMessage(
  trx: Db,
  { message, from, state, reason, rule }: EndedMessage,
  now: number,
): Promise<void> {
  await trx.raw(
    `with ended as (
       update messages set state = :state, reason = :reason
        where id = :message and (cast(:from as text[]) is null or state = any(cast(:from as text[]))) returning *)
     ${insertDecisions({
       from: 'ended m',
       at: 'cast(:now as timestamptz)',
       outcome: "'skip'",
       reason: ':reason',
       rule: ':rule',
     })}`,
    { message, from: from ? [...from] : null, state, reason, rule, now: timestamp(now) },
  );
}
