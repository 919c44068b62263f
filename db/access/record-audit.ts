/** Writes the audit log. Only commands import this file (.dependency-cruiser.cjs), so that an entry stands in the transaction of its change. */
import type { AuditAction, AuditSubject } from '../../domain/access/audit.ts';
import type { Db } from '../connection/connect.ts';

/** A change by a person or a key. Neither `before` nor `after` hold personal data: a number is masked. */
export interface AuditEntry {
  readonly brand: string;
  /** The label of the API key, `customer`, `provider`, or the name of a tool. */
  readonly actor: string;
  readonly action: AuditAction;
  readonly subject: AuditSubject;
  /** Messages are repaired and blocks released for a reason only. */
  readonly reason?: string;
  readonly before?: object;
  readonly after?: object;
}

/** Records who did what and why, in the transaction of the change. `now`: epoch ms. */
export async function recordAudit(trx: Db, entry: AuditEntry, now: number): Promise<void> {
  const { before, after } = entry;
  await trx('audit_log').insert({
    brand_id: entry.brand,
    actor: entry.actor,
    action: entry.action,
    subject_kind: entry.subject.kind,
    subject_id: entry.subject.id,
    reason: entry.reason ?? null,
    before: before === undefined ? null : JSON.stringify(before),
    after: after === undefined ? null : JSON.stringify(after),
    at: new Date(now),
  });
}
