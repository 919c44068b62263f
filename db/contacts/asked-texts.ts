/** Texts that a person has requested on the preference page, until their workflow is known to run. */
import type { AskedText } from '../../domain/sending/message.ts';
import type { Db } from '../connection/connect.ts';
import type { OutboxClaim, ClaimedRow } from '../outbox/outbox.ts';
import { claimFrom, claimOf } from '../outbox/outbox.ts';

export interface PendingAskedText {
  /** The occurrence in the ledger, as the inbound message is for a reply. */
  readonly inbound: string;
  readonly brand: string;
  readonly contact: string;
  readonly send: AskedText;
  /** Epoch ms. */
  readonly at: number;
}

interface Row extends ClaimedRow {
  readonly id: string;
  readonly brand_id: string;
  readonly contact_id: string;
  readonly kind: AskedText;
  readonly created_at: Date;
}

/** Claims texts whose workflow is not known to run yet. */
export async function claimAskedTexts(db: Db, limit: number): Promise<OutboxClaim<PendingAskedText>> {
  const { rows } = await db.raw<{ rows: Row[] }>(
    `with recursive ${claimFrom('asked_text')}
     select k.claimed_until, t.id, t.tries, t.brand_id, t.contact_id, t.kind, t.created_at
       from claimed k join asked_texts t on t.id = k.id order by t.next_try_at, t.created_at`,
    { limit },
  );
  return claimOf(rows, (row) => ({
    inbound: row.id,
    brand: row.brand_id,
    contact: row.contact_id,
    send: row.kind,
    at: row.created_at.getTime(),
  }));
}
