import { randomBytes } from 'node:crypto';
import { SET_UP } from '../../domain/access/audit.ts';
import type { Scope } from '../../domain/access/scope.ts';
import type { NewKeyRow } from '../../db/access/api-keys.ts';
import { endKey, insertKey } from '../../db/access/api-keys.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { timestamp } from '../../db/connection/timestamp.ts';

export interface NewKey extends NewKeyRow {
  readonly scopes: readonly Scope[];
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
    const id = await insertKey(trx, key, made, now);
    if (id === undefined) throw new Error(`${brand} has an open key called ${label}: revoke it, or take another label`);
    const subject = { kind: 'api_key', id: String(id) } as const;
    const after = { label, scopes, ...(expiresAt !== undefined && { expiresAt: timestamp(expiresAt) }) };
    await recordAudit(trx, { brand, actor, action: 'create_key', subject, after }, now);
  });
  return key;
}

/** Revokes the brand's open key with this label at once. Returns false if there is none. */
export async function revokeApiKey(db: Db, brand: string, label: string, now: number, actor: string): Promise<boolean> {
  return db.transaction(async (trx) => {
    const id = await endKey(trx, brand, label, now);
    if (id === undefined) return false;
    const subject = { kind: 'api_key', id: String(id) } as const;
    await recordAudit(trx, { brand, actor, action: 'revoke_key', subject, before: { label } }, now);
    return true;
  });
}
