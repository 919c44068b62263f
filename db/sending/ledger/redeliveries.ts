import type { MessageKind } from '../../../domain/sending/message.ts';
import type { Db } from '../../connection/connect.ts';
import type { OutboxClaim, ClaimedRow } from '../../outbox/outbox.ts';
import { claim } from '../../outbox/outbox.ts';
import { timestamp } from '../../connection/timestamp.ts';

/** Asks for a message to be sent again, not before `at` (epoch ms). Call in the transaction that has planned it again. */
export async function requestRedelivery(
  trx: Db,
  message: string,
  cause: 'provider' | 'operator',
  at: number,
  now: number,
): Promise<void> {
  await trx.raw(
    `insert into redeliveries (message_id, brand_id, cause, not_before, created_at)
       select id, brand_id, :cause, :at, :now from messages where id = :message`,
    { message, cause, at: timestamp(at), now: timestamp(now) },
  );
}

export interface PendingRedelivery {
  readonly id: number;
  readonly brand: string;
  readonly message: string;
  readonly kind: MessageKind;
  /** Epoch ms. */
  readonly at: number;
}

interface RedeliveryRow extends ClaimedRow {
  readonly id: number;
  readonly brand_id: string;
  readonly message_id: string;
  readonly kind: MessageKind;
  readonly not_before: Date;
}

/** Claims redeliveries whose workflow is not known to run yet. */
export function claimRedeliveries(db: Db, limit: number): Promise<OutboxClaim<PendingRedelivery>> {
  const claiming = {
    columns: 'i.message_id, m.kind, i.not_before',
    joins: 'join messages m on m.id = i.message_id',
    order: 'i.next_try_at, i.id',
    toItem: (row: RedeliveryRow) => ({
      id: row.id,
      brand: row.brand_id,
      message: row.message_id,
      kind: row.kind,
      at: row.not_before.getTime(),
    }),
  };
  return claim(db, 'redelivery', claiming, limit);
}
