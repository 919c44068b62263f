import { createHash, randomBytes } from 'node:crypto';
import type { Brand } from '../domain/brand.ts';
import type { Db } from './connect.ts';

/** Stores a brand's file; the next order and the next message use it. */
export async function saveBrand(db: Db, brand: Brand, now: number): Promise<void> {
  await db('brands')
    .insert({ id: brand.id, settings: JSON.stringify(brand), updated_at: new Date(now) })
    .onConflict('id')
    .merge();
}

export async function findBrand(db: Db, id: string): Promise<Brand | undefined> {
  const row: { settings: Brand } | undefined = await db('brands').where({ id }).first('settings');
  return row?.settings;
}

/** The brand whose customers see this number as sender: where an inbound message belongs. */
export async function findBrandBySender(db: Db, sender: string): Promise<Brand | undefined> {
  const row: { settings: Brand } | undefined = await db('brands')
    .whereRaw("settings->>'sender' = ?", sender)
    .first('settings');
  return row?.settings;
}

/** A new key for a brand, shown once: only its hash is kept. */
export async function createApiKey(db: Db, brand: string, label: string, now: number): Promise<string> {
  const key = `dopo_${randomBytes(32).toString('base64url')}`;
  await db('api_keys').insert({ brand_id: brand, hash: hashKey(key), label, created_at: new Date(now) });
  return key;
}

/** The brand a key belongs to. The look-up is by hash, so nothing about a key leaks through the time it takes. */
export async function brandOfKey(db: Db, key: string): Promise<Brand | undefined> {
  const row: { settings: Brand } | undefined = await db('api_keys')
    .join('brands', 'brands.id', 'api_keys.brand_id')
    .where({ hash: hashKey(key) })
    .whereNull('revoked_at')
    .first('settings');
  return row?.settings;
}

function hashKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
