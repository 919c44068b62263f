/**
 * Plays one order without servers, over virtual days: the run of its workflow and the gate's decision, with a provider that takes
 * everything. In place of Temporal there is the loop below, which does what workflows/order/order-journey.ts does between two awaits.
 */
import { maySend } from '../../domain/sending/decision.ts';
import type { KnownPromise } from '../../domain/orders/delay.ts';
import type { Fact } from '../../domain/orders/events.ts';
import type { Journey } from '../../domain/journey/journey.ts';
import type { CompiledJourney } from '../../domain/journey/compiled-journey.ts';
import { compileJourney } from '../../domain/journey/compiled-journey.ts';
import type { MessageKind } from '../../domain/sending/message.ts';
import { kindRule } from '../../domain/sending/message.ts';
import type { PlannedStep } from '../../domain/journey/plan.ts';
import type { SendFacts } from '../../domain/sending/send-facts.ts';
import type { CarriedRun } from '../../workflows/order/carried-run.ts';
import { gateQuestion } from '../../workflows/order/gate-question.ts';
import { heldBack, sending, sent as wasSent } from '../../workflows/order/hops.ts';
import { JourneyRun } from '../../workflows/order/journey-run.ts';
import { sendFacts } from './send-facts.ts';

/** Something that reaches the order at a moment: a fact (perhaps long after it happened) or an operator's command. */
export type Arrival = { readonly at: number } & (
  | { readonly fact: Fact }
  | { readonly pause: { until?: number } }
  | { readonly resume: true }
);

export interface Story {
  readonly journey: Journey;
  readonly arrivals: readonly Arrival[];
  /** The customer texts STOP at this moment. */
  readonly stopAt?: number;
  /** Further facts of this customer for the gate. */
  readonly person?: Partial<SendFacts>;
}

export interface Line {
  readonly at: number;
  readonly key: string;
  readonly kind: MessageKind | 'case';
  readonly item: PlannedStep;
  readonly reason?: string;
}

export interface Played {
  readonly sent: readonly Line[];
  readonly skipped: readonly Line[];
}

/** Long enough for a run to continue as new before each long wait, so that what is carried is played with, too. */
const HISTORY = { length: 100, suggested: false };

export function simulate(story: Story): Played {
  const realNow = Date.now;
  let now = 0;
  // A run asks for the time of its workflow.
  Date.now = () => now;
  try {
    return play(story, (at) => {
      now = at;
    });
  } finally {
    Date.now = realNow;
  }
}

function play({ journey, arrivals, stopAt = Infinity, person = {} }: Story, setTime: (at: number) => void): Played {
  const sent: Line[] = [];
  const skipped: Line[] = [];
  const queue = arrivals.toSorted((a, b) => a.at - b.at);
  const compiled = compileJourney(journey);
  let run = runOf();
  let cases = 0;

  const take = (arrival: Arrival): void => {
    if ('fact' in arrival) {
      if (arrival.fact.type !== 'message_status') run.learn(follows(arrival.fact, compiled));
    } else if ('pause' in arrival) run.pause(arrival.pause.until);
    else run.resume();
  };

  /** As the gate reads it from the ledger. */
  const knownPromise = ({ occurrence }: PlannedStep): KnownPromise => {
    const told = sent.findLast((line) => line.kind === 'delivery_delayed');
    const promisedAt = Number(occurrence.id);
    return {
      promisedAt,
      first: run.facts.firstPromise?.promisedAt ?? promisedAt,
      ...(told && { told: { at: told.at, promisedAt: Number(told.item.occurrence.id) } }),
    };
  };

  const perform = (item: PlannedStep, now: number): void => {
    const { key, step, hop } = item;
    if (run.progressOf(key) !== undefined) throw new Error(`taken up twice: ${key}`);
    if ('open' in step.act) {
      cases += 1;
      sent.push({ at: now, key, kind: 'case', item });
      run.learn({ id: `case_opened.${cases}`, at: now, type: 'case_opened', case: `own-${cases}` });
      return run.mark(key, 'opened', { now });
    }
    const kind = step.act.send;
    const { triggeredAt, usefulUntil, inReply, guards } = gateQuestion(run, item, kind, now);
    const before = sent.flatMap(({ kind: other, at }) => (other === 'case' ? [] : [{ kind: other, at }]));
    const lastMessageAt = sent.findLast((line) => line.kind !== 'case' && !kindRule(line.kind).urgent)?.at;
    const decision = maySend(
      sendFacts({
        kind,
        now,
        triggeredAt,
        usefulUntil,
        inReply,
        guards,
        address: { suppressed: now >= stopAt, country: 'IT' },
        lastMessageAt,
        sent: before,
        ...(kind === 'delivery_delayed' && { delay: knownPromise(item) }),
        ...person,
      }),
    );
    if (decision.kind === 'wait' && decision.until <= now) throw new Error(`a wait that does not move on: ${key}`);
    if (decision.kind !== 'send') {
      if (decision.kind === 'skip') skipped.push({ at: now, key, kind, item, reason: decision.reason });
      return heldBack(run, item, decision, now);
    }
    sent.push({ at: now, key, kind, item });
    const leg = { key, hop, message: key, kind };
    sending(run, leg);
    wasSent(run, leg, { kind: 'accepted' }, now);
  };

  for (let now = queue[0]?.at; now !== undefined;) {
    setTime(now);
    while (queue[0] && queue[0].at <= now) take(queue.shift() as Arrival);
    run.endPause(now);
    run.dirty = false;
    const current = run.plan(now);
    for (const { reason, ...item } of current.skips) {
      if (run.progressOf(item.key) !== undefined) throw new Error(`ended twice: ${item.key}`);
      const kind = 'send' in item.step.act ? item.step.act.send : 'case';
      skipped.push({ at: now, key: item.key, kind, item, reason });
    }
    if (current.skips.length > 0) run.skip(current.skips, now);
    else {
      const due = run.nextOf(current);
      if (due) perform(due, now);
    }
    if (run.dirty) continue;
    const wakeAt = run.wakeAt(current);
    const isOver = run.isFinished(current, now);
    if (!isOver && run.shouldContinueAsNew(wakeAt, now, HISTORY)) run = runOf(handedOn(run));
    // A fact that comes after the end starts a run that knows nothing, and the ledger refuses what was sent; here the run goes on.
    const next = Math.min(isOver ? Infinity : wakeAt, queue[0]?.at ?? Infinity);
    if (next <= now) throw new Error('a wake that does not move on');
    now = next === Infinity ? undefined : next;
  }
  return { sent, skipped };
}

/** As Temporal hands it on. */
function handedOn(run: JourneyRun): CarriedRun {
  return JSON.parse(JSON.stringify(run.carry())) as CarriedRun;
}

function runOf(carried?: CarriedRun): JourneyRun {
  return new JourneyRun({ brand: 'brand', order: 'order', ...(carried && { carried }) });
}

/** The placement as it would be of an order that follows this journey. */
function follows<One extends Fact>(fact: One, journey: CompiledJourney): One {
  return fact.type === 'order_placed' ? { ...fact, placement: { ...fact.placement, journey } } : fact;
}
