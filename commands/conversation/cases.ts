import type { AnyCaseKind } from '../../domain/conversation/case-kinds.ts';
import type { InboundCase, PageCase } from '../../domain/conversation/inbound.ts';
import type { CaseKind } from '../../domain/journey/journey.ts';
import { recordAudit } from '../../db/access/audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { retryDeadlock } from '../../db/connection/deadlock.ts';
import { storeFact } from '../../db/orders/inbox.ts';

export interface NewCase {
  readonly brand: string;
  readonly contact: string;
  readonly order: string | null;
  readonly kind: CaseKind | InboundCase | PageCase;
  /** No promotion goes out to the contact while it is open. */
  readonly holdsPromotions?: boolean;
  /** The cause that opened it: a step's key or an inbound message. One case per cause. */
  readonly cause: string;
  /** Epoch ms. */
  readonly at: number;
  /** The order's workflow opened it and knows; otherwise it is told. */
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

/** Closes a case; its order is told. Undefined: no such case of this brand. Closing it twice changes nothing. */
export async function closeCase(
  db: Db,
  { brand, id, actor, reason }: { brand: string; id: number; actor: string; reason: string },
  now: number,
): Promise<'closed' | 'already_closed' | undefined> {
  return retryDeadlock(() =>
    db.transaction(async (trx) => {
      const row: { order_id: string | null; closed_at: Date | null } | undefined = await trx('cases')
        .where({ brand_id: brand, id })
        .forUpdate()
        .first('order_id', 'closed_at');
      if (!row) return undefined;
      if (row.closed_at) return 'already_closed';
      const subject = { kind: 'case', id: String(id) } as const;
      await recordAudit(trx, { brand, actor, action: 'close_case', subject, reason }, now);
      await trx('cases')
        .where({ id })
        .update({ closed_at: new Date(now) });
      if (row.order_id !== null)
        await storeCaseFact(trx, { brand, order: row.order_id }, id, 'case_closed', now, false);
      return 'closed';
    }),
  );
}

/** Moments are ISO 8601. */
export interface CaseView {
  readonly id: string;
  readonly kind: AnyCaseKind;
  readonly contact: string;
  /** Null: it is about no single order. */
  readonly order: string | null;
  readonly holdsPromotions: boolean;
  readonly openedAt: string;
  readonly closedAt: string | null;
}

export interface CasePage {
  readonly open: boolean;
  /** The last case of the page before. */
  readonly after?: string;
  readonly limit: number;
}

/** A page of a brand's cases, newest first. */
export async function listCases(
  db: Db,
  brand: string,
  { open, after, limit }: CasePage,
): Promise<{ cases: readonly CaseView[]; next?: string }> {
  const query = db('cases').where({ brand_id: brand });
  if (open) query.whereNull('closed_at');
  else query.whereNotNull('closed_at');
  if (after !== undefined) query.where('id', '<', after);
  const rows = await query
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .select<Row[]>('id', 'kind', 'contact_id', 'order_id', 'holds_promotions', 'opened_at', 'closed_at');
  const cases = rows.slice(0, limit).map((row) => ({
    id: String(row.id),
    kind: row.kind,
    contact: row.contact_id,
    order: row.order_id,
    holdsPromotions: row.holds_promotions,
    openedAt: row.opened_at.toISOString(),
    closedAt: row.closed_at?.toISOString() ?? null,
  }));
  const last = cases.at(-1);
  return { cases, ...(rows.length > limit && last && { next: last.id }) };
}

interface Row {
  id: number;
  kind: AnyCaseKind;
  contact_id: string;
  order_id: string | null;
  holds_promotions: boolean;
  opened_at: Date;
  closed_at: Date | null;
}

/** How many cases of each kind are open, over all brands. */
export async function countOpenCases(db: Db): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.raw<{ rows: { kind: string; count: number }[] }>(
    'select kind, cast(count(*) as int) as count from cases where closed_at is null group by kind',
  );
  return new Map(rows.map(({ kind, count }) => [kind, count]));
}

async function storeCaseFact(
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
