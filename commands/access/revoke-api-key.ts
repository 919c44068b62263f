import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';

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
