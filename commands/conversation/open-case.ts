import type { InboundCase, PageCase } from '../../domain/conversation/inbound.ts';
import type { CaseKind } from '../../domain/journey/journey.ts';
import type { Db } from '../../db/connection/connect.ts';
import { storeFact } from '../../db/orders/inbox.ts';

export interface NewCase {
  readonly brand: string;
  readonly contact: string;
  readonly order: string | null;
  readonly kind: CaseKind | InboundCase | PageCase;
  /** Promotions to the contact are held while the case is open. */
  readonly holdsPromotions?: boolean;
  /** The cause that opened it: a step's key or an inbound message. One case per cause. */
  readonly cause: string;
  /** Epoch ms. */
  readonly at: number;
  /** True: the order's workflow opened the case. Otherwise the workflow is told of it. */
  readonly byWorkflow: boolean;
}

/**
 * Opens a case once per cause and tells the order about it. Returns the case's number. The gate's version moves, because the case holds
 * messages about all orders of the contact. The contact is locked before the case, as by a correction.
 */
export async function openCase(db: Db, opened: NewCase): Promise<number> {
  return db.transaction(async (trx) => {
    const contact = await moveVersion(trx, opened);
    const [created] = await trx('cases')
      .insert({
        brand_id: opened.brand,
        contact_id: contact,
        order_id: opened.order,
        kind: opened.kind,
        cause: opened.cause,
        holds_promotions: opened.holdsPromotions ?? false,
        opened_at: new Date(opened.at),
      })
      .onConflict(['brand_id', 'order_id', 'kind', 'cause'])
      .ignore()
      .returning<{ id: number }[]>('id');
    if (!created) return existingCase(trx, opened);
    if (opened.order !== null)
      await storeCaseFact(
        trx,
        { ...opened, order: opened.order },
        created.id,
        'case_opened',
        opened.at,
        opened.byWorkflow,
      );
    return created.id;
  });
}

/** Returns the contact of the case: the run of an order may not know yet that the order's number was corrected. */
async function moveVersion(db: Db, { brand, order, contact, byWorkflow }: NewCase): Promise<string> {
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `update contacts set gate_version = gate_version + 1
      where id = coalesce((select contact_id from orders where :byWorkflow and brand_id = :brand and id = :order), cast(:contact as uuid))
      returning id`,
    { brand, order, contact, byWorkflow },
  );
  return rows[0]?.id ?? contact;
}

async function existingCase(db: Db, { brand, order, kind, cause }: NewCase): Promise<number> {
  const row: { id: number } | undefined = await db('cases')
    .where({ brand_id: brand, order_id: order, kind, cause })
    .first('id');
  if (!row) throw new Error('a case vanished');
  return row.id;
}

/** Tells an order that a case about it was opened or closed. */
export async function storeCaseFact(
  db: Db,
  { brand, order }: { brand: string; order: string },
  id: number,
  type: 'case_opened' | 'case_closed',
  at: number,
  applied: boolean,
): Promise<void> {
  await storeFact(db, {
    brand,
    order,
    source: 'dopo',
    id: `${type}.${id}`,
    type,
    at,
    payload: { case: String(id) },
    requestHash: Buffer.alloc(0),
    now: at,
    applied,
  });
}
