/** The order as the API shows it: state, plan and history with reasons, rebuilt from the database alone. */
import type { Fulfilment } from '../../domain/journey/journey.ts';
import type { Phase } from '../../domain/orders/phase.ts';
import { phaseOf } from '../../domain/orders/phase.ts';
import type { Plan, PlanLine } from '../../domain/journey/plan.ts';
import { isFinished, planLines } from '../../domain/journey/plan.ts';
import { planOf } from '../../domain/journey/run.ts';
import type { Db } from '../../db/connection/connect.ts';
import type { FoldedOrder } from '../../db/orders/folded-order.ts';
import { foldOrderIn, inSnapshot } from '../../db/orders/folded-order.ts';
import { MOST_ROWS } from '../../db/orders/order-history.ts';
import type { TimelineEntry } from './timeline-entries.ts';
import type { TimelinePage, TimelineQuery } from './timeline-page.ts';
import { readTimeline } from './timeline-page.ts';

export type { TimelineEntry } from './timeline-entries.ts';

/** All moments are ISO 8601 in UTC. */
export interface OrderView {
  readonly id: string;
  readonly name: string | null;
  /** Null for an order we have only heard events of. */
  readonly contact: string | null;
  readonly placedAt: string | null;
  readonly currency: string | null;
  readonly totalMinor: number | null;
  readonly fulfilment: Fulfilment | null;
  readonly journey: { readonly name: string; readonly version: number } | null;
  readonly phase: Phase;
  /** Set while the order is paused. `until` absent: until resumed. */
  readonly hold: { readonly until?: string } | null;
  /** The order has no step left, and late events are no longer expected. */
  readonly finished: boolean;
  /** Since when the timeline lacks the order's events, which are removed long after its end. */
  readonly eventsRemovedAt?: string;
  /** The customer's time zones as the last decision saw them. */
  readonly zones: readonly string[];
  /** The next planned messages, at most `MOST_PLANNED`. */
  readonly plan: readonly PlanLine[];
  /** The order has more facts than are read for an answer: phase and plan are computed from the newest of them. */
  readonly incomplete?: true;
  /** A page of it, oldest first. */
  readonly timeline: readonly TimelineEntry[];
  /** Pass as `after` for the next page of the timeline. Absent: this is the last one. */
  readonly next?: string;
}

/** An order at its limits has some hundred steps to come, and readers need only the first ones. */
const MOST_PLANNED = 200;

const NOTHING_PLANNED: Plan = { due: [], skips: [], later: [] };

/**
 * Reads an order in one snapshot and plans it with the workflow's own function, so that the plan shown is the workflow's.
 * `now`: epoch ms. Undefined: no such order of this brand.
 */
export async function orderView(
  db: Db,
  brand: string,
  order: string,
  now: number,
  page: TimelineQuery,
): Promise<OrderView | undefined> {
  return inSnapshot(db, async (trx) => {
    const folded = await foldOrderIn(trx, brand, order, now, MOST_ROWS);
    return folded && toView(folded, now, await readTimeline(trx, { brand, order }, page));
  });
}

function toView({ history, journey, run, incomplete }: FoldedOrder, now: number, page: TimelinePage): OrderView {
  const { order } = history;
  const { state } = run;
  const { facts_removed_at: removedAt } = order;
  const over = order.erased_at !== null || removedAt !== null;
  const current = journey && !over ? planOf(run, now) : NOTHING_PLANNED;
  return {
    id: order.id,
    name: order.name,
    contact: order.contact_id,
    placedAt: order.placed_at && order.placed_at.toISOString(),
    currency: order.currency,
    totalMinor: order.total_minor,
    fulfilment: order.fulfilment,
    journey: journey && { name: journey.name, version: journey.version },
    phase: removedAt ? 'ended' : phaseOf(state.facts, journey?.steps ?? [], now),
    hold: state.hold
      ? state.hold.until === undefined
        ? {}
        : { until: new Date(state.hold.until).toISOString() }
      : null,
    finished: over || isFinished(current, state, now),
    ...(removedAt && { eventsRemovedAt: removedAt.toISOString() }),
    zones: history.zones,
    plan: planLines(current).slice(0, MOST_PLANNED),
    ...(incomplete && { incomplete }),
    ...page,
  };
}
