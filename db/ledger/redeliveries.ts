import type { Knex } from 'knex';
import type { MessageKind } from '../../domain/message.ts';
import type { Db } from '../connect.ts';

/** Asks for a message to be sent again, not before `at` (epoch ms). Call in the transaction that has planned it again. */
export async function requestRedelivery(
  trx: Db,
  message: string,
  cause: 'provider' | 'operator',
  at: number,
  now: number,
): Promise<void> {
  await trx('redeliveries').insert({
    message_id: message,
    cause,
    not_before: new Date(at),
    created_at: new Date(now),
  });
}

export interface PendingRedelivery {
  readonly id: number;
  readonly brand: string;
  readonly message: string;
  readonly kind: MessageKind;
  /** Epoch ms. */
  readonly at: number;
}

/** Redeliveries whose workflow is not known to run yet; locked until the transaction ends. */
export async function pendingRedeliveries(trx: Knex.Transaction, limit: number): Promise<PendingRedelivery[]> {
  const { rows } = await trx.raw<{
    rows: { id: number; brand_id: string; message_id: string; kind: MessageKind; not_before: Date }[];
  }>(
    `select r.id, m.brand_id, r.message_id, m.kind, r.not_before from redeliveries r join messages m on m.id = r.message_id
      where r.started_at is null order by r.id limit ? for update of r skip locked`,
    [limit],
  );
  return rows.map((row) => ({
    id: row.id,
    brand: row.brand_id,
    message: row.message_id,
    kind: row.kind,
    at: row.not_before.getTime(),
  }));
}
