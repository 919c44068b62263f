import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { retryDeadlock } from '../../db/connection/unavailable.ts';
import { storeCaseFact } from './open-case.ts';

/** Closes a case; its order is told. Undefined: no such case of this brand. Closing it twice changes nothing. */
export async function closeCase(
  db: Db,
  { brand, id, actor, reason }: { brand: string; id: number; actor: string; reason: string },
  now: number,
): Promise<'closed' | 'already_closed' | undefined> {
  return retryDeadlock(() =>
    db.transaction(async (trx) => {
      const row: { order_id: string | null; closed_at: Date | null } | undefined = await trx('cases')
        .where({ brand_id: brand, id })
        .forUpdate()
        .first('order_id', 'closed_at');
      if (!row) return undefined;
      if (row.closed_at) return 'already_closed';
      const subject = { kind: 'case', id: String(id) } as const;
      await recordAudit(trx, { brand, actor, action: 'close_case', subject, reason }, now);
      await trx('cases')
        .where({ id })
        .update({ closed_at: new Date(now) });
      if (row.order_id !== null)
        await storeCaseFact(trx, { brand, order: row.order_id }, id, 'case_closed', now, false);
      return 'closed';
    }),
  );
}
