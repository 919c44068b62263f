/** Erasures that were asked for, and their progress. */
import type { ErasureSource, ErasureStep, StepDetail } from '../../domain/privacy/erasure.ts';
import type { Db } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';

export interface Erasure {
  readonly brand: string;
  readonly contact: string;
  /** The person or system that has asked for it. */
  readonly actor: string;
}

export interface NewErasure {
  readonly brand: string;
  readonly contact: string;
  /** The label of an API key, `customer`, or the shop's system. */
  readonly actor: string;
  readonly source: ErasureSource;
}

/** Returns its id. Undefined: the contact has one. A contact is erased once. */
export async function insertErasure(
  trx: Db,
  { brand, contact, actor, source }: NewErasure,
  now: number,
): Promise<string | undefined> {
  const [created] = await trx('erasures')
    .insert({ brand_id: brand, contact_id: contact, requested_at: new Date(now), requested_by: actor, source })
    .onConflict('contact_id')
    .ignore()
    .returning<{ id: string }[]>('id');
  return created?.id;
}

/** Of all contacts of a brand that have none. Returns how many. */
export async function insertErasures(
  trx: Db,
  { brand, actor, source }: Omit<NewErasure, 'contact'>,
  now: number,
): Promise<number> {
  const { rows } = await trx.raw<{ rows: object[] }>(
    `insert into erasures (brand_id, contact_id, requested_at, requested_by, source)
       select brand_id, id, :now, :actor, :source from contacts where brand_id = :brand and erased_at is null
     on conflict (contact_id) do nothing returning id`,
    { brand, actor, source, now: timestamp(now) },
  );
  return rows.length;
}

export async function erasureOf(db: Db, contact: string): Promise<string | undefined> {
  const row: { id: string } | undefined = await db('erasures').where({ contact_id: contact }).first('id');
  return row?.id;
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
