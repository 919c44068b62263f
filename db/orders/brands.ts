import { changedFields } from '../../domain/access/audit.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import { sendersOf } from '../../domain/orders/brand.ts';
import { recordAudit } from '../access/audit.ts';
import type { Db } from '../connection/connect.ts';
import { saveBrandLanes } from '../sending/lanes/lanes.ts';

/** The actor on record when a program acts, not a person: an installation that sets itself up. */
const SET_UP = 'set-up';

/**
 * Stores a brand's file; the next order and the next message use it. Its numbers and its agent stay the brand's for ever. Throws
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
    if (brand.rcsAgent !== undefined) await claimSender(trx, brand.id, brand.rcsAgent);
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

export async function findBrand(db: Db, id: string): Promise<Brand | undefined> {
  const row: { settings: Brand } | undefined = await db('brands').where({ id }).first('settings');
  return row?.settings;
}

/** Throws for a brand that there is not: a report about it would say that all is well. Undefined: all brands are meant. */
export async function requireBrand(db: Db, id: string | undefined): Promise<void> {
  if (id !== undefined && !(await findBrand(db, id))) throw new Error(`there is no brand ${id}`);
}

/**
 * The brand whose customers see this number or agent as sender, or once saw it: where an inbound message belongs. Old texts
 * stay on phones, so a STOP to a number that the brand has changed since is for it too.
 */
export async function findBrandBySender(db: Db, sender: string): Promise<Brand | undefined> {
  const row: { settings: Brand } | undefined = await db('senders')
    .join('brands', 'brands.id', 'senders.brand_id')
    .where('senders.sender', sender)
    .first('settings');
  return row?.settings;
}
