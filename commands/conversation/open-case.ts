/** Opens cases: questions and problems that a person of the shop answers. */
import type { Db } from '../../db/connection/connect.ts';
import type { NewCase } from '../../db/conversation/cases.ts';
import { insertCase, knownCase, lockForCase } from '../../db/conversation/cases.ts';
import { storeFact } from '../../db/orders/inbox.ts';

/**
 * Opens a case once per cause and tells the order about it. Returns the case's number. The gate's version moves, because the case holds
 * messages about all orders of the contact. The contact is locked before the case, as by a correction.
 */
export async function openCase(db: Db, opened: NewCase): Promise<number> {
  return db.transaction(async (trx) => {
    const contact = await lockForCase(trx, opened);
    const created = await insertCase(trx, opened, contact);
    if (created === undefined) return knownCase(trx, opened);
    if (opened.order !== null)
      await storeCaseFact(
        trx,
        { ...opened, order: opened.order },
        created,
        'case_opened',
        opened.at,
        opened.byWorkflow,
      );
    return created;
  });
}

/** Tells an order that a case about it was opened or closed. */
export async function storeCaseFact(
  db: Db,
  { brand, order }: { brand: string; order: string },
  id: number,
  type: 'case_opened' | 'case_closed',
  at: number,
  applied: boolean,
): Promise<void> {
  await storeFact(db, {
    brand,
    order,
    source: 'dopo',
    id: `${type}.${id}`,
    type,
    at,
    payload: { case: String(id) },
    requestHash: Buffer.alloc(0),
    now: at,
    applied,
  });
}
