/** The order as the API shows it: state, plan and history with reasons, rebuilt from the database alone. */
import { expandJourney } from '../../domain/compiled-journey.ts';
import type { Facts } from '../../domain/facts.ts';
import { NO_FACTS, apply } from '../../domain/facts.ts';
import type { Journey } from '../../domain/journey.ts';
import type { Phase } from '../../domain/phase.ts';
import { phaseOf } from '../../domain/phase.ts';
import type { OrderState, Plan, PlanLine } from '../../domain/plan.ts';
import { isFinished, plan, planLines } from '../../domain/plan.ts';
import type { Db } from '../connect.ts';
import { factsOf } from './inbox.ts';
import type { InboxRow, OrderHistory } from './order-history.ts';
import { readOrderHistory } from './order-history.ts';
import { findOrder } from './orders.ts';
import { standingOf } from './step-standing.ts';
import type { TimelineEntry } from './timeline-entries.ts';
import { timelineOf } from './timeline-entries.ts';

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
  readonly fulfilment: string | null;
  readonly journey: { readonly name: string; readonly version: number } | null;
  readonly phase: Phase;
  /** Set while the order is paused. `until` absent: until resumed. */
  readonly hold: { readonly until?: string } | null;
  /** Nothing is left to do and no late event is to be expected. */
  readonly finished: boolean;
  /** The customer's time zones as the last decision saw them. */
  readonly zones: readonly string[];
  readonly plan: readonly PlanLine[];
  readonly timeline: readonly TimelineEntry[];
}

const NOTHING_PLANNED: Plan = { due: [], skips: [], later: [] };

/**
 * Reads an order in one snapshot and plans it with the workflow's own function, so that the plan shown is the workflow's.
 * `now`: epoch ms. Undefined: no such order of this brand.
 */
export async function orderView(db: Db, brandId: string, orderId: string, now: number): Promise<OrderView | undefined> {
  const folded = await foldOrder(db, brandId, orderId, now);
  return folded && toView(folded, now);
}

/** An order's history and what its workflow makes of it. */
export interface FoldedOrder {
  readonly history: OrderHistory;
  /** Null for an order we have only heard events of. */
  readonly journey: Journey | null;
  readonly state: OrderState;
}

/** Rebuilds in one snapshot what an order's run keeps in memory, whether it still runs or not. `now`: epoch ms. */
export async function foldOrder(
  db: Db,
  brandId: string,
  orderId: string,
  now: number,
): Promise<FoldedOrder | undefined> {
  return db.transaction(
    async (trx) => {
      const history = await readOrderHistory(trx, brandId, orderId);
      if (!history) return undefined;
      const compiled = (await findOrder(trx, brandId, orderId))?.journey ?? null;
      const journey = compiled && expandJourney(compiled);
      const facts = (await factsOf(trx, brandId, orderId)).reduce(apply, NO_FACTS);
      return { history, journey, state: stateOf(history, journey, facts, now) };
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}

function toView({ history, journey, state }: FoldedOrder, now: number): OrderView {
  const { order } = history;
  const erased = order.erased_at !== null;
  const current = journey && !erased ? plan(journey, state, now) : NOTHING_PLANNED;
  return {
    id: order.id,
    name: order.name,
    contact: order.contact_id,
    placedAt: order.placed_at && order.placed_at.toISOString(),
    currency: order.currency,
    totalMinor: order.total_minor,
    fulfilment: order.fulfilment,
    journey: journey && { name: journey.name, version: journey.version },
    phase: phaseOf(state.facts, journey?.steps ?? [], now),
    hold: state.hold
      ? state.hold.until === undefined
        ? {}
        : { until: new Date(state.hold.until).toISOString() }
      : null,
    finished: erased || isFinished(current, state, now),
    zones: history.decisions.findLast(({ zones }) => zones.length > 0)?.zones ?? [],
    plan: planLines(current),
    timeline: timelineOf(history),
  };
}

/** What the workflow keeps in memory, from what its activities have written down. */
function stateOf(history: OrderHistory, journey: Journey | null, facts: Facts, now: number): OrderState {
  const { inbox } = history;
  let hold: OrderState['hold'];
  const struck: string[] = [];
  let messagesCancelled = false;
  for (const { type, payload } of inbox) {
    if (type === 'command.paused') hold = payload.until === undefined ? {} : { until: payload.until };
    if (type === 'command.resumed') hold = undefined;
    if (type === 'command.struck' && payload.step !== undefined) struck.push(payload.step);
    if (type === 'command.messages_cancelled') messagesCancelled = true;
  }
  if (hold?.until !== undefined && hold.until <= now) hold = undefined;
  return {
    facts,
    ...standingOf(journey, history),
    struck,
    heardAt: Math.max(0, ...inbox.filter(isHeard).map(({ received_at }) => received_at.getTime())),
    ...(hold && { hold }),
    ...(messagesCancelled && { messagesCancelled }),
  };
}

/** What became of a message is no sign of life of the order. */
function isHeard({ type }: InboxRow): boolean {
  return type !== 'message_status';
}
