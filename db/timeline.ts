/** The order as the API shows it: state, plan and history with reasons, rebuilt from the database alone. */
import { expandJourney } from '../domain/compiled-journey.ts';
import { NO_FACTS, apply } from '../domain/facts.ts';
import type { Facts } from '../domain/facts.ts';
import type { Journey } from '../domain/journey.ts';
import type { MessageState } from '../domain/message.ts';
import type { Phase } from '../domain/phase.ts';
import { phaseOf } from '../domain/phase.ts';
import type { OrderState, Plan, PlanLine, StepProgress } from '../domain/plan.ts';
import { isFinished, plan, planLines } from '../domain/plan.ts';
import type { Db } from './connect.ts';
import { factsOf } from './inbox.ts';
import type { OrderHistory } from './order-history.ts';
import { readOrderHistory } from './order-history.ts';
import { findOrder } from './orders.ts';
import type { TimelineEntry } from './timeline-entries.ts';
import { stepKey, timelineOf } from './timeline-entries.ts';

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
  return db.transaction(
    async (trx) => {
      const history = await readOrderHistory(trx, brandId, orderId);
      if (!history) return undefined;
      const compiled = (await findOrder(trx, brandId, orderId))?.journey ?? null;
      const journey = compiled && expandJourney(compiled);
      const facts = (await factsOf(trx, brandId, orderId)).reduce(apply, NO_FACTS);
      return toView(history, journey, facts, now);
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}

function toView(history: OrderHistory, journey: Journey | null, facts: Facts, now: number): OrderView {
  const { order } = history;
  const state = stateOf(history, facts, now);
  const current = journey ? plan(journey, state, now) : NOTHING_PLANNED;
  return {
    id: order.id,
    name: order.name,
    contact: order.contact_id,
    placedAt: order.placed_at && order.placed_at.toISOString(),
    currency: order.currency,
    totalMinor: order.total_minor,
    fulfilment: order.fulfilment,
    journey: journey && { name: journey.name, version: journey.version },
    phase: phaseOf(facts, journey?.steps ?? [], now),
    hold: state.hold
      ? state.hold.until === undefined
        ? {}
        : { until: new Date(state.hold.until).toISOString() }
      : null,
    finished: isFinished(current, state, now),
    zones: history.decisions.findLast(({ zones }) => zones.length > 0)?.zones ?? [],
    plan: planLines(current),
    timeline: timelineOf(history),
  };
}

/** What the workflow keeps in memory, from what its activities have written down. */
function stateOf({ inbox, decisions, messages, cases }: OrderHistory, facts: Facts, now: number): OrderState {
  const handled = new Map<string, StepProgress>();
  const notBefore: Record<string, number> = {};
  for (const { step, occurrence, outcome, wait_until } of decisions) {
    const key = stepKey(step, occurrence);
    handled.delete(key);
    if (outcome === 'wait' && wait_until) notBefore[key] = wait_until.getTime();
    if (outcome === 'send') handled.set(key, 'sending');
  }
  for (const { order_id, step, occurrence, state } of messages) {
    const progress = order_id === null ? undefined : PROGRESS[state];
    if (progress) handled.set(stepKey(step, occurrence), progress);
  }
  for (const { cause } of cases) handled.set(cause, 'opened');
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
    handled: Object.fromEntries(handled),
    notBefore,
    struck,
    heardAt: Math.max(0, ...inbox.map(({ received_at }) => received_at.getTime())),
    ...(hold && { hold }),
    ...(messagesCancelled && { messagesCancelled }),
  };
}

/** A planned message is at work or deferred: its last decision tells. */
const PROGRESS: Readonly<Record<MessageState, StepProgress | undefined>> = {
  planned: undefined,
  submitted: 'sending',
  unknown: 'sent',
  accepted: 'sent',
  delivered: 'sent',
  read: 'sent',
  undeliverable: 'sent',
  rejected: 'failed',
  given_up: 'failed',
  skipped: 'skipped',
  expired: 'skipped',
  capped: 'skipped',
  suppressed: 'skipped',
};
