/** Requests of shops about privacy: erasures of whole brands, and the webhooks that have taken effect. */
import { createHash } from 'node:crypto';
import { DAY } from '../../domain/time/duration.ts';
import type { Db } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';

/** An erasure of a whole brand is held for a time before it begins. */
export type ShopErasureState = 'held' | 'cancelled' | 'begun';

export interface ShopErasureRow {
  id: string;
  brand_id: string;
  requested_at: Date;
  due_at: Date;
  cancelled_at: Date | null;
  begun_at: Date | null;
  tries: number;
}

export function stateOf({ cancelled_at, begun_at }: ShopErasureRow): ShopErasureState {
  if (cancelled_at) return 'cancelled';
  return begun_at ? 'begun' : 'held';
}

/** The signature of a webhook covers only its body, so webhooks are told apart by their body. How long one is remembered, ms. Shopify repeats a webhook for four hours. */
const REMEMBERED = 30 * DAY;

/**
 * True the first time these bytes come to a brand. Call in the transaction that has the effect: if it fails the bytes count as new again,
 * and of two at once the second waits for the first. Old rows are deleted, so that the table does not grow.
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

export async function lockShopErasure(trx: Db, brand: string, id: string): Promise<ShopErasureRow | undefined> {
  return trx('shop_erasures').where({ brand_id: brand, id }).forUpdate().first();
}
