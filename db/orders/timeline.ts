/** The order as the API shows it: state, plan and history with reasons, rebuilt from the database alone. */
import { expandJourney } from '../../domain/compiled-journey.ts';
import type { Facts } from '../../domain/facts.ts';
import { NO_FACTS, applyAll } from '../../domain/facts.ts';
import type { Journey } from '../../domain/journey.ts';
import type { Phase } from '../../domain/phase.ts';
import { phaseOf } from '../../domain/phase.ts';
import type { OrderState, Plan, PlanLine } from '../../domain/plan.ts';
import { isFinished, plan, planLines } from '../../domain/plan.ts';
import type { Db } from '../connect.ts';
import { factsOf } from './inbox.ts';
import type { OrderHistory } from './order-history.ts';
import { MOST_ROWS, readOrderHistory } from './order-history.ts';
import { stepStandings } from './step-standing.ts';
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
  readonly fulfilment: string | null;
  readonly journey: { readonly name: string; readonly version: number } | null;
  readonly phase: Phase;
  /** Set while the order is paused. `until` absent: until resumed. */
  readonly hold: { readonly until?: string } | null;
  /** Nothing is left to do and no late event is to be expected. */
  readonly finished: boolean;
  /** Since when the order's events are gone from the timeline: it has been over for long. */
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

/** An order at its limits has some hundred steps to come; readers need only the beginning of the plan. */
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
  return snapshot(db, async (trx) => {
    const folded = await foldFrom(trx, brand, order, now, MOST_ROWS);
    return folded && toView(folded, now, await readTimeline(trx, { brand, order }, page));
  });
}

/** An order's history and what its workflow makes of it. */
export interface FoldedOrder {
  readonly history: OrderHistory;
  /** Null for an order we have only heard events of. */
  readonly journey: Journey | null;
  readonly state: OrderState;
  /** Not all facts were read. */
  readonly incomplete: boolean;
}

/**
 * Rebuilds in one snapshot what an order's run keeps in memory, whether the run is open or closed. `now`: epoch ms. `most`: rows read of
 * each kind; Infinity where a message depends on the answer.
 */
export async function foldOrder(
  db: Db,
  brand: string,
  order: string,
  now: number,
  most = MOST_ROWS,
): Promise<FoldedOrder | undefined> {
  return snapshot(db, (trx) => foldFrom(trx, brand, order, now, most));
}

function snapshot<T>(db: Db, read: (trx: Db) => Promise<T>): Promise<T> {
  return db.transaction(read, { isolationLevel: 'repeatable read', readOnly: true });
}

async function foldFrom(
  trx: Db,
  brand: string,
  order: string,
  now: number,
  most: number,
): Promise<FoldedOrder | undefined> {
  const history = await readOrderHistory(trx, brand, order, most);
  if (!history) return undefined;
  const compiled = history.order.journey;
  const journey = compiled && expandJourney(compiled);
  const facts = applyAll(NO_FACTS, await factsOf(trx, brand, order, most));
  return { history, journey, state: stateOf(history, journey, facts, now), incomplete: history.facts > most };
}

function toView({ history, journey, state, incomplete }: FoldedOrder, now: number, page: TimelinePage): OrderView {
  const { order } = history;
  const { facts_removed_at: removedAt } = order;
  const over = order.erased_at !== null || removedAt !== null;
  const current = journey && !over ? plan(journey, state, now) : NOTHING_PLANNED;
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

/** The state that the workflow keeps in memory, read from the records of its activities. */
function stateOf(history: OrderHistory, journey: Journey | null, facts: Facts, now: number): OrderState {
  let hold: OrderState['hold'];
  const struck: string[] = [];
  let messagesCancelled = false;
  for (const { type, payload } of history.commands) {
    if (type === 'command.paused') hold = payload.until === undefined ? {} : { until: payload.until };
    if (type === 'command.resumed') hold = undefined;
    if (type === 'command.struck' && payload.step !== undefined) struck.push(payload.step);
    if (type === 'command.messages_cancelled') messagesCancelled = true;
  }
  if (hold?.until !== undefined && hold.until <= now) hold = undefined;
  return {
    facts,
    ...stepStandings(journey, history),
    struck,
    heardAt: history.heardAt,
    ...(hold && { hold }),
    ...(messagesCancelled && { messagesCancelled }),
  };
}
