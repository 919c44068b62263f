/** API keys of a brand: scopes, expiry and last use. The database has a key's hash, never the key. */
import { createHash } from 'node:crypto';
import type { Brand } from '../../domain/orders/brand.ts';
import { MINUTE } from '../../domain/time/duration.ts';
import type { Db } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';

/** `last_used_at` is exact to this many ms: a key costs one statement a minute, however many requests it makes. */
const USE_NOTED_EVERY = MINUTE;

export interface KeyOwner {
  readonly brand: Brand;
  /** Id of the key's row. */
  readonly key: number;
  /** The key's label. */
  readonly actor: string;
  readonly scopes: readonly string[];
}

/**
 * The owner of a key; undefined for a key that is unknown, revoked or expired. The look-up is by hash, so the response time tells nothing
 * about the key. `now`: epoch ms.
 */
export async function ownerOfKey(db: Db, key: string, now: number): Promise<KeyOwner | undefined> {
  // A constant text, because every request asks it: building it took longer than the driver needs to run it.
  const { rows } = await db.raw<{ rows: OwnerRow[] }>(
    `select k.id, b.settings, k.label, k.scopes, k.last_used_at from api_keys k join brands b on b.id = k.brand_id
      where k.hash = :hash and k.revoked_at is null and (k.expires_at is null or k.expires_at > :now)`,
    { hash: hashKey(key), now: timestamp(now) },
  );
  const [row] = rows;
  if (!row) return undefined;
  if (row.last_used_at === null || row.last_used_at.getTime() <= now - USE_NOTED_EVERY) await noteUse(db, row.id, now);
  return { brand: row.settings, key: row.id, actor: row.label, scopes: row.scopes };
}

interface OwnerRow {
  readonly id: number;
  readonly settings: Brand;
  readonly label: string;
  readonly scopes: readonly string[];
  readonly last_used_at: Date | null;
}

/**
 * If several requests see the same old `last_used_at`, one writes the new one and the others do not wait for its
 * lock.
 */
async function noteUse(db: Db, id: number, now: number): Promise<void> {
  await db.raw(
    `update api_keys set last_used_at = :now where id in (select id from api_keys
       where id = :id and (last_used_at is null or last_used_at <= :stale) for update skip locked)`,
    { id, now: timestamp(now), stale: timestamp(now - USE_NOTED_EVERY) },
  );
}

/** A key as it is listed. Moments are ISO 8601. */
export interface KeyView {
  readonly label: string;
  readonly scopes: readonly string[];
  readonly created: string;
  readonly expires?: string;
  readonly lastUsed?: string;
  readonly state: 'open' | 'expired' | 'revoked';
}

interface Row {
  label: string;
  scopes: string[];
  created_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

/** Every key a brand has had, the newest first. */
export async function listApiKeys(db: Db, brand: string, now: number): Promise<readonly KeyView[]> {
  const rows: Row[] = await db<Row>('api_keys').where('brand_id', brand).orderBy('id', 'desc');
  return rows.map(({ label, scopes, created_at, expires_at, last_used_at, revoked_at }) => ({
    label,
    scopes,
    created: created_at.toISOString(),
    ...(expires_at && { expires: expires_at.toISOString() }),
    ...(last_used_at && { lastUsed: last_used_at.toISOString() }),
    state: revoked_at ? 'revoked' : expires_at && expires_at.getTime() <= now ? 'expired' : 'open',
  }));
}

/** The form in which a key is kept. */
function hashKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

export interface NewKeyRow {
  readonly brand: string;
  /** Names the key in the audit log. No other open key of the brand has it. */
  readonly label: string;
  readonly scopes: readonly string[];
  /** Epoch ms; absent: it does not expire. */
  readonly expiresAt?: number;
}

/** Stores the hash of a new key and returns its id. Undefined: an open key of the brand has the label. */
export async function insertKey(
  trx: Db,
  key: string,
  { brand, label, scopes, expiresAt }: NewKeyRow,
  now: number,
): Promise<number | undefined> {
  const [row] = await trx('api_keys')
    .insert({
      brand_id: brand,
      hash: hashKey(key),
      label,
      scopes: [...scopes],
      expires_at: expiresAt === undefined ? null : new Date(expiresAt),
      created_at: new Date(now),
    })
    .onConflict(trx.raw('(brand_id, label) where revoked_at is null'))
    .ignore()
    .returning<{ id: number }[]>('id');
  return row?.id;
}

/** Ends the brand's open key with this label and returns its id. Undefined: there is none. */
export async function endKey(trx: Db, brand: string, label: string, now: number): Promise<number | undefined> {
  const [revoked] = await trx('api_keys')
    .where({ brand_id: brand, label })
    .whereNull('revoked_at')
    .update({ revoked_at: new Date(now) })
    .returning<{ id: number }[]>('id');
  return revoked?.id;
}
