import type { Db } from './connect.ts';

/** Something done by hand. */
export interface AuditEntry {
  readonly brand: string;
  /** Whoever the caller says it was. */
  readonly actor: string;
  readonly action: 'redrive' | 'release' | 'give_up' | 'release_stop';
  readonly subject: { readonly message: string } | { readonly stop: number };
  readonly reason: string;
  readonly details?: object;
}

/** Writes down who did what and why, in the transaction that does it. Rows are never changed. */
export async function recordAudit(trx: Db, entry: AuditEntry, now: number): Promise<void> {
  const { subject } = entry;
  await trx('audit_log').insert({
    brand_id: entry.brand,
    actor: entry.actor,
    action: entry.action,
    ...('message' in subject ? { message_id: subject.message } : { stop_id: subject.stop }),
    reason: entry.reason,
    details: JSON.stringify(entry.details ?? {}),
    at: new Date(now),
  });
}
