import type { Db } from '../connection/connect.ts';

export type KeyClaim =
  | { readonly kind: 'claimed' }
  | { readonly kind: 'answered'; readonly status: number; readonly body: unknown }
  /** The same key came with another request. */
  | { readonly kind: 'mismatch' }
  /** The first request with this key has not been answered yet. */
  | { readonly kind: 'in_progress' };

/**
 * Ms. A request waits up to 10 s for a connection and 5 s for Temporal. A process that holds a key for longer has
 * died.
 */
const CLAIM_LASTS = 20_000;

/** Takes an idempotency key for a request, or returns the state of the request that has it. `now`: epoch ms. */
export async function claimKey(
  db: Db,
  brand: string,
  key: string,
  requestHash: Buffer,
  now: number,
): Promise<KeyClaim> {
  const { rows } = await db.raw<{ rows: unknown[] }>(
    `insert into idempotency_keys as known (brand_id, key, request_hash, created_at) values (:brand, :key, :requestHash, :now)
     on conflict (brand_id, key) do update set created_at = excluded.created_at
       where known.status is null and known.request_hash = excluded.request_hash and known.created_at < :abandoned
     returning 1`,
    { brand, key, requestHash, now: new Date(now).toISOString(), abandoned: new Date(now - CLAIM_LASTS).toISOString() },
  );
  if (rows.length > 0) return { kind: 'claimed' };
  const row: { request_hash: Buffer; status: number | null; body: unknown } | undefined = await db('idempotency_keys')
    .where({ brand_id: brand, key })
    .first('request_hash', 'status', 'body');
  // The key was freed between the two statements, because its request failed. A repetition can claim it.
  if (!row) return { kind: 'in_progress' };
  if (!row.request_hash.equals(requestHash)) return { kind: 'mismatch' };
  return row.status === null ? { kind: 'in_progress' } : { kind: 'answered', status: row.status, body: row.body };
}

export async function keepAnswer(db: Db, brand: string, key: string, status: number, body: unknown): Promise<void> {
  await db('idempotency_keys')
    .where({ brand_id: brand, key })
    .update({ status, body: JSON.stringify(body ?? null) });
}

/** Frees a key whose request failed on our side, so that it can be tried again. */
export async function releaseKey(db: Db, brand: string, key: string): Promise<void> {
  await db('idempotency_keys').where({ brand_id: brand, key }).whereNull('status').delete();
}
