/** The state of one order's run: plain data that is planned from, shown, and handed on over continue-as-new. */
import type { CompiledJourney } from '../../domain/journey/compiled-journey.ts';
import { expandJourney } from '../../domain/journey/compiled-journey.ts';
import { isLater } from '../../domain/orders/correction.ts';
import { DAY } from '../../domain/time/duration.ts';
import type { Fact, MessageStatus } from '../../domain/orders/events.ts';
import type { Facts } from '../../domain/orders/facts.ts';
import { NO_FACTS, applyAll, deliveredAt } from '../../domain/orders/facts.ts';
import type { Journey, Step } from '../../domain/journey/journey.ts';
import { phaseOf } from '../../domain/orders/phase.ts';
import type { OrderState, Plan, PlannedStep, StepProgress } from '../../domain/journey/plan.ts';
import { isFinished, isKeyOf, plan, quietEnd, ruledOut } from '../../domain/journey/plan.ts';
import type { CarriedRun, CorrectedContact, OrderJourneyInput, OrderOutcome } from './carried-run.ts';
import { CommandLog } from './command-log.ts';
import type { OrderRef, TimelineLine } from '../contract.ts';
import type { Leg } from './leg.ts';
import { MessagesUnderWay } from './messages-under-way.ts';

const TIMELINE_KEPT = 40;
/** Enough to see what happened last; the whole timeline is in the database. */
const TIMELINE_CARRIED = 5;

/** A wait from here on costs more in storage than the continue-as-new that cuts it: break-even is 74 h at 20 KB of history. */
const LONG_WAIT = 10 * DAY;
/** A run that has just continued has few events; carrying it over again would gain nothing. */
const WORTH_CUTTING = 40;
/**
 * Events of a history from which on a run continues as new even if a step is due: replaying it takes a worker most of a second. The
 * server suggests it at 4,096 events; an ordinary order has 150.
 */
export const LONG_HISTORY = 2_000;

export class JourneyRun {
  readonly ref: OrderRef;
  readonly commands: CommandLog;
  readonly messages: MessagesUnderWay;
  /** Set by signals, commands and finished sends; the main loop plans again. */
  dirty = false;
  /** The person is being erased: nothing more is done for the order. */
  erased = false;
  /** Unknown outcomes are settled in a pause too. False in a run that began before they were. */
  settlesInPause = false;
  #contact: string | undefined;
  #correction: CorrectedContact | undefined;
  #compiled: CompiledJourney | undefined;
  #journey: Journey;
  /** The state before the facts in `#heard` are applied. */
  #folded: OrderState;
  #heard: Fact[] = [];
  #lastHeard: string | undefined;
  #timeline: TimelineLine[];

  constructor({ brand, order, carried }: OrderJourneyInput) {
    this.ref = { brand, order };
    this.commands = new CommandLog(carried?.commands);
    this.messages = new MessagesUnderWay(carried);
    this.#contact = carried?.contact;
    this.#correction = carried?.correction;
    this.#compiled = carried?.journey;
    this.#journey = expand(carried?.journey);
    this.#folded = carried?.state ?? { facts: NO_FACTS, handled: {}, notBefore: {}, struck: [] };
    this.#timeline = [...(carried?.timeline ?? [])];
    this.#lastHeard = carried?.heard;
  }

  /** Undefined until the order itself has come. */
  get contact(): string | undefined {
    return this.#contact === undefined ? undefined : (this.#correction?.contact ?? this.#contact);
  }

  get facts(): Facts {
    return this.#state.facts;
  }

  get steps(): readonly Step[] {
    return this.#journey.steps;
  }

  /** The latest events, oldest first. */
  get timeline(): readonly TimelineLine[] {
    return this.#timeline;
  }

  /** The id of the fact that was told last: what is stored after it is not known here. */
  get lastHeard(): string | undefined {
    return this.#lastHeard;
  }

  get paused(): boolean {
    return this.#state.hold !== undefined;
  }

  /**
   * Takes in facts about the order. The first placement decides which steps it follows and, until its number is corrected, which contact
   * it belongs to. The facts are applied together when they are next asked for, because thousands may come in one task.
   */
  learn(...facts: readonly Exclude<Fact, MessageStatus>[]): void {
    for (const fact of facts) {
      if (fact.type === 'order_placed' && this.#contact === undefined) {
        this.#contact = fact.placement.contact;
        this.#compiled = fact.placement.journey;
        this.#journey = expand(fact.placement.journey);
      }
      if (fact.type === 'order_corrected' && fact.contact !== undefined && isLater(fact, this.#correction))
        this.#correction = { at: fact.at, id: fact.id, contact: fact.contact };
      this.#heard.push(fact);
      this.#lastHeard = fact.id;
    }
    if (facts.length > 0) this.#change({ heardAt: Date.now() });
  }

  /** Ends a pause that has run out. */
  endPause(now: number): void {
    const until = this.#state.hold?.until;
    if (until !== undefined && now >= until) this.resume();
  }

  plan(now: number): Plan {
    return this.#contact === undefined ? { due: [], skips: [], later: [] } : plan(this.#journey, this.#state, now);
  }

  /** No message is being sent. */
  get idle(): boolean {
    return this.messages.idle;
  }

  /** There is an unknown outcome and a pause. */
  get isUnclearInPause(): boolean {
    return this.paused && this.messages.settledAt.length > 0;
  }

  get #settles(): boolean {
    return !this.paused || this.settlesInPause;
  }

  /** The earliest moment something happens by itself: a step, a settlement, or the end of a quiet order. Infinity: never. */
  wakeAt(current: Plan): number {
    const moments = this.#settles ? [...this.messages.settledAt] : [];
    if (current.nextWakeAt !== undefined) moments.push(current.nextWakeAt);
    else if (!this.paused && this.idle) moments.push(quietEnd(this.#state));
    return Math.min(...moments);
  }

  /** The last message is on its way: the run ends with it, so there is nothing to show and nothing to wake for. */
  isClosing(current: Plan): boolean {
    return !this.idle && !this.paused && this.wakeAt(current) === Infinity;
  }

  isFinished(current: Plan, now: number): boolean {
    return isFinished(current, this.#state, now) && this.idle && this.messages.settledAt.length === 0;
  }

  outcome(): OrderOutcome {
    const ends = Object.values(this.#state.handled);
    const count = (progress: StepProgress): number => ends.filter((end) => end === progress).length;
    return {
      outcome: this.#ending(),
      sent: count('sent'),
      skipped: count('skipped'),
      failed: count('failed'),
    };
  }

  #ending(): OrderOutcome['outcome'] {
    if (this.erased) return 'erased';
    if (this.#contact === undefined) return 'order_never_came';
    return phaseOf(this.facts, this.steps, Date.now()) === 'never_arrived' ? 'never_arrived' : 'completed';
  }

  /** The step is done. */
  mark(key: string, progress: StepProgress, line: { now: number; reason?: string }): void {
    this.messages.forget(key);
    this.#change({ handled: { ...this.#state.handled, [key]: progress } });
    this.#note(key, progress, line);
  }

  /** Ends steps without a message. */
  skip(skips: Plan['skips'], now: number): void {
    this.messages.forget(...skips.map(({ key }) => key));
    const skipped = Object.fromEntries(skips.map(({ key }) => [key, 'skipped' as const]));
    this.#change({ handled: { ...this.#state.handled, ...skipped } });
    for (const { key, reason } of skips.slice(-TIMELINE_KEPT)) this.#note(key, 'skipped', { now, reason });
  }

  /** The first due step that does not have to wait for a message that is being sent. */
  nextOf({ due }: Plan): PlannedStep | undefined {
    const mustWait = this.messages.turn();
    return due.find(({ step }) => !('send' in step.act) || !mustWait(step.act.send));
  }

  /** A message of the step is being sent. */
  sending(key: string): void {
    this.#change({ handled: { ...this.#state.handled, [key]: 'sending' } });
  }

  /** Not before `until`, on that channel of the step; `what` and the reason are shown. */
  putOff(key: string, until: number, { hop, what, ...line }: PutOff): void {
    const { [key]: _progress, ...handled } = this.#state.handled;
    const { notBefore, hops } = this.#state;
    this.#change({
      handled,
      notBefore: { ...notBefore, [key]: until },
      ...(hop > 0 && { hops: { ...hops, [key]: hop } }),
    });
    this.#note(key, what, line);
  }

  /** Index of the channel the step has turned to, or will turn to next. */
  hopOf(key: string): number {
    return this.#state.hops?.[key] ?? 0;
  }

  progressOf(key: string): StepProgress | undefined {
    return this.#state.handled[key];
  }

  /** The step of a key; undefined once it was left behind. */
  stepOf(key: string): Step | undefined {
    return this.steps.find(({ id }) => isKeyOf(key, id));
  }

  /**
   * Takes out the unknown outcomes whose time to be settled has come. To settle is to ask, so a pause does not put it off; what turns out
   * not to have been taken is planned again for when the pause is over.
   */
  takeSettlements(now: number): readonly Leg[] {
    return this.#settles ? this.messages.takeSettlements(now) : [];
  }

  /** Whether something stands against sending a message again whose outcome is unknown. */
  isRuledOut({ key, hop }: Leg, now: number): boolean {
    return hop !== this.hopOf(key) || ruledOut(this.#journey, this.#state, key, now) !== undefined;
  }

  pause(until: number | undefined): void {
    this.#change({ hold: until === undefined ? {} : { until } });
  }

  resume(): void {
    const { hold: _hold, ...state } = this.#folded;
    this.#folded = state;
    this.dirty = true;
  }

  strike(step: string): void {
    this.#change({ struck: [...this.#state.struck, step] });
  }

  cancelMessages(): void {
    this.#change({ messagesCancelled: true });
  }

  hasStep(step: string): boolean {
    return this.stepOf(step) !== undefined;
  }

  /** Before the long tail, or when the server asks. */
  shouldContinueAsNew(wakeAt: number, now: number, history: HistorySize): boolean {
    const longTail =
      deliveredAt(this.facts) !== undefined && wakeAt - now >= LONG_WAIT && history.length >= WORTH_CUTTING;
    return longTail || history.suggested;
  }

  /** Steps that were handled once and for all stay behind. */
  carry(): CarriedRun {
    const done = (step: Step | undefined): boolean =>
      step !== undefined && this.progressOf(step.id) !== undefined && !this.messages.isSettling(step.id);
    return {
      ...(this.#contact !== undefined && { contact: this.#contact }),
      ...(this.#correction && { correction: this.#correction }),
      ...(this.#compiled && {
        journey: { ...this.#compiled, steps: this.#compiled.steps.filter((_, index) => !done(this.steps[index])) },
      }),
      state: this.#state,
      ...this.messages.carry(),
      commands: this.commands.seen,
      timeline: this.#timeline.slice(-TIMELINE_CARRIED),
      ...(this.#lastHeard !== undefined && { heard: this.#lastHeard }),
    };
  }

  get #state(): OrderState {
    if (this.#heard.length > 0) {
      this.#folded = { ...this.#folded, facts: applyAll(this.#folded.facts, this.#heard) };
      this.#heard = [];
    }
    return this.#folded;
  }

  #change(change: Partial<Omit<OrderState, 'facts'>>): void {
    this.#folded = { ...this.#folded, ...change };
    this.dirty = true;
  }

  #note(key: string, what: string, { now, reason }: { now: number; reason?: string }): void {
    const line = { at: iso(now), key, what, ...(reason !== undefined && { reason }) };
    this.#timeline = [...this.#timeline, line].slice(-TIMELINE_KEPT);
  }
}

/** Of the run that is under way. */
export interface HistorySize {
  /** Events. */
  readonly length: number;
  /** The server asks for a new run. */
  readonly suggested: boolean;
}

/** A run with such a long history continues as new before it does anything else. */
export function isLong({ length, suggested }: HistorySize): boolean {
  return suggested || length >= LONG_HISTORY;
}

interface PutOff {
  readonly now: number;
  readonly hop: number;
  readonly what: string;
  readonly reason?: string;
}

function expand(compiled: CompiledJourney | undefined): Journey {
  return compiled ? expandJourney(compiled) : { name: '', version: 0, steps: [] };
}

export function iso(at: number): string {
  return new Date(at).toISOString();
}
