/** Rows that a workflow is to be started for, each once. The drainer starts it; until the engine has taken it, the row's moment is null. */
import type { Knex } from 'knex';
import type { Db } from './connect.ts';

const OUTBOXES = {
  reply: { table: 'inbound_messages', startedAt: 'replied_at', isOwed: 'reply is not null' },
  redelivery: { table: 'redeliveries', startedAt: 'started_at', isOwed: 'true' },
  consents: { table: 'consent_checks', startedAt: 'started_at', isOwed: 'true' },
  erasure: { table: 'erasures', startedAt: 'started_at', isOwed: 'true' },
} as const;

export type Outbox = keyof typeof OUTBOXES;

/** Reads what has not been started, oldest first, locked until the transaction ends; what somebody else holds is passed over. */
export type ReadPending<T> = (trx: Knex.Transaction, limit: number) => Promise<readonly T[]>;

export async function markStarted(
  trx: Db,
  outbox: Outbox,
  ids: readonly (number | string)[],
  now: number,
): Promise<void> {
  const { table, startedAt } = OUTBOXES[outbox];
  if (ids.length > 0)
    await trx(table)
      .whereIn('id', [...ids])
      .update({ [startedAt]: new Date(now) });
}

/** How many rows of all outboxes wait for their workflow. */
export async function countUnstarted(db: Db): Promise<number> {
  const counts = Object.values(OUTBOXES).map(
    ({ table, startedAt, isOwed }) => `(select count(*) from ${table} where ${startedAt} is null and ${isOwed})`,
  );
  const { rows } = await db.raw<{ rows: { count: number }[] }>(`select ${counts.join(' + ')} as count`);
  return rows[0]?.count ?? 0;
}
