/** An order as its run has it in memory, rebuilt from the database alone. */
import { expandJourney } from '../../domain/journey/compiled-journey.ts';
import type { Journey } from '../../domain/journey/journey.ts';
import type { OrderState } from '../../domain/journey/plan.ts';
import type { Facts } from '../../domain/orders/facts.ts';
import { NO_FACTS, applyAll } from '../../domain/orders/facts.ts';
import type { Db } from '../connection/connect.ts';
import { factsOf } from './inbox.ts';
import type { OrderHistory } from './order-history.ts';
import { MOST_ROWS, readOrderHistory } from './order-history.ts';
import { stepStandings } from './step-standing.ts';

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
  return inSnapshot(db, (trx) => foldOrderIn(trx, brand, order, now, most));
}

/** All that `read` asks is of one moment. */
export function inSnapshot<T>(db: Db, read: (trx: Db) => Promise<T>): Promise<T> {
  return db.transaction(read, { isolationLevel: 'repeatable read', readOnly: true });
}

/** As `foldOrder`, in a snapshot of the caller's. */
export async function foldOrderIn(
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
