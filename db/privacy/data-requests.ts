/** Customers who have asked their shop for what is stored about them: the shop answers with the export. */
import type { Db } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';

export interface NewDataRequest {
  readonly brand: string;
  readonly contact: string;
  /** The shop's own id of the request. */
  readonly reference: string;
}

/** Takes a request in once, however often the shop reports it. */
export async function storeDataRequest(
  db: Db,
  { brand, contact, reference }: NewDataRequest,
  now: number,
): Promise<'stored' | 'duplicate'> {
  const rows = await db('data_requests')
    .insert({ brand_id: brand, contact_id: contact, reference, requested_at: new Date(now) })
    .onConflict(['brand_id', 'contact_id', 'reference'])
    .ignore()
    .returning<{ id: number }[]>('id');
  return rows.length > 0 ? 'stored' : 'duplicate';
}

/** Records that the contact's export was fetched. */
export async function answerDataRequests(trx: Db, contact: string, now: number): Promise<void> {
  await trx('data_requests')
    .where({ contact_id: contact })
    .whereNull('answered_at')
    .update({ answered_at: timestamp(now) });
}

export async function countOpenDataRequests(db: Db): Promise<number> {
  const [row] = await db('data_requests').whereNull('answered_at').count<{ count: number }[]>('* as count');
  return row?.count ?? 0;
}
