/** When a run continues as new: its history is cut before a long wait, or because it has become long. */
import { makeContinueAsNewFunc, workflowInfo } from '@temporalio/workflow';
import { runSummaryOf, planOf } from '../../domain/journey/run.ts';
import { deliveredAt } from '../../domain/orders/facts.ts';
import { DAY } from '../../domain/time/duration.ts';
import { startAttributesOf } from '../contract.ts';
import type { OrderJourneyInput, OrderOutcome } from './carried-run.ts';
import { carry } from './carried-run.ts';
import type { OrderRun } from './order-run.ts';

/** A longer wait costs more in storage than a continue-as-new before it: the break-even is 74 h at 20 KB of history. */
const LONG_WAIT = 10 * DAY;
/** A run that has just continued has few events, and another continue-as-new would gain nothing. */
const WORTH_CUTTING = 40;
/**
 * A run whose history has this many events continues as new even if a step is due: a worker needs most of a second to
 * replay it. The server suggests a continue-as-new at 4,096 events; an ordinary order has 150.
 */
export const LONG_HISTORY = 2_000;

/** Of the run that is under way. */
export interface HistorySize {
  /** Events. */
  readonly length: number;
  /** The server asks for a new run. */
  readonly suggested: boolean;
}

export function historySize(): HistorySize {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  return { length: historyLength, suggested: continueAsNewSuggested };
}

/** A run with such a long history continues as new before its next step. */
export function isHistoryLong({ length, suggested }: HistorySize): boolean {
  return suggested || length >= LONG_HISTORY;
}

/** True before the long wait after delivery, or if the server suggests it. */
export function shouldContinueAsNew({ run }: OrderRun, wakeAt: number, now: number, history: HistorySize): boolean {
  const longTail =
    deliveredAt(run.state.facts) !== undefined && wakeAt - now >= LONG_WAIT && history.length >= WORTH_CUTTING;
  return longTail || history.suggested;
}

export function continueAsNewNow(order: OrderRun, now: number): Promise<never> {
  const { ref, run, commands } = order;
  const continueAsNew = makeContinueAsNewFunc<(input: OrderJourneyInput) => Promise<OrderOutcome>>({
    typedSearchAttributes: startAttributesOf({ brand: ref.brand, ...runSummaryOf(run, planOf(run, now), now) }),
  });
  return continueAsNew({ ...ref, carried: carry(run, commands.seen) });
}
