/** Rows of cases. */
import type { InboundCase, PageCase } from '../../domain/conversation/inbound.ts';
import type { CaseKind } from '../../domain/journey/journey.ts';
import type { Db } from '../connection/connect.ts';

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

/** Locks the contact of the case, moves its gate version, and returns it: the run of an order may not know yet that the order's number was corrected. */
export async function lockForCase(trx: Db, { brand, order, contact, byWorkflow }: NewCase): Promise<string> {
  const { rows } = await trx.raw<{ rows: { id: string }[] }>(
    `update contacts set gate_version = gate_version + 1
      where id = coalesce((select contact_id from orders where :byWorkflow and brand_id = :brand and id = :order), cast(:contact as uuid))
      returning id`,
    { brand, order, contact, byWorkflow },
  );
  return rows[0]?.id ?? contact;
}

export async function knownCase(db: Db, { brand, order, kind, cause }: NewCase): Promise<number> {
  const row: { id: number } | undefined = await db('cases')
    .where({ brand_id: brand, order_id: order, kind, cause })
    .first('id');
  if (!row) throw new Error('a case vanished');
  return row.id;
}

/** Returns the case's number. Undefined: there is one of this cause. */
export async function insertCase(trx: Db, opened: NewCase, contact: string): Promise<number | undefined> {
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
  return created?.id;
}

export async function lockCase(
  trx: Db,
  brand: string,
  id: number,
): Promise<{ readonly order_id: string | null; readonly closed_at: Date | null } | undefined> {
  return trx('cases').where({ brand_id: brand, id }).forUpdate().first('order_id', 'closed_at');
}

export async function markClosed(trx: Db, id: number, now: number): Promise<void> {
  await trx('cases')
    .where({ id })
    .update({ closed_at: new Date(now) });
}
