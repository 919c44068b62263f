/**
 * Plans an order: the steps that are due, the later ones, and the moment of the next look. Pure. The workflow, the
 * API and the property tests all use this function.
 */
import type { CaseHold } from '../sending/gate/case-hold.ts';
import { calmUntil, caseHold, casesBetween } from '../sending/gate/case-hold.ts';
import { DAY, durationMs } from '../time/duration.ts';
import type { Facts, FactsSummary } from '../orders/facts.ts';
import { factsSummaryOf } from '../orders/facts.ts';
import { stopped } from './guard.ts';
import type { Journey, Step } from './journey.ts';
import { channelsOf } from './journey.ts';
import type { Channel } from '../sending/message.ts';
import { BASE_CHANNEL, kindRule } from '../sending/message.ts';
import type { SkipReason } from '../sending/reason.ts';
import type { Occurrence } from './trigger.ts';
import { TRIGGERS, occurrences } from './trigger.ts';

/** The outcome of a step occurrence that was started. */
export type StepProgress = 'sending' | 'sent' | 'skipped' | 'failed' | 'opened';

export interface OrderState {
  readonly facts: Facts;
  /** Step occurrences that were started, by key: a step id, or `id#occurrence`. They are not planned again. */
  readonly handled: Readonly<Record<string, StepProgress>>;
  /** Deferred step occurrences by key: the step is not due before this moment, epoch ms. */
  readonly notBefore: Readonly<Record<string, number>>;
  /** By key: index of the channel that a step has turned to, or turns to next. Absent: the first. */
  readonly channelIndexes?: Readonly<Record<string, number>>;
  /** While this is set, no step is performed. `until` absent: until resumed. */
  readonly hold?: { readonly until?: number };
  /** Step ids or keys that an operator has skipped. */
  readonly skippedSteps: readonly string[];
  /** Set once an operator has cancelled every message still to come. */
  readonly messagesCancelled?: true;
  /** Epoch ms at which the last fact was reported, which can be long after it happened. */
  readonly heardAt?: number;
}

export interface PlannedStep {
  readonly key: string;
  readonly step: Step;
  readonly occurrence: Occurrence;
  /** Index of the channel it is to go out on. */
  readonly channelIndex: number;
  /** Epoch ms: the trigger plus the step's delay, or the moment it was deferred to. */
  readonly dueAt: number;
  /** Epoch ms: past it, the message expires. */
  readonly usefulUntil: number;
  /** Due at once because the customer has answered: the gate then allows it outside the window. */
  readonly inReply: boolean;
  /** Numbers of the cases that hold the step. For a step that ended as too late: of the cases that had held it. */
  readonly heldBy?: readonly string[];
}

export interface Plan {
  readonly due: readonly PlannedStep[];
  /** Steps that ended without anything being sent, with the reason. */
  readonly skips: readonly (PlannedStep & { readonly reason: SkipReason })[];
  readonly later: readonly PlannedStep[];
  /** Epoch ms of the earliest moment something may change by itself; undefined: only an event can. */
  readonly nextWakeAt?: number;
}

/** An order is closed after this time without a report. Refunds and returns that come late still find it open. */
export const QUIET_END = 30 * DAY;

/** The time for which opening a case is still useful. */
const CASE_USEFUL_FOR = 14 * DAY;

/**
 * Makes the plan, with each list in the order of its due times, so the order in which facts arrived does not matter.
 * `now`: epoch ms. Throws RangeError for a journey with an invalid delay. An order can have thousands of occurrences,
 * so each is looked at once.
 */
export function plan(journey: Journey, state: OrderState, now: number): Plan {
  const look = lookAt(state, now);
  const open = journey.steps
    .flatMap((step) => planned(step, state))
    .filter(({ key }) => state.handled[key] === undefined);
  const due: PlannedStep[] = [];
  const skips: (PlannedStep & { reason: SkipReason })[] = [];
  const later: PlannedStep[] = [];
  for (const item of open.map((one) => held(deferred(one, state), one.dueAt, look))) {
    const reason = skipReason(item, look);
    if (reason) skips.push({ ...item, reason });
    else if (item.dueAt <= now && !state.hold && !item.heldBy) due.push(item);
    else later.push(item);
  }
  for (const list of [due, skips, later]) list.sort(byDueAt);
  return { due, skips, later, ...nextWake(later, state) };
}

/** The state and the moment that a plan is made from, and values computed once for it. */
interface Look {
  readonly state: OrderState;
  readonly now: number;
  readonly summary: FactsSummary;
  readonly skippedSteps: ReadonlySet<string>;
  readonly cases: CaseHold;
}

function lookAt(state: OrderState, now: number): Look {
  const { facts, skippedSteps } = state;
  return { state, now, summary: factsSummaryOf(facts), skippedSteps: new Set(skippedSteps), cases: caseHold(facts) };
}

function nextWake(later: readonly PlannedStep[], { hold }: OrderState): { nextWakeAt?: number } {
  if (hold) return hold.until === undefined ? {} : { nextWakeAt: hold.until };
  const [next] = byWake(later);
  return next ? { nextWakeAt: wakesAt(next) } : {};
}

/**
 * The moment at which a step changes without an event: it is due, or the cases that hold it have lasted longer than
 * it is useful.
 */
function wakesAt({ heldBy, dueAt, usefulUntil }: PlannedStep): number {
  return heldBy ? usefulUntil + 1 : dueAt;
}

function byWake(later: readonly PlannedStep[]): readonly PlannedStep[] {
  return later.some(({ heldBy }) => heldBy) ? later.toSorted((a, b) => wakesAt(a) - wakesAt(b)) : later;
}

/** The step that decides the next wake. */
export function nextStep({ later }: Pick<Plan, 'later'>): PlannedStep | undefined {
  return byWake(later)[0];
}

/** Sorting is stable: of two steps due at one moment the one that stands first in the journey goes first. */
function byDueAt(a: PlannedStep, b: PlannedStep): number {
  return a.dueAt - b.dueAt;
}

/** The key of a step's occurrence: the step's id, with `#` and the occurrence if the step can have several. */
export function stepKey(step: string, occurrence: string): string {
  return occurrence === '' ? step : `${step}#${occurrence}`;
}

/** A key is a step's id, with an occurrence behind it where there can be several. */
export function isKeyOf(key: string, id: string): boolean {
  return key === id || key.startsWith(`${id}#`);
}

function planned(step: Step, state: OrderState): PlannedStep[] {
  const { facts } = state;
  const delay = step.after === undefined ? 0 : durationMs(step.after);
  const found = told(step, state, delay).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const shortcuts = shortcutsOf(step, facts);
  return found.map(({ since, ...occurrence }) => {
    const { earliest = -Infinity } = occurrence;
    const dueAt = Math.max(earliest, Math.min(since + delay, firstFrom(shortcuts, occurrence.at)));
    const usefulFor = 'send' in step.act ? kindRule(step.act.send).usefulFor : CASE_USEFUL_FOR;
    return {
      key: stepKey(step.id, occurrence.id),
      step,
      occurrence,
      channelIndex: 0,
      dueAt,
      usefulUntil: dueAt + usefulFor,
      inReply: delay === 0 && TRIGGERS[step.when].answer === true,
    };
  });
}

/** An occurrence, and the moment from which its delay counts. */
interface Told extends Occurrence {
  readonly since: number;
}

/**
 * The occurrences of a step. A step with a delay after an update reports once about all updates within that delay
 * from the first on. It uses the last of them, or the one that was already started, so that an update that is
 * reported late makes no second message. An update that is older than a started one is left out, because that message
 * has told of it. A step without a delay reports each update.
 */
function told(step: Step, state: OrderState, delay: number): Told[] {
  const found = occurrences(step.when, state.facts).map((one) => ({ ...one, since: one.at }));
  if (step.when !== 'updated' || delay <= 0) return found;
  const groups: Told[][] = [];
  for (const one of found.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))) {
    const group = groups.at(-1);
    if (group?.[0] && one.at - group[0].at <= delay) group.push(one);
    else groups.push([one]);
  }
  const taken = found.filter(({ id }) => state.handled[stepKey(step.id, id)] !== undefined).map(({ at }) => at);
  const toldUntil = taken.reduce((latest, at) => Math.max(latest, at), -Infinity);
  return groups.flatMap((group) => {
    const known = (by: Readonly<Record<string, unknown>>) =>
      group.findLast(({ id }) => by[stepKey(step.id, id)] !== undefined);
    const one = known(state.handled) ?? known(state.notBefore) ?? group.findLast(({ at }) => at > toldUntil);
    return one ? [{ ...one, since: group[0]?.at ?? one.at }] : [];
  });
}

/** The moments that make a step due at once, earliest first. */
function shortcutsOf({ orWhen }: Step, facts: Facts): readonly number[] {
  const found = orWhen === undefined ? [] : occurrences(orWhen, facts);
  return found.map(({ at }) => at).toSorted((a, b) => a - b);
}

/**
 * The first of the sorted moments at or after the trigger: a case that was closed before the rating says nothing
 * about the rating. Infinity: there is none.
 */
function firstFrom(moments: readonly number[], trigger: number): number {
  let [from, to] = [0, moments.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((moments[middle] ?? Infinity) < trigger) from = middle + 1;
    else to = middle;
  }
  return moments[from] ?? Infinity;
}

/** The step at the moment and on the channel to which it was deferred. */
function deferred(item: PlannedStep, { notBefore, channelIndexes = {} }: OrderState): PlannedStep {
  const { key, dueAt } = item;
  return { ...item, channelIndex: channelIndexes[key] ?? 0, dueAt: Math.max(dueAt, notBefore[key] ?? dueAt) };
}

/**
 * The step held by open cases, or deferred to the end of the calm after them. `first`: when it was due before any
 * deferral.
 */
function held(item: PlannedStep, first: number, { state, now, cases: { open, closedAt } }: Look): PlannedStep {
  const { step, dueAt, usefulUntil } = item;
  if (!step.holdWhile?.includes('open_case')) return item;
  if (now > usefulUntil) {
    const heldBy = casesBetween(state.facts, first, usefulUntil);
    return heldBy.length > 0 ? { ...item, heldBy } : item;
  }
  if (open.length > 0) return { ...item, heldBy: open };
  if (closedAt === undefined) return item;
  // The clock of the shop's agents may be fast. Without this limit a step could become due after it stops being
  // useful.
  return { ...item, dueAt: Math.max(dueAt, Math.min(calmUntil(closedAt, usefulUntil), usefulUntil)) };
}

function skipReason(item: PlannedStep, { state, now, summary, skippedSteps }: Look): SkipReason | undefined {
  if (state.messagesCancelled && 'send' in item.step.act) return 'messages_cancelled_by_operator';
  if (skippedSteps.has(item.key) || skippedSteps.has(item.step.id)) return 'skipped_by_operator';
  const guard = stopped(item.step, item.occurrence, state.facts, summary);
  // While the order is paused, or a case holds the step, a reason that may go away does not end the step: it may be
  // gone when the pause or the case ends.
  if (guard?.final || (guard && item.dueAt <= now && !state.hold && !item.heldBy)) return guard.reason;
  return now > item.usefulUntil ? 'too_late' : undefined;
}

/** True if no step is left and no late event is expected any more. */
export function isFinished(current: Plan, state: OrderState, now: number): boolean {
  return current.due.length === 0 && current.later.length === 0 && !state.hold && now >= quietEnd(state);
}

/** When an order without further reports counts as over, epoch ms. */
export function quietEnd({ facts, heardAt = 0 }: OrderState): number {
  return Math.max(facts.lastAt, heardAt) + QUIET_END;
}

function plannedOf(journey: Journey, state: OrderState, key: string): PlannedStep | undefined {
  const steps = journey.steps.filter(({ id }) => isKeyOf(key, id));
  return steps.flatMap((step) => planned(step, state)).find((one) => one.key === key);
}

/**
 * The reason why a started message must not be sent again if its outcome stays unknown. Undefined: it may be. A step
 * that the journey no longer has is not sent again either.
 */
export function ruledOut(journey: Journey, state: OrderState, key: string, now: number): SkipReason | undefined {
  const item = plannedOf(journey, state, key);
  if (!item) return 'superseded';
  return skipReason({ ...item, dueAt: Math.min(item.dueAt, now) }, lookAt(state, now));
}

/** The answer of the run to a step that is due. */
export type WhenDue =
  /** The run would ask the gate. */
  | { readonly kind: 'perform' }
  | { readonly kind: 'skip'; readonly reason: SkipReason }
  /** `cases`: numbers of the open cases that it waits for. */
  | { readonly kind: 'hold'; readonly cases: readonly string[] };

/** The answer of the run if the step were due at `at` (epoch ms), nothing more had happened by then and the order were not paused. */
export function whenDue(item: PlannedStep, { hold: _hold, ...state }: OrderState, at: number): WhenDue {
  const look = lookAt(state, at);
  const due = held({ ...item, dueAt: Math.min(item.dueAt, at) }, item.dueAt, look);
  const reason = skipReason(due, look);
  if (reason) return { kind: 'skip', reason };
  return due.heldBy ? { kind: 'hold', cases: due.heldBy } : { kind: 'perform' };
}

/** Whether an open case, or the calm after one, holds a started message. */
export function isHeld(journey: Journey, state: OrderState, key: string, now: number): boolean {
  const item = plannedOf(journey, state, key);
  if (!item) return false;
  const { heldBy, dueAt } = held(item, item.dueAt, lookAt(state, now));
  return heldBy !== undefined || dueAt > Math.max(item.dueAt, now);
}

/** A step that is still to happen, for people: no personal data, `dueAt` in ISO 8601. */
export interface PlanLine {
  readonly key: string;
  /** The message kind, or `case:` and the kind of case it opens. */
  readonly kind: string;
  /** Where the step has several: the channel it would go out on. */
  readonly channel?: Channel;
  readonly dueAt: string;
  /** Numbers of the open cases that it waits for. */
  readonly heldBy?: readonly string[];
}

/** The steps that are due and those that come later, in this order. */
export function planLines({ due, later }: Plan): readonly PlanLine[] {
  return [...due, ...later].map(({ key, step, channelIndex, dueAt, heldBy }) => ({
    key,
    kind: 'send' in step.act ? step.act.send : `case:${step.act.open}`,
    ...(step.channels && { channel: channelsOf(step)[channelIndex] ?? BASE_CHANNEL }),
    dueAt: new Date(dueAt).toISOString(),
    ...(heldBy && { heldBy }),
  }));
}
