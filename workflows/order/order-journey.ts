import {
  allHandlersFinished,
  condition,
  isCancellation,
  makeContinueAsNewFunc,
  patched,
  workflowInfo,
} from '@temporalio/workflow';
import type { Plan, PlannedStep } from '../../domain/journey/plan.ts';
import { handleMessages } from './handlers.ts';
import { handOver, prepare } from '../deliver.ts';
import type { OrderJourneyInput, OrderOutcome } from './carried-run.ts';
import { gateQuestion, skipRecords } from './gate-question.ts';
import { heldBack, sending, sent } from './hops.ts';
import type { HistorySize } from './journey-run.ts';
import { JourneyRun, isLong } from './journey-run.ts';
import type { Leg } from './leg.ts';
import { openCase, recordEvent } from '../proxies.ts';
import { startAttributesOf } from '../contract.ts';
import { showRun, standingOf, timerSummary } from './run-display.ts';
import { WakeTimer } from './wake-timer.ts';

/** Of an erased person: what is being sent meets a stopped number, and a run does not wait for a provider that is away. */
const SENDS_END_WITHIN = '1 minute';

/** Skips recorded per local activity. Each is some statements, and all have to fit into the activity's time-out. */
const RECORDS_AT_ONCE = 100;

/**
 * The conversation about one order, from the first event we hear of it to 30 quiet days after the last. Facts come in as
 * signals, commands as updates; what is due is decided by the plan, and whether it may be sent by the gate.
 */
export async function orderJourney(input: OrderJourneyInput): Promise<OrderOutcome> {
  const run = new JourneyRun(input);
  handleMessages(run);
  const timer = new WakeTimer();
  for (;;) {
    timer.reset();
    const now = Date.now();
    run.endPause(now);
    run.dirty = false;
    if (run.isUnclearInPause) run.settlesInPause = patched('settled-in-a-pause');
    const current = run.plan(now);

    // One thing at a time, then plan again: a cancellation that comes meanwhile stops what was due a moment ago.
    if (await record(run, current, now)) continue;
    if (run.erased) {
      timer.disarm();
      await condition(() => run.dirty || run.idle, SENDS_END_WITHIN);
      await handlersDone(run);
      if (run.dirty) continue;
      return run.outcome();
    }
    if (isLong(historyOf()) && patched('hand-on-before-the-next-step')) {
      // If facts keep coming there is always a step to take, so the run does not wait until nothing is due.
      if (!(await rested(run))) continue;
      timer.disarm();
      return handOn(run, Date.now());
    }
    const due = run.nextOf(current);
    if (due) await perform(run, due);
    for (const leg of run.takeSettlements(now)) startSending(run, leg, run.isRuledOut(leg, now));
    if (run.dirty) continue;

    if (run.isFinished(current, now)) {
      await handlersDone(run);
      if (run.dirty) continue;
      return run.outcome();
    }
    const wakeAt = run.wakeAt(current);
    if (run.shouldContinueAsNew(wakeAt, now, historyOf())) {
      // Messages under way end first; a timer for the far end of the wait would be cancelled then, for two actions.
      await condition(() => run.dirty || run.idle);
      await handlersDone(run);
      if (run.dirty) continue;
      timer.disarm();
      return handOn(run, now);
    }
    if (run.isClosing(current)) timer.disarm();
    else {
      showRun(run, current, now);
      timer.arm(wakeAt, now, timerSummary(run, current));
    }
    await condition(() => run.dirty || timer.fired);
  }
}

/** Writes down commands that were given and steps that the facts have ruled out. True if there were any. */
async function record(run: JourneyRun, current: Plan, now: number): Promise<boolean> {
  const commands = run.commands.unrecorded;
  const skips = atOnce(current.skips);
  const records = [...commands, ...skipRecords(run, skips, now)];
  if (records.length > 0) await recordEvent({ ...run.ref, asOf: now, records });
  run.commands.recorded(commands);
  if (skips.length > 0) run.skip(skips, now);
  return records.length > 0 || skips.length > 0;
}

/** At most `RECORDS_AT_ONCE`. The others are in the next plan. */
function atOnce(skips: Plan['skips']): Plan['skips'] {
  return skips.length > RECORDS_AT_ONCE && patched('records-in-parts') ? skips.slice(0, RECORDS_AT_ONCE) : skips;
}

/** Waits for messages under way. False: a command, or the erasure of the person, has come and goes first. */
async function rested(run: JourneyRun): Promise<boolean> {
  const interrupted = (): boolean => run.erased || run.commands.unrecorded.length > 0;
  await condition(() => interrupted() || (run.idle && allHandlersFinished()));
  return !interrupted();
}

function handOn(run: JourneyRun, now: number): Promise<never> {
  const continueAsNew = makeContinueAsNewFunc<typeof orderJourney>({
    typedSearchAttributes: startAttributesOf(standingOf(run, run.plan(now), now)),
  });
  return continueAsNew({ ...run.ref, carried: run.carry() });
}

/** A command that came meanwhile waits for this loop to record it, so it ends the wait too. */
function handlersDone(run: JourneyRun): Promise<void> {
  return condition(() => run.dirty || allHandlersFinished());
}

async function perform(run: JourneyRun, item: PlannedStep): Promise<void> {
  const { key, step, hop } = item;
  const now = Date.now();
  if ('open' in step.act) {
    const number = await openCase({
      ...run.ref,
      contact: run.contact ?? '',
      kind: step.act.open,
      cause: key,
      asOf: now,
    });
    run.learn({ id: `case_opened.${number}`, at: now, type: 'case_opened', case: number });
    return run.mark(key, 'opened', { now });
  }
  const kind = step.act.send;
  const prepared = await prepare(gateQuestion(run, item, kind, now));
  switch (prepared.kind) {
    case 'wait':
    case 'skip':
      return heldBack(run, item, prepared, now);
    case 'ready': {
      const leg = { key, hop, message: prepared.message, kind };
      if (!prepared.sent) return startSending(run, leg);
      sending(run, leg);
      return sent(run, leg, prepared.sent, Date.now());
    }
  }
}

/** Sends run beside the main loop: a busy provider must not keep an order from hearing that it was cancelled. */
function startSending(run: JourneyRun, leg: Leg, settleOnly = false): void {
  sending(run, leg);
  handOver(leg.message, leg.kind, settleOnly).then(
    (result) => sent(run, leg, result, Date.now()),
    (error: unknown) => {
      if (!isCancellation(error)) throw error;
    },
  );
}

function historyOf(): HistorySize {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  return { length: historyLength, suggested: continueAsNewSuggested };
}
