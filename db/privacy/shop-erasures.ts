/** Rows of erasures of whole brands, which are held for a time before they begin. */
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
