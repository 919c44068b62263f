/** Support cases of a brand, in pages, and how many are open. */
import type { AnyCaseKind } from '../../domain/conversation/inbound.ts';
import type { Db } from '../../db/connection/connect.ts';
import { refuseUnknownCursor } from '../../db/connection/pages.ts';

/** Moments are ISO 8601. */
export interface CaseView {
  readonly id: string;
  readonly kind: AnyCaseKind;
  readonly contact: string;
  /** Null: the case is about no single order. */
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
  await refuseUnknownCursor(rows, after, (id) => db('cases').where({ brand_id: brand, id }).first('id'));
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

/** The number of open cases of each kind, over all brands. */
export async function countOpenCases(db: Db): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.raw<{ rows: { kind: string; count: number }[] }>(
    'select kind, cast(count(*) as int) as count from cases where closed_at is null group by kind',
  );
  return new Map(rows.map(({ kind, count }) => [kind, count]));
}
