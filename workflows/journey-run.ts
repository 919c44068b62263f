/** The state of one order's run: plain data that is planned from, shown, and handed on over continue-as-new. */
import type { SendMessageResult } from '../activities/send-message.ts';
import type { WorkflowRecord } from '../activities/record-event.ts';
import type { CompiledJourney } from '../domain/compiled-journey.ts';
import { expandJourney } from '../domain/compiled-journey.ts';
import { DAY } from '../domain/duration.ts';
import type { Fact } from '../domain/event.ts';
import type { Facts } from '../domain/facts.ts';
import { NO_FACTS, apply, deliveredAt } from '../domain/facts.ts';
import type { Journey, Step } from '../domain/journey.ts';
import type { MessageKind } from '../domain/message.ts';
import { kindRule } from '../domain/message.ts';
import type { OrderState, Plan, PlannedStep, StepProgress } from '../domain/plan.ts';
import { isFinished, plan, quietEnd, ruledOut } from '../domain/plan.ts';
import type { CarriedRun, OrderJourneyInput, OrderOutcome, Settling } from './carried-run.ts';
import type { OrderRef, TimelineLine } from './contract.ts';

type CommandRecord = Extract<WorkflowRecord, { kind: 'command' }>;

const COMMANDS_KEPT = 20;
const TIMELINE_KEPT = 40;
/** Enough to see what happened last; the whole timeline is in the database. */
const TIMELINE_CARRIED = 5;

/** A wait from here on costs more in storage than the continue-as-new that cuts it: break-even is 74 h at 20 KB of history. */
const LONG_WAIT = 10 * DAY;
/** A run that has just continued has few events; carrying it over again would gain nothing. */
const WORTH_CUTTING = 40;

export class JourneyRun {
  readonly ref: OrderRef;
  /** Set by signals, commands and finished sends; the main loop plans again. */
  dirty = false;
  /** Messages on their way, by step key. */
  readonly #sending = new Map<string, MessageKind>();
  #unrecorded: CommandRecord[] = [];
  #contact: string | undefined;
  #compiled: CompiledJourney | undefined;
  #journey: Journey;
  #state: OrderState;
  #settling: Record<string, Settling>;
  #commands: string[];
  #timeline: TimelineLine[];

  constructor({ brand, order, carried }: OrderJourneyInput) {
    this.ref = { brand, order };
    this.#contact = carried?.contact;
    this.#compiled = carried?.journey;
    this.#journey = expand(carried?.journey);
    this.#state = carried?.state ?? { facts: NO_FACTS, handled: {}, notBefore: {}, struck: [] };
    this.#settling = { ...carried?.settling };
    this.#commands = [...(carried?.commands ?? [])];
    this.#timeline = [...(carried?.timeline ?? [])];
  }

  get contact(): string | undefined {
    return this.#contact;
  }

  get facts(): Facts {
    return this.#state.facts;
  }

  get steps(): readonly Step[] {
    return this.#journey.steps;
  }

  /** What happened last, oldest first. */
  get timeline(): readonly TimelineLine[] {
    return this.#timeline;
  }

  get paused(): boolean {
    return this.#state.hold !== undefined;
  }

  /** Takes in a fact. The first placement decides whom the order belongs to and which steps it follows. */
  learn(fact: Fact): void {
    if (fact.type === 'order_placed' && this.#contact === undefined) {
      this.#contact = fact.placement.contact;
      this.#compiled = fact.placement.journey;
      this.#journey = expand(fact.placement.journey);
    }
    this.#change({ facts: apply(this.#state.facts, fact), heardAt: Date.now() });
  }

  /** Ends a pause that has run out. */
  endPause(now: number): void {
    const until = this.#state.hold?.until;
    if (until !== undefined && now >= until) this.resume();
  }

  plan(now: number): Plan {
    return this.#contact === undefined ? { due: [], skips: [], later: [] } : plan(this.#journey, this.#state, now);
  }

  /** No message is on its way. */
  get idle(): boolean {
    return this.#sending.size === 0;
  }

  /** The earliest moment something happens by itself: a step, a settlement, or the end of a quiet order. Infinity: never. */
  wakeAt(current: Plan): number {
    const moments = this.paused ? [] : Object.values(this.#settling).map(({ at }) => at);
    if (current.nextWakeAt !== undefined) moments.push(current.nextWakeAt);
    else if (!this.paused && this.idle) moments.push(quietEnd(this.#state));
    return Math.min(...moments);
  }

  /** The last message is on its way: the run ends with it, so there is nothing to show and nothing to wake for. */
  isClosing(current: Plan): boolean {
    return !this.idle && !this.paused && this.wakeAt(current) === Infinity;
  }

  isFinished(current: Plan, now: number): boolean {
    return isFinished(current, this.#state, now) && this.idle && Object.keys(this.#settling).length === 0;
  }

  outcome(): OrderOutcome {
    const ends = Object.values(this.#state.handled);
    const count = (progress: StepProgress): number => ends.filter((end) => end === progress).length;
    return {
      outcome: this.#contact === undefined ? 'order_never_came' : 'completed',
      sent: count('sent'),
      skipped: count('skipped'),
      failed: count('failed'),
    };
  }

  mark(key: string, progress: StepProgress, line: { now: number; reason?: string }): void {
    this.#change({ handled: { ...this.#state.handled, [key]: progress } });
    this.#note(key, progress, line);
  }

  /** A message is on its way; `sent` says what became of it. */
  sending(key: string, kind: MessageKind): void {
    this.#sending.set(key, kind);
    this.#change({ handled: { ...this.#state.handled, [key]: 'sending' } });
  }

  /**
   * Whether a message has to let another one go first: what belongs together arrives in order ("shipped" after "thank you"),
   * and messages that are no urgent updates keep a distance. An urgent one never waits behind a promotion in a long queue.
   */
  mustWaitItsTurn({ step }: PlannedStep): boolean {
    if (!('send' in step.act) || this.idle) return false;
    const urgent = (kind: MessageKind): boolean => kindRule(kind).urgent;
    return !urgent(step.act.send) || [...this.#sending.values()].some(urgent);
  }

  /** Not before `until`; the reason is on record. */
  defer(key: string, until: number, line: { now: number; reason: string }): void {
    this.#sending.delete(key);
    const { [key]: _sending, ...handled } = this.#state.handled;
    this.#change({ handled, notBefore: { ...this.#state.notBefore, [key]: until } });
    this.#note(key, `moved to ${iso(until)}`, line);
  }

  /** What became of a message that was handed over. */
  sent(key: string, message: string, kind: MessageKind, result: SendMessageResult, now: number): void {
    this.#sending.delete(key);
    switch (result.kind) {
      case 'accepted':
        return this.mark(key, 'sent', { now });
      case 'skip':
        return this.mark(key, 'skipped', { now, reason: result.reason });
      case 'failed':
        return this.mark(key, 'failed', { now, reason: result.reason });
      case 'wait':
        return this.defer(key, result.until, { now, reason: result.reason });
      case 'unknown':
        this.#settling[key] = { message, kind, at: result.settleAt };
        return this.mark(key, 'sent', { now, reason: 'outcome_unknown' });
    }
  }

  /** Takes out the unknown outcomes whose time to be settled has come; a pause puts that off like everything else. */
  takeSettlements(now: number): readonly (Settling & { readonly key: string })[] {
    if (this.paused) return [];
    const entries = Object.entries(this.#settling);
    this.#settling = Object.fromEntries(entries.filter(([, { at }]) => at > now));
    return entries.filter(([, { at }]) => at <= now).map(([key, settling]) => ({ key, ...settling }));
  }

  /** Whether something stands against sending a message again whose outcome is unknown. */
  isRuledOut(key: string, now: number): boolean {
    return ruledOut(this.#journey, this.#state, key, now) !== undefined;
  }

  pause(until: number | undefined): void {
    this.#change({ hold: until === undefined ? {} : { until } });
  }

  resume(): void {
    const { hold: _hold, ...state } = this.#state;
    this.#state = state;
    this.dirty = true;
  }

  strike(step: string): void {
    this.#change({ struck: [...this.#state.struck, step] });
  }

  cancelMessages(): void {
    this.#change({ messagesCancelled: true });
  }

  hasStep(step: string): boolean {
    return this.#journey.steps.some(({ id }) => id === step || step.startsWith(`${id}#`));
  }

  /** True the first time a command id is seen. */
  isNewCommand(id: string): boolean {
    if (this.#commands.includes(id)) return false;
    this.#commands = [...this.#commands, id].slice(-COMMANDS_KEPT);
    return true;
  }

  toRecord(record: CommandRecord): void {
    this.#unrecorded.push(record);
    this.dirty = true;
  }

  isRecorded(command: string): boolean {
    return !this.#unrecorded.some(({ id }) => id === command);
  }

  get unrecorded(): readonly CommandRecord[] {
    return this.#unrecorded;
  }

  recorded(written: readonly CommandRecord[]): void {
    this.#unrecorded = this.#unrecorded.filter((record) => !written.includes(record));
  }

  /** Before the long tail, or when the server asks. */
  shouldContinueAsNew(wakeAt: number, now: number, history: { length: number; suggested: boolean }): boolean {
    const longTail =
      deliveredAt(this.facts) !== undefined && wakeAt - now >= LONG_WAIT && history.length >= WORTH_CUTTING;
    return longTail || history.suggested;
  }

  /** Steps that were handled once and for all stay behind. */
  carry(): CarriedRun {
    const done = (index: number): boolean => {
      const id = this.#journey.steps[index]?.id ?? '';
      return this.#state.handled[id] !== undefined && this.#settling[id] === undefined;
    };
    return {
      ...(this.#contact !== undefined && { contact: this.#contact }),
      ...(this.#compiled && {
        journey: { ...this.#compiled, steps: this.#compiled.steps.filter((_, index) => !done(index)) },
      }),
      state: this.#state,
      settling: this.#settling,
      commands: this.#commands,
      timeline: this.#timeline.slice(-TIMELINE_CARRIED),
    };
  }

  #change(change: Partial<OrderState>): void {
    this.#state = { ...this.#state, ...change };
    this.dirty = true;
  }

  #note(key: string, what: string, { now, reason }: { now: number; reason?: string }): void {
    const line = { at: iso(now), key, what, ...(reason !== undefined && { reason }) };
    this.#timeline = [...this.#timeline, line].slice(-TIMELINE_KEPT);
  }
}

function expand(compiled: CompiledJourney | undefined): Journey {
  return compiled ? expandJourney(compiled) : { name: '', version: 0, steps: [] };
}

export function iso(at: number): string {
  return new Date(at).toISOString();
}
