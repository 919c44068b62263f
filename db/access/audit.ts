/** Changes by people and keys, with the values before and after and the reason. Rows are never changed. */
import type { AuditAction, AuditSubject, AuditSubjectKind } from '../../domain/access/audit.ts';
import type { Db } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';
import { refuseUnknownCursor } from '../connection/pages.ts';

/** An entry as it is shown. `at` is ISO 8601. */
export interface AuditView {
  readonly id: string;
  readonly at: string;
  readonly actor: string;
  readonly action: AuditAction;
  readonly subject: AuditSubject;
  readonly reason?: string;
  readonly before?: object;
  readonly after?: object;
}

export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly action?: AuditAction | undefined;
  readonly subject?: { readonly kind: AuditSubjectKind; readonly id?: string | undefined } | undefined;
  /** Epoch ms, both ends included. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** The id of the last entry seen. */
  readonly after?: string | undefined;
  readonly limit: number;
}

interface Row {
  id: number;
  actor: string;
  action: AuditAction;
  subject_kind: AuditSubjectKind;
  subject_id: string;
  reason: string | null;
  before: object | null;
  after: object | null;
  at: Date;
}

/** A brand's entries, newest first, a page at a time. */
export async function listAudit(
  db: Db,
  brand: string,
  { actor, action, subject, from, to, after, limit }: AuditFilter,
): Promise<{ readonly entries: readonly AuditView[]; readonly next?: string }> {
  const query = db<Row>('audit_log')
    .where('brand_id', brand)
    .orderBy([
      { column: 'at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(limit + 1);
  if (actor !== undefined) void query.where('actor', actor);
  if (action !== undefined) void query.where('action', action);
  if (subject !== undefined) void query.where('subject_kind', subject.kind);
  if (subject?.id !== undefined) void query.where('subject_id', subject.id);
  if (from !== undefined) void query.where('at', '>=', timestamp(from));
  if (to !== undefined) void query.where('at', '<=', timestamp(to));
  if (after !== undefined)
    void query.whereRaw(
      '(at, id) < ((select seen.at from audit_log seen where seen.id = ? and seen.brand_id = ?), ?)',
      [Number(after), brand, Number(after)],
    );
  const rows: Row[] = await query;
  await refuseUnknownCursor(rows, after, (id) => db('audit_log').where({ brand_id: brand, id }).first('id'));
  const entries = rows.slice(0, limit).map(toView);
  const last = entries.at(-1);
  return rows.length > limit && last ? { entries, next: last.id } : { entries };
}

function toView(row: Row): AuditView {
  return {
    id: String(row.id),
    at: row.at.toISOString(),
    actor: row.actor,
    action: row.action,
    subject: { kind: row.subject_kind, id: row.subject_id },
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.before !== null && { before: row.before }),
    ...(row.after !== null && { after: row.after }),
  };
}
