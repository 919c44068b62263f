/** Plays one order without servers: what the workflow does with plan() and the gate, over virtual days. */
import { maySend } from '../../domain/decision.ts';
import type { KnownPromise } from '../../domain/delay.ts';
import type { SendFacts } from '../../domain/send-facts.ts';
import type { Fact } from '../../domain/event.ts';
import { NO_FACTS, apply } from '../../domain/facts.ts';
import type { GateGuard, Journey } from '../../domain/journey.ts';
import type { MessageKind } from '../../domain/message.ts';
import { kindRule } from '../../domain/message.ts';
import type { OrderState, PlannedStep } from '../../domain/plan.ts';
import { plan } from '../../domain/plan.ts';
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

export function simulate({ journey, arrivals, stopAt = Infinity, person = {} }: Story): Played {
  const sent: Line[] = [];
  const skipped: Line[] = [];
  const queue = arrivals.toSorted((a, b) => a.at - b.at);
  let state: OrderState = { facts: NO_FACTS, handled: {}, notBefore: {}, struck: [] };
  let cases = 0;

  const take = (arrival: Arrival): OrderState => {
    if ('fact' in arrival) return { ...state, facts: apply(state.facts, arrival.fact) };
    if ('pause' in arrival) return { ...state, hold: arrival.pause };
    const { hold: _hold, ...running } = state;
    return running;
  };
  const handle = (key: string): void => {
    if (state.handled[key] !== undefined) throw new Error(`taken up twice: ${key}`);
    state = { ...state, handled: { ...state.handled, [key]: 'sent' } };
  };

  /** As the gate reads it from the ledger. */
  const knownPromise = ({ occurrence }: PlannedStep): KnownPromise => {
    const told = sent.findLast((line) => line.kind === 'delivery_delayed');
    const promisedAt = Number(occurrence.id);
    return {
      promisedAt,
      first: state.facts.firstPromise?.promisedAt ?? promisedAt,
      ...(told && { told: { at: told.at, promisedAt: Number(told.item.occurrence.id) } }),
    };
  };

  const perform = (item: PlannedStep, now: number): void => {
    const { key, step, occurrence } = item;
    if ('open' in step.act) {
      cases += 1;
      sent.push({ at: now, key, kind: 'case', item });
      handle(key);
      const opened: Fact = { id: `case_opened.${cases}`, at: now, type: 'case_opened', case: `own-${cases}` };
      state = { ...state, facts: apply(state.facts, opened) };
      return;
    }
    const kind = step.act.send;
    const before = sent.flatMap(({ kind: other, at }) => (other === 'case' ? [] : [{ kind: other, at }]));
    const lastMessageAt = sent.findLast((line) => line.kind !== 'case' && !kindRule(line.kind).urgent)?.at;
    const decision = maySend(
      sendFacts({
        kind,
        now,
        triggeredAt: occurrence.at,
        usefulUntil: item.usefulUntil,
        inReply: item.inReply,
        guards: (step.unless ?? []).filter((guard): guard is GateGuard =>
          ['member', 'reordered', 'asked_recently'].includes(guard),
        ),
        address: { suppressed: now >= stopAt, country: 'IT' },
        lastMessageAt,
        sent: before,
        ...(kind === 'delivery_delayed' && { delay: knownPromise(item) }),
        ...person,
      }),
    );
    if (decision.kind === 'wait') {
      if (decision.until <= now) throw new Error(`a wait that does not move on: ${key}`);
      state = { ...state, notBefore: { ...state.notBefore, [key]: decision.until } };
      return;
    }
    handle(key);
    if (decision.kind === 'send') sent.push({ at: now, key, kind, item });
    else skipped.push({ at: now, key, kind, item, reason: decision.reason });
  };

  for (let now = queue[0]?.at; now !== undefined;) {
    while (queue[0] && queue[0].at <= now) state = take(queue.shift() as Arrival);
    if (state.hold?.until !== undefined && state.hold.until <= now) state = take({ at: now, resume: true });
    // Until the order itself is known, there is no contact to tell.
    const current = state.facts.placedAt === undefined ? { due: [], skips: [], later: [] } : plan(journey, state, now);
    for (const { reason, ...item } of current.skips) {
      handle(item.key);
      skipped.push({
        at: now,
        key: item.key,
        kind: 'send' in item.step.act ? item.step.act.send : 'case',
        item,
        reason,
      });
    }
    for (const item of current.due) perform(item, now);
    if (current.due.length + current.skips.length > 0) continue;
    const next = Math.min(current.nextWakeAt ?? Infinity, queue[0]?.at ?? Infinity);
    if (next <= now) throw new Error('a wake that does not move on');
    now = next === Infinity ? undefined : next;
  }
  return { sent, skipped };
}
