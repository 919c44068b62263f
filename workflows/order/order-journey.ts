import { allHandlersFinished, condition, isCancellation, patched } from '@temporalio/workflow';
import type { ChannelAttempt } from '../../domain/journey/failover.ts';
import { isIdle, settlementTimes } from '../../domain/journey/messages-under-way.ts';
import type { Plan, PlannedStep } from '../../domain/journey/plan.ts';
import {
  contactOf,
  endPause,
  isOver,
  isPaused,
  isRuledOut,
  nextOf,
  planOf,
  takeSettlements,
  wakeAt,
  intentOf,
} from '../../domain/journey/run.ts';
import { sendFromQueue, prepare } from '../deliver.ts';
import { openCase, recordEvent } from '../proxies.ts';
import type { OrderJourneyInput, OrderOutcome } from './carried-run.ts';
import { outcomeOf } from './carried-run.ts';
import { continueAsNewNow, historySize, isHistoryLong, shouldContinueAsNew } from './continue-as-new.ts';
import { handleMessages, OrderRun } from './order-run.ts';
import { showRun, timerSummary } from './run-display.ts';
import { WakeTimer } from './wake-timer.ts';
import type { CheckConsentOptions } from '../../activities/check-consent.ts';
import type { WorkflowRecord } from '../../activities/records.ts';
import { heldByCases } from '../../domain/sending/gate/case-hold.ts';
import type { Intent } from '../../domain/sending/intent.ts';
import type { MessageKind } from '../../domain/sending/message.ts';

/**
 * The run of an erased person waits this long for sends under way. They find the number suppressed, and a provider
 * that is away must not hold up the erasure.
 */
const SENDS_END_WITHIN = '1 minute';

/**
 * Skips recorded by one local activity. Each takes some statements, and all have to fit into the activity's time
 * limit.
 */
const RECORDS_AT_ONCE = 100;

/**
 * The run of one order, from its first event until 30 days without news after the last. Facts come in as signals,
 * commands as updates. The plan decides which step is due, and the gate decides whether its message may be sent.
 */
export async function orderJourney(input: OrderJourneyInput): Promise<OrderOutcome> {
  const order = new OrderRun(input);
  handleMessages(order);
  const timer = new WakeTimer();
  for (;;) {
    timer.reset();
    const now = Date.now();
    order.replace(endPause(order.run, now));
    order.dirty = false;
    if (isUnclearInPause(order)) order.settlesInPause = patched('settled-in-a-pause');
    const current = planOf(order.run, now);

    // One action at a time, then a new plan: a cancellation that arrives in between stops a step that was due a
    // moment ago.
    if (await record(order, current, now)) continue;
    if (order.erased) {
      timer.disarm();
      await condition(() => order.dirty || nothingIsSent(order), SENDS_END_WITHIN);
      await handlersDone(order);
      if (order.dirty) continue;
      return outcomeOf(order.run, order.erased, Date.now());
    }
    if (isHistoryLong(historySize()) && patched('hand-on-before-the-next-step')) {
      // The run continues as new although a step may be due: while facts keep coming, some step always is.
      if (!(await rested(order))) continue;
      timer.disarm();
      return continueAsNewNow(order, Date.now());
    }
    const due = nextOf(order.run, current);
    if (due) await perform(order, due);
    settle(order, now);
    if (order.dirty) continue;

    if (isOver(order.run, current, now)) {
      await handlersDone(order);
      if (order.dirty) continue;
      return outcomeOf(order.run, order.erased, Date.now());
    }
    const wakesAt = wakeAt(order.run, current, settles(order));
    if (shouldContinueAsNew(order, wakesAt, now, historySize())) {
      // Sends under way end first. No timer is set for this wait: setting and cancelling it would cost two actions.
      await condition(() => order.dirty || nothingIsSent(order));
      await handlersDone(order);
      if (order.dirty) continue;
      timer.disarm();
      return continueAsNewNow(order, now);
    }
    // The last message is under way and the run ends after it, so it needs no search attributes and no timer.
    if (wakesAt === Infinity && !nothingIsSent(order) && !isPaused(order.run)) timer.disarm();
    else {
      showRun(order, current, now);
      timer.arm(wakesAt, now, timerSummary(order.run, current));
    }
    await condition(() => order.dirty || timer.fired);
  }
}

function nothingIsSent({ run }: OrderRun): boolean {
  return isIdle(run.messages);
}

function isUnclearInPause({ run }: OrderRun): boolean {
  return isPaused(run) && settlementTimes(run.messages).length > 0;
}

/** Tells whether unknown outcomes are settled at this moment. */
function settles({ run, settlesInPause }: OrderRun): boolean {
  return !isPaused(run) || settlesInPause;
}

/** Records commands and the steps that the facts have ruled out. Returns true if there were any. */
async function record(order: OrderRun, current: Plan, now: number): Promise<boolean> {
  const commands = order.commands.unrecorded;
  const skips = atOnce(current.skips);
  const records = [...commands, ...skipRecords(order, skips)];
  if (records.length > 0) await recordEvent({ ...order.ref, asOf: now, records });
  order.commands.recorded(commands);
  if (skips.length > 0) order.take({ kind: 'ruled_out', skips }, now);
  return records.length > 0 || skips.length > 0;
}

/** Returns at most `RECORDS_AT_ONCE` skips; the next plan has the others. */
function atOnce(skips: Plan['skips']): Plan['skips'] {
  return skips.length > RECORDS_AT_ONCE && patched('records-in-parts') ? skips.slice(0, RECORDS_AT_ONCE) : skips;
}

/**
 * Waits for sends under way. Returns false if a command or the erasure of the person arrives first and has to be
 * handled.
 */
async function rested(order: OrderRun): Promise<boolean> {
  const interrupted = (): boolean => order.erased || order.commands.unrecorded.length > 0;
  await condition(() => interrupted() || (nothingIsSent(order) && allHandlersFinished()));
  return !interrupted();
}

/**
 * Waits for the handlers. A command's handler waits until this loop has recorded the command, so a new command ends
 * the wait too.
 */
function handlersDone(order: OrderRun): Promise<void> {
  return condition(() => order.dirty || allHandlersFinished());
}

async function perform(order: OrderRun, item: PlannedStep): Promise<void> {
  const { key, step, channelIndex } = item;
  const now = Date.now();
  if ('open' in step.act) {
    const number = await openCase({
      ...order.ref,
      contact: contactOf(order.run) ?? '',
      kind: step.act.open,
      cause: key,
      asOf: now,
    });
    order.learn(Date.now(), { id: `case_opened.${number}`, at: now, type: 'case_opened', case: number });
    return order.take({ kind: 'case_opened', key }, now);
  }
  const kind = step.act.send;
  const prepared = await prepare(gateQuestion(order, item, kind, now));
  switch (prepared.kind) {
    case 'wait':
    case 'skip':
      return order.take({ kind: 'held_back', at: { key, channelIndex }, why: prepared }, now);
    case 'ready': {
      const attempt = { key, channelIndex, message: prepared.message, kind };
      if (!prepared.sent) return startSending(order, attempt);
      order.take({ kind: 'sending', attempt }, Date.now());
      return order.take({ kind: 'result', attempt, result: prepared.sent }, Date.now());
    }
  }
}

/** Starts to settle the messages of unknown outcome whose time has come. */
function settle(order: OrderRun, now: number): void {
  if (!settles(order)) return;
  const [attempts, run] = takeSettlements(order.run, now);
  order.replace(run);
  for (const attempt of attempts) startSending(order, attempt, isRuledOut(order.run, attempt, now));
}

/** Starts a send beside the main loop: with a busy provider, the loop must still be able to handle a cancellation. */
function startSending(order: OrderRun, attempt: ChannelAttempt, settleOnly = false): void {
  order.take({ kind: 'sending', attempt }, Date.now());
  sendFromQueue(attempt.message, attempt.kind, settleOnly).then(
    (result) => order.take({ kind: 'result', attempt, result }, Date.now()),
    (error: unknown) => {
      if (!isCancellation(error)) throw error;
    },
  );
}

/** The question to the gate about a planned step: the intent, and the last fact that the plan goes by. */
export function gateQuestion(
  order: OrderRun,
  planned: PlannedStep,
  kind: MessageKind,
  asOf: number,
): Intent & CheckConsentOptions {
  const { lastHeard: heard } = order.run;
  return { ...intentOfRun(order, planned, kind), ...(heard !== undefined && { heard }), asOf };
}

/**
 * Skip records for messages that the facts have ruled out. The gate is not asked about them, but the order's history
 * has to show them.
 */
function skipRecords(order: OrderRun, skips: Plan['skips']): WorkflowRecord[] {
  return skips.flatMap((skip) => {
    const { act } = skip.step;
    if (!('send' in act)) return [];
    const message = intentOfRun(order, skip, act.send);
    const rule = skip.reason === 'too_late' && skip.heldBy ? heldByCases(skip.heldBy) : undefined;
    return [{ kind: 'skipped', message, reason: skip.reason, ...(rule !== undefined && { rule }) } as const];
  });
}

function intentOfRun({ ref, run }: OrderRun, planned: PlannedStep, kind: MessageKind): Intent {
  return intentOf({ ...ref, contact: contactOf(run) ?? '' }, planned, kind);
}
