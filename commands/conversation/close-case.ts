import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { retryDeadlock } from '../../db/connection/unavailable.ts';
import { storeCaseFact } from './open-case.ts';
import { lockCase, markClosed } from '../../db/conversation/cases.ts';

/** Closes a case; its order is told. Undefined: no such case of this brand. Closing it twice changes nothing. */
export async function closeCase(
  db: Db,
  { brand, id, actor, reason }: { brand: string; id: number; actor: string; reason: string },
  now: number,
): Promise<'closed' | 'already_closed' | undefined> {
  return retryDeadlock(() =>
    db.transaction(async (trx) => {
      const row = await lockCase(trx, brand, id);
      if (!row) return undefined;
      if (row.closed_at) return 'already_closed';
      const subject = { kind: 'case', id: String(id) } as const;
      await recordAudit(trx, { brand, actor, action: 'close_case', subject, reason }, now);
      await markClosed(trx, id, now);
      if (row.order_id !== null)
        await storeCaseFact(trx, { brand, order: row.order_id }, id, 'case_closed', now, false);
      return 'closed';
    }),
  );
}
