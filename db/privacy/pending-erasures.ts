/** The outbox of erasures whose workflow is yet to start. */
import type { Db } from '../connection/connect.ts';
import type { OutboxClaim, ClaimedRow } from '../outbox/outbox.ts';
import { claimFrom, claimOf } from '../outbox/outbox.ts';

export interface PendingErasure {
  readonly id: string;
  readonly brand: string;
  readonly contact: string;
  /** Epoch ms. */
  readonly requestedAt: number;
}

interface ClaimedErasure extends ClaimedRow {
  readonly id: string;
  readonly brand_id: string;
  readonly contact_id: string;
  readonly requested_at: Date;
}

/** Claims erasures whose workflow is not known to run yet. */
export async function claimErasures(db: Db, limit: number): Promise<OutboxClaim<PendingErasure>> {
  const { rows } = await db.raw<{ rows: ClaimedErasure[] }>(
    `with recursive ${claimFrom('erasure')}
     select c.claimed_until, e.id, e.tries, e.brand_id, e.contact_id, e.requested_at
       from claimed c join erasures e on e.id = c.id order by e.next_try_at, e.requested_at, e.id`,
    { limit },
  );
  return claimOf(rows, (row) => ({
    id: row.id,
    brand: row.brand_id,
    contact: row.contact_id,
    requestedAt: row.requested_at.getTime(),
  }));
}
