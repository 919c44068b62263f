/** The outbox of erasures whose workflow is yet to start. */
import type { Db } from '../connection/connect.ts';
import type { OutboxClaim, ClaimedRow } from '../outbox/outbox.ts';
import { claim } from '../outbox/outbox.ts';

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
export function claimErasures(db: Db, limit: number): Promise<OutboxClaim<PendingErasure>> {
  const claiming = {
    columns: 'i.contact_id, i.requested_at',
    order: 'i.next_try_at, i.requested_at, i.id',
    toItem: (row: ClaimedErasure) => ({
      id: row.id,
      brand: row.brand_id,
      contact: row.contact_id,
      requestedAt: row.requested_at.getTime(),
    }),
  };
  return claim(db, 'erasure', claiming, limit);
}
