import type { Brand } from '../../domain/orders/brand.ts';
import type { Db } from '../connection/connect.ts';

export async function findBrand(db: Db, id: string): Promise<Brand | undefined> {
  const row: { settings: Brand } | undefined = await db('brands').where({ id }).first('settings');
  return row?.settings;
}

/** Throws for an unknown brand, because a report about it would say that all is well. Undefined: all brands. */
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

/** The stored brand, locked until the transaction ends. Undefined: it is new. */
export async function lockBrand(trx: Db, id: string): Promise<Brand | undefined> {
  const row: { settings: Brand } | undefined = await trx('brands').where({ id }).forUpdate().first('settings');
  return row?.settings;
}

export async function storeBrand(trx: Db, brand: Brand, now: number): Promise<void> {
  await trx('brands')
    .insert({ id: brand.id, settings: JSON.stringify(brand), updated_at: new Date(now) })
    .onConflict('id')
    .merge();
}

/** A sender stays a brand's for ever. Throws if it is another brand's. */
export async function claimSender(trx: Db, brand: string, sender: string): Promise<void> {
  await trx('senders').insert({ sender, brand_id: brand }).onConflict('sender').ignore();
  const owner: { brand_id: string } | undefined = await trx('senders').where({ sender }).first('brand_id');
  if (owner?.brand_id !== brand) throw new Error(`sender ${sender} belongs to another brand`);
}
