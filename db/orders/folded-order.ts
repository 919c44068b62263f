/** An order's run, rebuilt from the database alone. */
import { expandJourney } from '../../domain/journey/compiled-journey.ts';
import type { Journey } from '../../domain/journey/journey.ts';
import type { Fact } from '../../domain/orders/events.ts';
import type { RunInput, Run, RunFact } from '../../domain/journey/run.ts';
import { NEW_RUN, advance, endPause } from '../../domain/journey/run.ts';
import type { Db } from '../connection/connect.ts';
import { factsOf } from './inbox.ts';
import type { CommandRow, OrderHistory } from './order-history.ts';
import { MOST_ROWS, readOrderHistory } from './order-history.ts';
import { recordedSteps } from './recorded-steps.ts';

/** An order's record, and the run that its workflow would have by it. */
export interface FoldedOrder {
  readonly history: OrderHistory;
  /** Null for an order we have only heard events of. */
  readonly journey: Journey | null;
  /** The run as the workflow has it in memory, without the messages under way, which are in the ledger. */
  readonly run: Run;
  /** Not all facts were read. */
  readonly incomplete: boolean;
}

/**
 * Rebuilds in one snapshot the state of an order's run, whether the run is open or closed. `now`: epoch ms. `most`:
 * rows read of each kind; Infinity if a message depends on the answer.
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

/** All queries of `read` see one moment. */
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
  const facts = await factsOf(trx, brand, order, most);
  return { history, journey, run: runOf(history, journey, facts, now), incomplete: history.facts > most };
}

/** Facts, commands and steps do not depend on each other, so the run may learn of them in any order. */
function runOf(history: OrderHistory, journey: Journey | null, facts: readonly Fact[], now: number): Run {
  const { contact_id: contact } = history.order;
  const known: Run = {
    ...NEW_RUN,
    ...(contact !== null && { contact }),
    ...(journey && { journey }),
    state: { ...NEW_RUN.state, ...recordedSteps(journey, history) },
  };
  const told: RunFact[] = facts.filter((fact) => fact.type !== 'message_status');
  const heard = advance(known, { kind: 'facts', facts: told }, history.heardAt);
  const commanded = history.commands.flatMap(happeningOf).reduce((run, one) => advance(run, one, now), heard);
  return endPause(commanded, now);
}

/** A command as its workflow has written it down. */
function happeningOf({ type, payload }: CommandRow): readonly RunInput[] {
  switch (type) {
    case 'command.paused':
      return [{ kind: 'paused', until: payload.until }];
    case 'command.resumed':
      return [{ kind: 'resumed' }];
    case 'command.step_skipped':
      return payload.step === undefined ? [] : [{ kind: 'step_skipped', step: payload.step }];
    case 'command.messages_cancelled':
      return [{ kind: 'messages_cancelled' }];
    default:
      return [];
  }
}
