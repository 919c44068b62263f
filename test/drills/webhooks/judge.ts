/**
 * The judge of the webhook drill: every webhook that was answered 2xx has to be in the database, even if the API was
 * killed.
 */
import type { Db } from '../../../db/connection/connect.ts';

/** The provider's id of a message and the status it was told of. */
export type StatusKey = `${string} ${string}`;

/** The outcome of one post. `status` 0: no answer. */
export interface Posted {
  readonly key: StatusKey;
  readonly status: number;
  /** Until the answer, ms; at a given rate counted from when it was to be posted. */
  readonly ms: number;
}

/** The statuses that were answered as received and are not in the database. */
export function lostOf(posted: readonly Posted[], stored: ReadonlySet<StatusKey>): StatusKey[] {
  const received = new Set(posted.filter(isReceived).map(({ key }) => key));
  return [...received].filter((key) => !stored.has(key));
}

export function isReceived({ status }: Posted): boolean {
  return status >= 200 && status < 300;
}

/** Every status that is stored with the attempt it belongs to. */
export async function storedStatuses(db: Db): Promise<Set<StatusKey>> {
  const rows: { provider_id: string; status: string }[] = await db('statuses')
    .whereNotNull('attempt_id')
    .select('provider_id', 'status');
  return new Set(rows.map((row): StatusKey => `${row.provider_id} ${row.status}`));
}

/** The number of messages that are not in the state to which their received statuses have to bring them. */
export async function countUndelivered(db: Db): Promise<number> {
  const row: { count: number } | undefined = await db('messages')
    .whereNot('state', 'delivered')
    .count<{ count: number }[]>('* as count')
    .first();
  return row?.count ?? 0;
}
