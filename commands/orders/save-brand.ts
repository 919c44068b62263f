import { SET_UP, changedFields } from '../../domain/access/audit.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import { sendersOf } from '../../channels/all.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { claimSender, lockBrand, storeBrand } from '../../db/orders/brands.ts';
import { saveBrandLanes } from '../../db/sending/lanes/lanes.ts';

/**
 * Stores a brand's file; the next order and the next message use it. Its senders on every channel stay the brand's for ever. Throws
 * when one of them is another brand's, and stores nothing then.
 */
export async function saveBrand(db: Db, brand: Brand, now: number, actor: string = SET_UP): Promise<void> {
  await db.transaction(async (trx) => {
    const known = await lockBrand(trx, brand.id);
    await storeBrand(trx, brand, now);
    for (const { name, kind } of sendersOf(brand)) {
      // A name as sender of an SMS cannot be written to.
      if (kind !== 'alphanumeric') await claimSender(trx, brand.id, name);
    }
    await saveBrandLanes(trx, brand);
    const changes = changedFields(known ?? {}, brand);
    const subject = { kind: 'brand', id: brand.id } as const;
    if (changes) await recordAudit(trx, { brand: brand.id, actor, action: 'apply_brand', subject, ...changes }, now);
  });
}
