/** Which webhooks of a shop have had their effect: the signature covers the body alone, so only the body tells one from another. */
import { createHash } from 'node:crypto';
import { DAY } from '../../domain/duration.ts';
import type { Db } from '../connect.ts';
import { timestamp } from '../timestamp.ts';

/** How long a body is known, ms. Shopify repeats for four hours. */
const REMEMBERED = 30 * DAY;

/**
 * True the first time these bytes come to a brand. Call in the transaction that has the effect: where that fails the bytes are new
 * again, and of two at once the second waits for the first. Forgets what is too old, so that the table does not grow.
 */
export async function isFirstTime(trx: Db, brand: string, rawBody: Buffer, now: number): Promise<boolean> {
  await trx('shop_webhooks')
    .where({ brand_id: brand })
    .where('received_at', '<', timestamp(now - REMEMBERED))
    .delete();
  const rows = await trx('shop_webhooks')
    .insert({
      brand_id: brand,
      body_hash: createHash('sha256').update(rawBody).digest(),
      received_at: new Date(now),
    })
    .onConflict(['brand_id', 'body_hash'])
    .ignore()
    .returning<{ brand_id: string }[]>('brand_id');
  return rows.length > 0;
}
