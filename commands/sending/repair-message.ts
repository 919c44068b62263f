/** Repairs of a message by operators. Each is one transaction with its entry in the audit log. */
import type { Knex } from 'knex';
import type { AuditAction } from '../../domain/access/audit.ts';
import type { MessageState } from '../../domain/sending/message.ts';
import type { FailureReason } from '../../domain/sending/reason.ts';
import { CALL_IS_OVER } from '../../domain/sending/ledger.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { endMessage } from '../../db/sending/ledger/end-message.ts';
import {
  endOpenAttempt,
  lockMessage,
  markNotSent,
  mayHaveArrived,
  planAgain,
  settleUnknown,
} from '../../db/sending/ledger/repairs.ts';
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
    await settleUnknown(trx, repair.message);
    // A message that may have reached the person still counts for the caps and the spacing of others.
    await planAgain(trx, repair.message, { counts: taken });
    await requestRedelivery(trx, repair.message, 'operator', now, now);
    await audit(trx, repair, 'redrive', from, { state: 'planned', mayDuplicate }, now);
    return { kind: 'done', state: 'planned' };
  });
}

/** Plans an unknown message again: the operator has seen that the provider never took it. */
export async function release(db: Db, repair: Repair, now: number): Promise<Repaired> {
  return repaired(db, repair, RELEASED_FROM, now, async (trx, from) => {
    await markNotSent(trx, repair.message, now);
    await planAgain(trx, repair.message, { counts: false });
    await requestRedelivery(trx, repair.message, 'operator', now, now);
    await audit(trx, repair, 'release', from, { state: 'planned' }, now);
    return { kind: 'done', state: 'planned' };
  });
}

/** Ends a message that was not sent, or whose outcome is unknown. A later receipt still counts. */
export async function giveUpByHand(db: Db, repair: Repair, now: number): Promise<Repaired> {
  const reason: FailureReason = 'given_up_by_operator';
  return repaired(db, repair, GIVEN_UP_FROM, now, async (trx, from) => {
    await endOpenAttempt(trx, repair.message, now);
    const ended = { message: repair.message, state: 'given_up', reason, rule: 'operator' } as const;
    await endMessage(trx, ended, now);
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
    const row = await lockMessage(trx, brand, message);
    if (!row) return { kind: 'not_found' };
    const since = row.submitted_at?.getTime() ?? now;
    const state = row.state === 'submitted' && since <= now - CALL_IS_OVER ? 'unknown' : row.state;
    return allowed.includes(state) ? repair(trx, row.state) : { kind: 'wrong_state', state: row.state };
  });
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
