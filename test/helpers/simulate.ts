/**
 * Plays one order without servers, over virtual days: the interpreter of its run and the gate's decision, with a provider that takes
 * everything. In place of Temporal there is the loop below, which does what workflows/order/order-journey.ts does between two awaits.
 */
import { maySend } from '../../domain/sending/gate/decision.ts';
import type { KnownPromise } from '../../domain/orders/delay.ts';
import type { Fact } from '../../domain/orders/events.ts';
import type { Journey } from '../../domain/journey/journey.ts';
import type { CompiledJourney } from '../../domain/journey/compiled-form.ts';
import { compileJourney } from '../../domain/journey/compiled-journey.ts';
import type { MessageKind } from '../../domain/sending/message.ts';
import { kindRule } from '../../domain/sending/message.ts';
import type { PlannedStep } from '../../domain/journey/plan.ts';
import type { SendFacts } from '../../domain/sending/gate/gate.ts';
import { gateGuards } from '../../domain/journey/guard.ts';
import type { RunInput, Run } from '../../domain/journey/run.ts';
import { NEW_RUN, advance, endPause, isOver, nextOf, planOf, progressOf, wakeAt } from '../../domain/journey/run.ts';
import { carry, runOf } from '../../workflows/order/carried-run.ts';
import { sendFacts } from './send-facts.ts';

/** An input of the order at a moment: a fact (perhaps long after it happened) or an operator's command. */
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

export interface Simulated {
  readonly sent: readonly Line[];
  readonly skipped: readonly Line[];
}

export function simulate({ journey, arrivals, stopAt = Infinity, person = {} }: Story): Simulated {
  const sent: Line[] = [];
  const skipped: Line[] = [];
  const queue = arrivals.toSorted((a, b) => a.at - b.at);
  const compiled = compileJourney(journey);
  let run: Run = NEW_RUN;
  let cases = 0;

  const take = (happening: RunInput, now: number): void => {
    run = advance(run, happening, now);
  };
  const arrive = (arrival: Arrival, now: number): void => {
    if ('fact' in arrival) {
      const { fact } = arrival;
      if (fact.type !== 'message_status') take({ kind: 'facts', facts: [follows(fact, compiled)] }, now);
    } else if ('pause' in arrival) take({ kind: 'paused', until: arrival.pause.until }, now);
    else take({ kind: 'resumed' }, now);
  };

  /** As the gate reads it from the ledger. */
  const knownPromise = ({ occurrence }: PlannedStep): KnownPromise => {
    const told = sent.findLast((line) => line.kind === 'delivery_delayed');
    const promisedAt = Number(occurrence.id);
    return {
      promisedAt,
      first: run.state.facts.firstPromise?.promisedAt ?? promisedAt,
      ...(told && { told: { at: told.at, promisedAt: Number(told.item.occurrence.id) } }),
    };
  };

  const perform = (item: PlannedStep, now: number): void => {
    const { key, step, channelIndex, occurrence, usefulUntil, inReply } = item;
    if (progressOf(run, key) !== undefined) throw new Error(`taken up twice: ${key}`);
    if ('open' in step.act) {
      cases += 1;
      sent.push({ at: now, key, kind: 'case', item });
      const opened = { id: `case_opened.${cases}`, at: now, type: 'case_opened', case: `own-${cases}` } as const;
      take({ kind: 'facts', facts: [opened] }, now);
      return take({ kind: 'case_opened', key }, now);
    }
    const kind = step.act.send;
    const before = sent.flatMap(({ kind: other, at }) => (other === 'case' ? [] : [{ kind: other, at }]));
    const lastMessageAt = sent.findLast((line) => line.kind !== 'case' && !kindRule(line.kind).urgent)?.at;
    const decision = maySend(
      sendFacts({
        kind,
        now,
        triggeredAt: occurrence.at,
        usefulUntil,
        inReply,
        guards: gateGuards(step),
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
      return take({ kind: 'held_back', at: item, why: decision }, now);
    }
    sent.push({ at: now, key, kind, item });
    const attempt = { key, channelIndex, message: key, kind };
    take({ kind: 'sending', attempt }, now);
    take({ kind: 'result', attempt, result: { kind: 'accepted' } }, now);
  };

  for (let now = queue[0]?.at; now !== undefined;) {
    while (queue[0] && queue[0].at <= now) arrive(queue.shift() as Arrival, now);
    run = endPause(run, now);
    const before = run;
    const current = planOf(run, now);
    for (const { reason, ...item } of current.skips) {
      if (progressOf(run, item.key) !== undefined) throw new Error(`ended twice: ${item.key}`);
      const kind = 'send' in item.step.act ? item.step.act.send : 'case';
      skipped.push({ at: now, key: item.key, kind, item, reason });
    }
    if (current.skips.length > 0) take({ kind: 'ruled_out', skips: current.skips }, now);
    else {
      const due = nextOf(run, current);
      if (due) perform(due, now);
    }
    if (run !== before) continue;
    const over = isOver(run, current, now);
    if (!over) run = handedOn(run);
    // In production, a fact after the end starts a run that knows nothing, and the ledger refuses messages that were
    // sent. Here the run goes on.
    const next = Math.min(over ? Infinity : wakeAt(run, current), queue[0]?.at ?? Infinity);
    if (next <= now) throw new Error('a wake that does not move on');
    now = next === Infinity ? undefined : next;
  }
  return { sent, skipped };
}

/** As Temporal hands it on before a long wait; here before every wait. */
function handedOn(run: Run): Run {
  const carried = carry(run, []);
  return runOf(JSON.parse(JSON.stringify(carried)) as typeof carried);
}

/** The placement as it would be of an order that follows this journey. */
function follows<One extends Fact>(fact: One, journey: CompiledJourney): One {
  return fact.type === 'order_placed' ? { ...fact, placement: { ...fact.placement, journey } } : fact;
}
