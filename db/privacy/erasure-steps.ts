/** Progress of an erasure. */
import type { ErasureStep, StepDetail } from '../../domain/privacy/erasure.ts';
import type { Db } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';

export interface Erasure {
  readonly brand: string;
  readonly contact: string;
  /** The person or system that has asked for it. */
  readonly actor: string;
}

/** Throws when there is none: its workflow has been started with an id of ours. */
export async function findErasure(db: Db, id: string): Promise<Erasure> {
  const row: { brand_id: string; contact_id: string; requested_by: string } | undefined = await db('erasures')
    .where({ id })
    .first('brand_id', 'contact_id', 'requested_by');
  if (!row) throw new Error('no such erasure');
  return { brand: row.brand_id, contact: row.contact_id, actor: row.requested_by };
}

/** Records the result of a step. A retry finds less to do, so for each count the larger number is kept. */
export async function recordStep(
  trx: Db,
  erasure: string,
  { step, result, detail }: { step: ErasureStep; result: 'done' | 'partly'; detail: StepDetail },
  now: number,
): Promise<void> {
  await trx.raw(
    `insert into erasure_steps (erasure_id, step, result, detail, at) values (:erasure, :step, :result, :detail, :now)
     on conflict (erasure_id, step) do update set result = excluded.result, at = excluded.at, detail = (
       select coalesce(jsonb_object_agg(k, greatest((erasure_steps.detail->>k)::int, (excluded.detail->>k)::int)), '{}')
         from jsonb_object_keys(erasure_steps.detail || excluded.detail) as keys (k))`,
    { erasure, step, result, detail: JSON.stringify(detail), now: timestamp(now) },
  );
}

export async function finishErasure(db: Db, id: string, now: number): Promise<void> {
  await db('erasures')
    .where({ id })
    .whereNull('done_at')
    .update({ done_at: new Date(now) });
}
