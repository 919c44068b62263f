import type { Db } from '../../db/connection/connect.ts';
import { storeFact } from '../../db/orders/inbox.ts';

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
