/** Erasures as the API and the metrics show them. */
import type { ErasureSource, ErasureStep, StepDetail } from '../../domain/privacy/erasure.ts';
import { ERASURE_STEPS } from '../../domain/privacy/erasure.ts';
import type { Db } from '../../db/connection/connect.ts';
import type { ShopErasureRow, ShopErasureState } from '../../db/privacy/shop-requests.ts';
import { stateOf } from '../../db/privacy/shop-requests.ts';

/** As the API shows it. Moments are ISO 8601 in UTC. */
export interface ErasureView {
  readonly id: string;
  readonly contact: string;
  readonly source: ErasureSource;
  readonly requestedAt: string;
  readonly requestedBy: string;
  readonly state: 'requested' | 'running' | 'done';
  readonly doneAt?: string;
  readonly steps: readonly {
    readonly step: ErasureStep;
    readonly result: 'done' | 'partly';
    readonly detail: StepDetail;
    readonly at: string;
  }[];
}

interface ErasureRow {
  id: string;
  brand_id: string;
  contact_id: string;
  source: ErasureSource;
  requested_at: Date;
  requested_by: string;
  started_at: Date | null;
  done_at: Date | null;
}

/** Undefined: no such erasure of this brand. */
export async function erasureView(db: Db, brand: string, id: string): Promise<ErasureView | undefined> {
  const row: ErasureRow | undefined = await db('erasures').where({ brand_id: brand, id }).first();
  if (!row) return undefined;
  const steps: { step: ErasureStep; result: 'done' | 'partly'; detail: StepDetail; at: Date }[] = await db(
    'erasure_steps',
  )
    .where({ erasure_id: id })
    .select('step', 'result', 'detail', 'at');
  return {
    id,
    contact: row.contact_id,
    source: row.source,
    requestedAt: row.requested_at.toISOString(),
    requestedBy: row.requested_by,
    state: row.done_at ? 'done' : row.started_at ? 'running' : 'requested',
    ...(row.done_at && { doneAt: row.done_at.toISOString() }),
    steps: steps
      .toSorted((a, b) => ERASURE_STEPS.indexOf(a.step) - ERASURE_STEPS.indexOf(b.step))
      .map(({ at, ...step }) => ({ ...step, at: at.toISOString() })),
  };
}

/** Requested and not finished. */
export async function countOpenErasures(db: Db): Promise<number> {
  const [row] = await db('erasures').whereNull('done_at').count<{ count: number }[]>('* as count');
  return row?.count ?? 0;
}

/** Counts held erasures that are due and have failed to begin. */
export async function countFailingErasures(db: Db): Promise<number> {
  const { rows } = await db.raw<{ rows: { count: number }[] }>(
    `select (select count(*) from planned_erasures where cancelled_at is null and begun_at is null and tries > 0)
          + (select count(*) from shop_erasures where cancelled_at is null and begun_at is null and tries > 0) as count`,
  );
  return rows[0]?.count ?? 0;
}

/** Counts erasures of brands that wait for their time. */
export async function countHeldShopErasures(db: Db): Promise<number> {
  const [row] = await db('shop_erasures')
    .whereNull('cancelled_at')
    .whereNull('begun_at')
    .count<{ count: number }[]>('* as count');
  return row?.count ?? 0;
}

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
