/**
 * A refund or a return that a shop reports under two ids: by a webhook, and by a program that compares orders later. Counted twice it could
 * end the conversation of an order of which one piece came back, and the customer would read of two refunds.
 */
import type { Knex } from 'knex';
import { MINUTE } from '../../domain/time/duration.ts';
import { rowOf } from '../../domain/orders/events.ts';
import type { NamedItem } from '../../domain/orders/order-part.ts';
import { partOf } from '../../domain/orders/order-part.ts';
import { namedBefore, readLines } from './early-facts.ts';
import type { NewFact } from './inbox.ts';

/** Two reports that agree in everything and lie no further apart are about the same refund or return. */
const SAME_WITHIN = 10 * MINUTE;

interface Reported {
  readonly amountMinor?: number;
  /** Of a refund that came before its order. */
  readonly currency?: string;
  readonly items?: readonly NamedItem[];
}

interface Earlier {
  readonly event_id: string;
  readonly occurred_at: Date;
  readonly payload: Reported;
}

/**
 * The event as it is to be stored: as it is, or as the repetition of an earlier one of its order. Two that agree are one if they happened
 * within ten minutes, or if the order cannot have had both. Call with the order's row locked, so that two reports at once see each other.
 */
export async function orRepetitionOf<E extends NewFact>(
  trx: Knex.Transaction,
  event: E,
  totalMinor: number | null,
): Promise<E | undefined> {
  const type = rowOf(event.type)?.repeatedAs;
  if (type === undefined) return undefined;
  const earlier = await trx('inbox')
    .where({ brand_id: event.brand, order_id: event.order, type: event.type })
    .orderBy('id')
    .select<Earlier[]>('event_id', 'occurred_at', 'payload');
  const said: Reported = event.payload;
  const alike = earlier.filter(({ event_id: id, payload }) => id !== event.id && isSame(payload, said));
  if (alike.length === 0) return undefined;
  const same =
    alike.find(({ occurred_at: at }) => Math.abs(at.getTime() - event.at) <= SAME_WITHIN) ??
    ((await hasRoom(trx, event, said, { earlier, totalMinor })) ? undefined : alike[0]);
  return same && { ...event, type, applied: true, payload: { ...event.payload, repeats: same.event_id } };
}

/** The later report may say less, but not more: a piece that only it names has to be counted. */
function isSame(first: Reported, later: Reported): boolean {
  if (first.amountMinor !== later.amountMinor || first.currency !== later.currency) return false;
  if (later.items === undefined && later.amountMinor !== undefined) return true;
  return JSON.stringify(sorted(first.items)) === JSON.stringify(sorted(later.items));
}

function sorted(items: readonly NamedItem[] = []): readonly (readonly [string, string, number])[] {
  return items
    .map(({ sku = '', productId = '', quantity }) => [sku, productId, quantity] as const)
    .toSorted((a, b) => (a.join('\n') < b.join('\n') ? -1 : 1));
}

/** True if the order has room for this besides everything reported before: in its total and in its lines. */
async function hasRoom(
  trx: Knex.Transaction,
  event: NewFact,
  { amountMinor, items }: Reported,
  { earlier, totalMinor }: { readonly earlier: readonly Earlier[]; readonly totalMinor: number | null },
): Promise<boolean> {
  // Both would be about the whole order.
  if (amountMinor === undefined && items === undefined) return false;
  if (amountMinor !== undefined && totalMinor !== null) {
    const paidBack = earlier.reduce((sum, { payload }) => sum + (payload.amountMinor ?? 0), 0);
    if (paidBack + amountMinor > totalMinor) return false;
  }
  if (items === undefined) return true;
  const lines = await readLines(trx, event);
  const before = await namedBefore(trx, event, event.type);
  return partOf(lines, items, before).part.pieces === partOf(lines, items).part.pieces;
}
