/**
 * A shop that has left requests the erasure of all persons of the brand. Because an erasure cannot be undone, it is
 * held for a time first.
 */
import { HOUR } from '../../domain/time/duration.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { timestamp } from '../../db/connection/timestamp.ts';
import { requestErasureOfAll } from './request-erasure.ts';
import type { ShopErasureRow } from '../../db/privacy/shop-requests.ts';
import { lockShopErasure, stateOf } from '../../db/privacy/shop-requests.ts';
import { holdErasure, takeBack } from '../../db/privacy/held-erasures.ts';
import { beginHeldErasures } from './begin-held-erasures.ts';

/** Time between the request and the erasure, ms. Shopify allows 30 days. */
export const HELD_FOR = 48 * HOUR;

/** The actor and source on record. */
const SHOP = { actor: 'shopify', source: 'shop' } as const;

/** Call in a transaction. Returns false if one is held already; its time does not start again. */
export async function holdShopErasure(trx: Db, brand: string, now: number): Promise<boolean> {
  const dueAt = now + HELD_FOR;
  const erasure = await holdErasure(trx, 'shop_erasures', { brand_id: brand }, { now, dueAt });
  if (erasure === undefined) return false;
  const subject = { kind: 'brand', id: brand } as const;
  const after = { erasure, dueAt: timestamp(dueAt) };
  await recordAudit(trx, { brand, actor: SHOP.actor, action: 'hold_erasure', subject, after }, now);
  return true;
}

export interface ShopErasureCancel {
  readonly brand: string;
  readonly id: string;
  readonly actor: string;
  readonly reason: string;
}

/** Undefined: the brand has no such erasure. `begun`: it is too late. */
export async function cancelShopErasure(
  db: Db,
  { brand, id, actor, reason }: ShopErasureCancel,
  now: number,
): Promise<'cancelled' | 'begun' | undefined> {
  return db.transaction(async (trx) => {
    const row = await lockShopErasure(trx, brand, id);
    if (!row) return undefined;
    const state = stateOf(row);
    if (state !== 'held') return state;
    await takeBack(trx, 'shop_erasures', { id }, now);
    const subject = { kind: 'brand', id: brand } as const;
    const change = { before: { erasure: id, state }, after: { state: 'cancelled' } };
    await recordAudit(trx, { brand, actor, action: 'cancel_erasure', subject, reason, ...change }, now);
    return 'cancelled';
  });
}

/**
 * Begins the held erasures that are due and returns how many. Several processes may run it at once. Each contact gets an erasure with a
 * workflow of its own, like all others. `onFailure` is called once for one that fails; it is tried again later.
 */
export async function carryOutShopErasures(
  db: Db,
  now: number,
  onFailure: (brand: string, error: unknown) => void,
): Promise<number> {
  return beginHeldErasures<ShopErasureRow>(
    db,
    {
      table: 'shop_erasures',
      dueBy: now,
      begin: (trx, { brand_id: brand }) => requestErasureOfAll(trx, { brand, ...SHOP }, now),
      onFailure: ({ brand_id }, error) => onFailure(brand_id, error),
    },
    now,
  );
}
