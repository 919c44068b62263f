import { SET_UP, changedFields } from '../../domain/access/audit.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import { sendersOf } from '../../channels/all.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { saveBrandLanes } from '../../db/sending/lanes/lanes.ts';

/**
 * Stores a brand's file; the next order and the next message use it. Its senders on every channel stay the brand's for ever. Throws
 * when one of them is another brand's, and stores nothing then.
 */
export async function saveBrand(db: Db, brand: Brand, now: number, actor: string = SET_UP): Promise<void> {
  await db.transaction(async (trx) => {
    const known: { settings: Brand } | undefined = await trx('brands')
      .where({ id: brand.id })
      .forUpdate()
      .first('settings');
    await trx('brands')
      .insert({ id: brand.id, settings: JSON.stringify(brand), updated_at: new Date(now) })
      .onConflict('id')
      .merge();
    for (const { name, kind } of sendersOf(brand)) {
      // A name as sender of an SMS cannot be written to.
      if (kind !== 'alphanumeric') await claimSender(trx, brand.id, name);
    }
    await saveBrandLanes(trx, brand);
    const changes = changedFields(known?.settings ?? {}, brand);
    const subject = { kind: 'brand', id: brand.id } as const;
    if (changes) await recordAudit(trx, { brand: brand.id, actor, action: 'apply_brand', subject, ...changes }, now);
  });
}

async function claimSender(trx: Db, brand: string, sender: string): Promise<void> {
  await trx('senders').insert({ sender, brand_id: brand }).onConflict('sender').ignore();
  const owner: { brand_id: string } | undefined = await trx('senders').where({ sender }).first('brand_id');
  if (owner?.brand_id !== brand) throw new Error(`sender ${sender} belongs to another brand`);
}
