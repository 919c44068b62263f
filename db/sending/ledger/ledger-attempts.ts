import type { MessageState } from '../../../domain/sending/message.ts';
import type { LedgerAttempt } from '../../../domain/sending/reconcile.ts';
import type { Db } from '../../connection/connect.ts';
import { timestamp } from '../../connection/timestamp.ts';

interface Row {
  message: string;
  number: number;
  clientRef: string;
  providerId: string | null;
  submittedAt: Date;
  outcome: NonNullable<LedgerAttempt['outcome']> | null;
  settledBy: NonNullable<LedgerAttempt['settledBy']> | null;
  failed: boolean;
  state: MessageState;
  usefulUntil: Date;
  redrivenAt: Date[];
}

/**
 * Every attempt of all brands that was submitted in a period (epoch ms, both ends included), with all other attempts of the same
 * messages.
 */
export function attemptsBetween(db: Db, from: number, until: number): Promise<LedgerAttempt[]> {
  const submitted = 'select x.message_id from attempts x where x.submitted_at between :from and :until';
  return readAttempts(db, submitted, { from: timestamp(from), until: timestamp(until) });
}

/** The attempts with these references and all others of their messages. */
export function attemptsOfRefs(db: Db, clientRefs: readonly string[]): Promise<LedgerAttempt[]> {
  return readAttempts(db, 'select x.message_id from attempts x where x.client_ref = any(:clientRefs)', {
    clientRefs: [...clientRefs],
  });
}

async function readAttempts(
  db: Db,
  messages: string,
  bindings: Readonly<Record<string, string | string[]>>,
): Promise<LedgerAttempt[]> {
  const { rows } = await db.raw<{ rows: Row[] }>(
    `select a.message_id as message, a.number, a.client_ref as "clientRef", a.provider_id as "providerId",
       a.submitted_at as "submittedAt", a.outcome, a.settled_by as "settledBy", m.state, m.useful_until as "usefulUntil",
       exists (select from all_statuses s where s.attempt_id = a.id and s.status in ('rejected', 'undeliverable')) as failed,
       array(select l.at from audit_log l where l.subject_kind = 'message' and l.subject_id = m.id::text
         and l.action in ('redrive', 'release')) as "redrivenAt"
     from attempts a join messages m on m.id = a.message_id where a.message_id in (${messages})`,
    bindings,
  );
  return rows.map((row) => ({
    message: row.message,
    number: row.number,
    clientRef: row.clientRef,
    ...(row.providerId !== null && { providerId: row.providerId }),
    submittedAt: row.submittedAt.getTime(),
    ...(row.outcome !== null && { outcome: row.outcome }),
    ...(row.settledBy !== null && { settledBy: row.settledBy }),
    failed: row.failed,
    state: row.state,
    usefulUntil: row.usefulUntil.getTime(),
    redrivenAt: row.redrivenAt.map((at) => at.getTime()),
  }));
}
