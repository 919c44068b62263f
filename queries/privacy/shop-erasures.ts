import type { Db } from '../../db/connection/connect.ts';
import type { ShopErasureRow, ShopErasureState } from '../../db/privacy/shop-erasures.ts';
import { stateOf } from '../../db/privacy/shop-erasures.ts';

/** A held erasure as the API shows it. Moments are ISO 8601 in UTC. */
export interface ShopErasureView {
  readonly id: string;
  readonly brand: string;
  readonly state: ShopErasureState;
  readonly requestedAt: string;
  /** When it begins, has begun, or would have begun. */
  readonly dueAt: string;
}

const MOST_SHOWN = 100;

/** The newest first. `brand` undefined: of all brands. */
export async function listShopErasures(db: Db, brand?: string): Promise<readonly ShopErasureView[]> {
  const query = db<ShopErasureRow>('shop_erasures').orderBy('requested_at', 'desc').limit(MOST_SHOWN);
  if (brand !== undefined) void query.where('brand_id', brand);
  const rows: ShopErasureRow[] = await query;
  return rows.map((row) => ({
    id: row.id,
    brand: row.brand_id,
    state: stateOf(row),
    requestedAt: row.requested_at.toISOString(),
    dueAt: row.due_at.toISOString(),
  }));
}
