/**
 * The interpreter of a run: the state of an order's conversation, and its changes after each input. Pure. The
 * workflow performs it, the API rebuilds it from the record, and the property tests play it.
 */
import type { CorrectedBy } from '../orders/correction.ts';
import { isLater } from '../orders/correction.ts';
import type { Fact, MessageStatus } from '../orders/events.ts';
import { NO_FACTS } from '../orders/facts.ts';
import { applyAll } from '../orders/fold.ts';
import type { Phase } from '../orders/phase.ts';
import { phaseOf } from '../orders/phase.ts';
import type { HeldBack, SendMessageResult, Intent } from '../sending/intent.ts';
import { expandJourney } from './compiled-journey.ts';
import type { ChannelAttempt, StepChannel, StepMove } from './failover.ts';
import { afterGate, afterReport, afterResult, isLast } from './failover.ts';
import type { Journey, Step } from './journey.ts';
import type { MessagesUnderWay } from './messages-under-way.ts';
import {
  NONE_UNDER_WAY,
  isIdle,
  isUnclear,
  mustWait,
  settlementTimes,
  takeDue,
  withReport,
  withSending,
  withUnclear,
  withoutSending,
  withoutWatched,
} from './messages-under-way.ts';
import type { OrderState, Plan, PlannedStep, StepProgress } from './plan.ts';
import { isFinished, isKeyOf, plan, quietEnd, ruledOut } from './plan.ts';
import type { MessageKind } from '../sending/message.ts';
import { BASE_CHANNEL } from '../sending/message.ts';
import { gateGuards } from './guard.ts';
import { channelsOf } from './journey.ts';

/** Lines of the timeline in memory. The whole timeline is in the database. */
const LINES_KEPT = 40;

/** The contact of the order since its number was corrected. */
export interface CorrectedContact extends CorrectedBy {
  readonly contact: string;
}

/** A line of the run's timeline, for people who look at one run. Ids and reasons only. */
export interface RunLine {
  readonly at: string;
  readonly key: string;
  readonly what: string;
  readonly reason?: string;
}

/** One order's run. Plain data. */
export interface Run {
  /** The contact of the placement. Absent until the order itself has come. */
  readonly contact?: string;
  readonly correction?: CorrectedContact;
  readonly journey: Journey;
  readonly state: OrderState;
  readonly messages: MessagesUnderWay;
  /** The latest, oldest first. */
  readonly lines: readonly RunLine[];
  /** The id of the last fact that the run was told. Facts that were stored later are unknown to it. */
  readonly lastHeard?: string;
}

export const NEW_RUN: Run = {
  journey: { name: '', version: 0, steps: [] },
  state: { facts: NO_FACTS, handled: {}, notBefore: {}, skippedSteps: [] },
  messages: NONE_UNDER_WAY,
  lines: [],
};

/** A fact about the order itself. */
export type RunFact = Exclude<Fact, MessageStatus>;

/** All inputs of a run. */
export type RunInput =
  | { readonly kind: 'facts'; readonly facts: readonly RunFact[] }
  /** The provider's report about a message. It matters only while the message's step waits for it. */
  | { readonly kind: 'report'; readonly message: string; readonly status: MessageStatus['status'] }
  | { readonly kind: 'paused'; readonly until?: number | undefined }
  | { readonly kind: 'resumed' }
  /** An operator's skip: a step id of the journey, or one key of it. */
  | { readonly kind: 'step_skipped'; readonly step: string }
  | { readonly kind: 'messages_cancelled' }
  /** Steps that ended in the plan without a message. */
  | { readonly kind: 'ruled_out'; readonly skips: Plan['skips'] }
  | { readonly kind: 'held_back'; readonly at: StepChannel; readonly why: HeldBack }
  | { readonly kind: 'sending'; readonly attempt: ChannelAttempt }
  | { readonly kind: 'result'; readonly attempt: ChannelAttempt; readonly result: SendMessageResult }
  | { readonly kind: 'case_opened'; readonly key: string };

/** The run after something has happened at `now`, epoch ms. `state` is the same object if nothing about the order or its steps has changed. */
export function advance(run: Run, happening: RunInput, now: number): Run {
  switch (happening.kind) {
    case 'facts':
      return learn(run, happening.facts, now);
    case 'report': {
      const { message, status } = happening;
      const at = run.messages.watched[message];
      const told = { ...run, messages: withReport(run.messages, message, status) };
      return at
        ? moved(told, at.key, afterReport(stepOf(run, at.key), positionOf(run, at.key), at, status, now), now)
        : told;
    }
    case 'paused':
      return change(run, { hold: happening.until === undefined ? {} : { until: happening.until } });
    case 'resumed': {
      const { hold: _hold, ...state } = run.state;
      return { ...run, state };
    }
    case 'step_skipped':
      return change(run, { skippedSteps: [...run.state.skippedSteps, happening.step] });
    case 'messages_cancelled':
      return change(run, { messagesCancelled: true });
    case 'ruled_out':
      return skip(run, happening.skips, now);
    case 'held_back': {
      const { at, why } = happening;
      return moved(run, at.key, afterGate(stepOf(run, at.key), at, why, now), now);
    }
    case 'sending':
      return sending(run, happening.attempt);
    case 'result':
      return sent(run, happening.attempt, happening.result, now);
    case 'case_opened':
      return moved(run, happening.key, { kind: 'done', progress: 'opened', what: 'opened' }, now);
  }
}

/** The first placement decides which steps the order follows and, until its number is corrected, which contact it belongs to. */
function learn(run: Run, facts: readonly RunFact[], now: number): Run {
  if (facts.length === 0) return run;
  let { contact, correction, journey } = run;
  for (const fact of facts) {
    if (fact.type === 'order_placed' && contact === undefined) {
      contact = fact.placement.contact;
      journey = expandJourney(fact.placement.journey);
    }
    if (fact.type === 'order_corrected' && fact.contact !== undefined && isLater(fact, correction))
      correction = { at: fact.at, id: fact.id, contact: fact.contact };
  }
  const last = facts.at(-1);
  return {
    ...run,
    journey,
    ...(contact !== undefined && { contact }),
    ...(correction && { correction }),
    ...(last && { lastHeard: last.id }),
    state: { ...run.state, facts: applyAll(run.state.facts, facts), heardAt: now },
  };
}

function skip(run: Run, skips: Plan['skips'], now: number): Run {
  const skipped = Object.fromEntries(skips.map(({ key }) => [key, 'skipped' as const]));
  const lines = skips.slice(-LINES_KEPT).map(({ key, reason }) => ({ at: iso(now), key, what: 'skipped', reason }));
  return {
    ...change(run, { handled: { ...run.state.handled, ...skipped } }),
    messages: withoutWatched(
      run.messages,
      skips.map(({ key }) => key),
    ),
    lines: [...run.lines, ...lines].slice(-LINES_KEPT),
  };
}

function sending(run: Run, attempt: ChannelAttempt): Run {
  const { key, channelIndex } = attempt;
  if (channelIndexOf(run, key) !== channelIndex) return { ...run, messages: withSending(run.messages, attempt, false) };
  const messages = withSending(run.messages, attempt, !isLast(stepOf(run, key), attempt));
  return { ...change(run, { handled: { ...run.state.handled, [key]: 'sending' } }), messages };
}

/** The step has left the channel of this attempt, so only the message itself is settled. */
function sent(run: Run, attempt: ChannelAttempt, result: SendMessageResult, now: number): Run {
  const { key, message, channelIndex } = attempt;
  const reported = run.messages.reported[message];
  let messages = withoutSending(run.messages, attempt);
  if (result.kind === 'unknown') messages = withUnclear(messages, attempt, result.settleAt);
  else if (result.kind === 'wait' && channelIndexOf(run, key) !== channelIndex)
    messages = withUnclear(messages, attempt, result.until);
  const move = afterResult(stepOf(run, key), positionOf(run, key), attempt, result, { reported, now });
  return moved({ ...run, messages }, key, move, now);
}

/** Absent `move`: the step keeps its position. */
function moved(run: Run, key: string, move: StepMove | undefined, now: number): Run {
  if (!move) return run;
  const { what, reason } = move;
  const line = { at: iso(now), key, what, ...(reason !== undefined && { reason }) };
  const lines = [...run.lines, line].slice(-LINES_KEPT);
  if (move.kind === 'done') {
    const done = change(run, { handled: { ...run.state.handled, [key]: move.progress } });
    return { ...done, messages: withoutWatched(run.messages, [key]), lines };
  }
  const { [key]: _progress, ...handled } = run.state.handled;
  const { notBefore, channelIndexes } = run.state;
  const state = {
    handled,
    notBefore: { ...notBefore, [key]: move.until },
    ...(move.channelIndex > 0 && { channelIndexes: { ...channelIndexes, [key]: move.channelIndex } }),
  };
  return { ...change(run, state), lines };
}

function change(run: Run, changed: Partial<OrderState>): Run {
  return { ...run, state: { ...run.state, ...changed } };
}

/** Undefined until the order itself is reported. */
export function contactOf({ contact, correction }: Run): string | undefined {
  return contact === undefined ? undefined : (correction?.contact ?? contact);
}

/** The step of a key; undefined once it was left behind. */
export function stepOf({ journey }: Run, key: string): Step | undefined {
  return journey.steps.find(({ id }) => isKeyOf(key, id));
}

export function progressOf({ state }: Run, key: string): StepProgress | undefined {
  return state.handled[key];
}

/** Index of the channel that the step has turned to, or will turn to next. */
function channelIndexOf({ state }: Run, key: string): number {
  return state.channelIndexes?.[key] ?? 0;
}

function positionOf(run: Run, key: string): { progress: StepProgress | undefined; channelIndex: number } {
  return { progress: progressOf(run, key), channelIndex: channelIndexOf(run, key) };
}

export function isPaused({ state }: Run): boolean {
  return state.hold !== undefined;
}

/** Ends a pause whose time is over. */
export function endPause(run: Run, now: number): Run {
  const until = run.state.hold?.until;
  return until !== undefined && now >= until ? advance(run, { kind: 'resumed' }, now) : run;
}

/** The plan of a run. It is empty until the order itself is reported. */
export function planOf(run: Run, now: number): Plan {
  return run.contact === undefined ? { due: [], skips: [], later: [] } : plan(run.journey, run.state, now);
}

/** The first due step that does not have to wait for a message that is being sent. */
export function nextOf({ messages }: Run, { due }: Plan): PlannedStep | undefined {
  const waits = mustWait(messages);
  return due.find(({ step }) => !('send' in step.act) || !waits(step.act.send));
}

/**
 * Takes out the unknown outcomes whose time to be settled has come. Settling only asks, so a pause does not delay it.
 * A message that turns out not to be sent is planned again for the end of the pause.
 */
export function takeSettlements(run: Run, now: number): readonly [readonly ChannelAttempt[], Run] {
  const [due, messages] = takeDue(run.messages, now);
  return [due, due.length === 0 ? run : { ...run, messages }];
}

/** True if a message of unknown outcome must not be sent again. */
export function isRuledOut(run: Run, { key, channelIndex }: StepChannel, now: number): boolean {
  return channelIndex !== channelIndexOf(run, key) || ruledOut(run.journey, run.state, key, now) !== undefined;
}

/**
 * The earliest moment at which something happens without an input: a step, a settlement, or the end of a quiet order.
 * Infinity: never. `settles`: unknown outcomes are settled at present.
 */
export function wakeAt(run: Run, { nextWakeAt }: Plan, settles = true): number {
  const moments = settles ? [...settlementTimes(run.messages)] : [];
  if (nextWakeAt !== undefined) moments.push(nextWakeAt);
  else if (!isPaused(run) && isIdle(run.messages)) moments.push(quietEnd(run.state));
  return Math.min(...moments);
}

/** True if no step is left and no late event is expected. */
export function isOver(run: Run, current: Plan, now: number): boolean {
  return isFinished(current, run.state, now) && isIdle(run.messages) && settlementTimes(run.messages).length === 0;
}

/** Steps that can never happen again, so that a run need not carry them on. */
export function isDoneForGood(run: Run, { id }: Step): boolean {
  return progressOf(run, id) !== undefined && !isUnclear(run.messages, id);
}

/** A run as operations see it. */
export interface RunSummary {
  readonly contact: string | undefined;
  readonly phase: Phase;
  readonly plan: Plan;
  readonly paused: boolean;
}

export function runSummaryOf(run: Run, current: Plan, now: number): RunSummary {
  const phase = phaseOf(run.state.facts, run.journey.steps, now);
  return { contact: contactOf(run), phase, plan: current, paused: isPaused(run) };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

/** The intent to send the message of a planned step. */
export function intentOf(
  about: Pick<Intent, 'brand' | 'order' | 'contact'>,
  planned: PlannedStep,
  kind: MessageKind,
): Intent {
  const { step, occurrence, channelIndex, dueAt, usefulUntil, inReply } = planned;
  return {
    ...about,
    step: step.id,
    occurrence: occurrence.id,
    kind,
    channel: channelsOf(step)[channelIndex] ?? BASE_CHANNEL,
    ...(step.channels && { channelIndex, awaited: !isLast(step, planned) }),
    triggeredAt: occurrence.at,
    dueAt,
    usefulUntil,
    inReply,
    guards: gateGuards(step),
  };
}
