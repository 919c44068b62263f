import { randomBytes } from 'node:crypto';
import { SET_UP } from '../../domain/access/audit.ts';
import type { Scope } from '../../domain/access/scope.ts';
import { hashKey } from '../../db/access/api-keys.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { timestamp } from '../../db/connection/timestamp.ts';

export interface NewKey {
  readonly brand: string;
  /** Names the key in the audit log. No other open key of the brand has it. */
  readonly label: string;
  readonly scopes: readonly Scope[];
  /** Epoch ms; absent: it does not expire. */
  readonly expiresAt?: number;
  readonly actor?: string;
}

/**
 * Makes a key for a brand and returns it. It can be shown only this once, because only its hash is kept. Throws when an open key of the
 * brand has the label. `now`: epoch ms.
 */
export async function createApiKey(db: Db, made: NewKey, now: number): Promise<string> {
  const { brand, label, scopes, expiresAt, actor = SET_UP } = made;
  const key = `dopo_${randomBytes(32).toString('base64url')}`;
  await db.transaction(async (trx) => {
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
    if (!row) throw new Error(`${brand} has an open key called ${label}: revoke it, or take another label`);
    const subject = { kind: 'api_key', id: String(row.id) } as const;
    const after = { label, scopes, ...(expiresAt !== undefined && { expiresAt: timestamp(expiresAt) }) };
    await recordAudit(trx, { brand, actor, action: 'create_key', subject, after }, now);
  });
  return key;
}

/** Revokes the brand's open key with this label at once. Returns false if there is none. */
export async function revokeApiKey(db: Db, brand: string, label: string, now: number, actor: string): Promise<boolean> {
  return db.transaction(async (trx) => {
    const [revoked] = await trx('api_keys')
      .where({ brand_id: brand, label })
      .whereNull('revoked_at')
      .update({ revoked_at: new Date(now) })
      .returning<{ id: number }[]>('id');
    if (!revoked) return false;
    const subject = { kind: 'api_key', id: String(revoked.id) } as const;
    await recordAudit(trx, { brand, actor, action: 'revoke_key', subject, before: { label } }, now);
    return true;
  });
}
