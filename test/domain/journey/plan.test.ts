import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileJourney } from '../../../domain/journey/compiled-journey.ts';
import { DAY, HOUR } from '../../../domain/time/duration.ts';
import type { Facts } from '../../../domain/orders/facts.ts';
import type { Fact } from '../../../domain/orders/events.ts';
import { NO_FACTS } from '../../../domain/orders/facts.ts';
import { apply, applyAll } from '../../../domain/orders/fold.ts';
import type { Step } from '../../../domain/journey/journey.ts';
import type { OrderState, Plan } from '../../../domain/journey/plan.ts';
import { QUIET_END, isFinished, isHeld, isKeyOf, plan, planLines, ruledOut } from '../../../domain/journey/plan.ts';
import { PLACED_AT, orderEvents, arbitraryOrderJourney } from '../../helpers/arbitraries.ts';
import { loadStandardJourney } from '../../../journeys/load.ts';
import { simulate } from '../../helpers/simulate.ts';
import { countWalks } from '../../helpers/count-walks.ts';

const T = PLACED_AT;

const state = (facts: Partial<Facts>, differs: Partial<OrderState> = {}): OrderState => ({
  facts: { ...NO_FACTS, placedAt: T, ...facts },
  handled: {},
  notBefore: {},
  skippedSteps: [],
  ...differs,
});
const planOf = (step: Step, given: OrderState, now: number): Plan =>
  plan({ name: 'j', version: 1, steps: [step] }, given, now);

const GUIDE: Step = {
  id: 'guide',
  act: { send: 'setup_guide' },
  when: 'delivered',
  after: '1d',
  unless: ['open_case'],
};
const DELIVERED = { parcels: { p: { deliveredAt: T } } };

describe('a step', () => {
  it('is not planned before its trigger', () => {
    expect(planOf(GUIDE, state({}), T)).toEqual({ due: [], skips: [], later: [] });
  });

  it('comes later until its delay is over, then it is due', () => {
    const early = planOf(GUIDE, state(DELIVERED), T + DAY - 1);
    expect([early.due, early.later.map(({ key }) => key), early.nextWakeAt]).toEqual([[], ['guide'], T + DAY]);
    const due = planOf(GUIDE, state(DELIVERED), T + DAY);
    expect(due).toMatchObject({ due: [{ key: 'guide', dueAt: T + DAY, usefulUntil: T + 4 * DAY }], later: [] });
    expect(due.nextWakeAt).toBeUndefined();
  });

  it('expires when it is past its use', () => {
    expect(planOf(GUIDE, state(DELIVERED), T + 4 * DAY).due).toHaveLength(1);
    expect(planOf(GUIDE, state(DELIVERED), T + 4 * DAY + 1).skips).toMatchObject([
      { key: 'guide', reason: 'too_late' },
    ]);
  });

  it('is not planned again once it was taken up', () => {
    for (const handled of ['sending', 'sent', 'skipped', 'failed', 'opened'] as const)
      expect(planOf(GUIDE, state(DELIVERED, { handled: { guide: handled } }), T + DAY)).toEqual({
        due: [],
        skips: [],
        later: [],
      });
  });

  it('that was deferred is due then, and useful no longer than before', () => {
    const deferred = state(DELIVERED, { notBefore: { guide: T + 2 * DAY } });
    expect(planOf(GUIDE, deferred, T + DAY)).toMatchObject({ due: [], nextWakeAt: T + 2 * DAY });
    expect(planOf(GUIDE, deferred, T + 2 * DAY).due).toMatchObject([{ usefulUntil: T + 4 * DAY }]);
  });

  it('happens once per parcel, each with a key of its own', () => {
    const shipped: Step = { id: 'shipped', act: { send: 'shipped' }, when: 'shipped' };
    const parcels = { p2: { shippedAt: T + 1 }, p1: { shippedAt: T } };
    expect(planOf(shipped, state({ parcels }), T + 1).due.map(({ key }) => key)).toEqual(['shipped#p1', 'shipped#p2']);
    expect(
      planOf(shipped, state({ parcels }, { handled: { 'shipped#p1': 'sent' } }), T + 1).due.map(({ key }) => key),
    ).toEqual(['shipped#p2']);
  });

  it('that is stopped for good ends before it is due; one that an open case stops waits until then', () => {
    const cancelled = state({ ...DELIVERED, cancelledAt: T });
    expect(planOf(GUIDE, cancelled, T).skips).toMatchObject([{ reason: 'order_cancelled' }]);
    const open = state({ ...DELIVERED, casesOpened: { 1: T } });
    expect(planOf(GUIDE, open, T).later).toHaveLength(1);
    expect(planOf(GUIDE, open, T + DAY).skips).toMatchObject([{ reason: 'open_case' }]);
  });

  it('before a predicted moment is due before it', () => {
    const replenishment: Step = { id: 'r', act: { send: 'replenishment' }, when: 'run_out', after: '-5d' };
    const known = state({ ...DELIVERED, runsOutAfterDays: 30 });
    expect(planOf(replenishment, known, T).later).toMatchObject([{ dueAt: T + 25 * DAY }]);
  });

  it('answers at once when a rating is its trigger, and only then', () => {
    const rated = state({ rating: { at: T, score: 2 } });
    const inReply = (when: Step['when'], after?: string): boolean | undefined => {
      const { due, later } = planOf(
        { id: 's', act: { send: 'review_invitation' }, when, ...(after !== undefined && { after }) },
        rated,
        T,
      );
      return [...due, ...later][0]?.inReply;
    };
    expect([inReply('rated'), inReply('rated_low'), inReply('rated_low', '0')]).toEqual([true, true, true]);
    expect([inReply('rated_low', '7d'), inReply('placed')]).toEqual([false, false]);
  });

  it('of a case is worth doing for two weeks', () => {
    const step: Step = { id: 'c', act: { open: 'low_rating' }, when: 'placed' };
    expect(planOf(step, state({}), T + 14 * DAY).due).toHaveLength(1);
    expect(planOf(step, state({}), T + 14 * DAY + 1).skips).toMatchObject([{ reason: 'too_late' }]);
  });
});

describe('a shortcut', () => {
  const REVIEW: Step = {
    id: 'review',
    act: { send: 'review_invitation' },
    when: 'rated_low',
    after: '7d',
    orWhen: 'case_closed',
  };
  const rating = { rating: { at: T, score: 1 } };
  const dueAt = (known: Partial<Facts>) => planOf(REVIEW, state({ ...rating, ...known }), T).later[0]?.dueAt;

  it('makes a step due at once when it comes before the delay is over', () => {
    expect(dueAt({ casesOpened: { a: T }, casesClosed: { a: T + 2 * DAY } })).toBe(T + 2 * DAY);
    expect(dueAt({ casesOpened: { a: T }, casesClosed: { a: T + 9 * DAY } })).toBe(T + 7 * DAY);
    expect(dueAt({ casesOpened: { a: T } })).toBe(T + 7 * DAY);
  });

  it('does not count when it came before the trigger: a case of last week is not the one about this rating', () => {
    expect(dueAt({ casesOpened: { a: T - 3 * DAY }, casesClosed: { a: T - DAY } })).toBe(T + 7 * DAY);
  });

  it('does not count while another case is open', () => {
    const cases = { casesOpened: { a: T - DAY, b: T }, casesClosed: { a: T + DAY } };
    expect(dueAt(cases)).toBe(T + 7 * DAY);
  });

  it('that can happen several times counts the first time after the trigger', () => {
    const step: Step = { id: 's', act: { send: 'check_in' }, when: 'placed', after: '9d', orWhen: 'shipped' };
    const parcels = { p1: { shippedAt: T + 3 * HOUR }, p2: { shippedAt: T + HOUR }, p3: { shippedAt: T - HOUR } };
    expect(planOf(step, state({ parcels }), T).later[0]?.dueAt).toBe(T + HOUR);
  });
});

describe('an operator', () => {
  it('can skip a step, or one occurrence of it', () => {
    const step: Step = { id: 's', act: { send: 'shipped' }, when: 'shipped' };
    const parcels = { p1: { shippedAt: T }, p2: { shippedAt: T } };
    expect(planOf(step, state({ parcels }, { skippedSteps: ['s'] }), T).skips.map(({ reason }) => reason)).toEqual([
      'skipped_by_operator',
      'skipped_by_operator',
    ]);
    expect(planOf(step, state({ parcels }, { skippedSteps: ['s#p1'] }), T)).toMatchObject({
      skips: [{ key: 's#p1' }],
      due: [{ key: 's#p2' }],
    });
  });

  it('can cancel the messages still to come, and the cases are opened all the same', () => {
    const cancelled = state({ rating: { at: T, score: 1 } }, { messagesCancelled: true });
    const steps: Step[] = [
      { id: 'offer', act: { send: 'support_offer' }, when: 'rated_low' },
      { id: 'case', act: { open: 'low_rating' }, when: 'rated_low' },
    ];
    const found = plan({ name: 'j', version: 1, steps }, cancelled, T);
    expect(found).toMatchObject({
      skips: [{ key: 'offer', reason: 'messages_cancelled_by_operator' }],
      due: [{ key: 'case' }],
    });
  });

  it('who holds an order keeps everything back, until the hold ends by itself or is lifted', () => {
    expect(planOf(GUIDE, state(DELIVERED, { hold: {} }), T + 2 * DAY)).toMatchObject({
      due: [],
      skips: [],
      later: [{ key: 'guide' }],
    });
    expect(planOf(GUIDE, state(DELIVERED, { hold: {} }), T + 2 * DAY).nextWakeAt).toBeUndefined();
    expect(planOf(GUIDE, state(DELIVERED, { hold: { until: T + 3 * DAY } }), T + 2 * DAY).nextWakeAt).toBe(T + 3 * DAY);
  });

  it('who holds an order with an open case loses nothing that the closed case would allow', () => {
    const held = state({ ...DELIVERED, casesOpened: { 1: T } }, { hold: {} });
    expect(planOf(GUIDE, held, T + 2 * DAY).skips).toEqual([]);
    const resumed = state({ ...DELIVERED, casesOpened: { 1: T }, casesClosed: { 1: T + DAY } });
    expect(planOf(GUIDE, resumed, T + 3 * DAY).due).toHaveLength(1);
  });
});

describe('one next wake', () => {
  const story = fc.tuple(
    arbitraryOrderJourney,
    orderEvents,
    fc.integer({ min: 0, max: 120 * 24 }),
    fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  );

  it('is the earliest of what comes later, and until then the plan does not change by itself', () => {
    fc.assert(
      fc.property(story, ([journey, events, hours, share]) => {
        const now = T + hours * HOUR;
        const facts = events.reduce(apply, NO_FACTS);
        const first = plan(journey, state(facts), now);
        const handled = Object.fromEntries([...first.due, ...first.skips].map(({ key }) => [key, 'sent' as const]));
        const given = state(facts, { handled });
        const current = plan(journey, given, now);
        expect([current.due, current.skips]).toEqual([[], []]);
        const wakes = current.later.map(({ dueAt, heldBy, usefulUntil }) => (heldBy ? usefulUntil + 1 : dueAt));
        expect(current.nextWakeAt ?? Infinity).toBe(Math.min(...wakes));
        const wake = current.nextWakeAt ?? now + 400 * DAY;
        expect(wake).toBeGreaterThan(now);
        const meanwhile = now + Math.floor(share * (wake - now));
        expect(plan(journey, given, meanwhile)).toEqual(current);
        if (current.nextWakeAt === undefined) return;
        const { due, skips } = plan(journey, given, wake);
        expect(due.length + skips.length).toBeGreaterThan(0);
      }),
    );
  });

  it('lists everything in the order of its due times', () => {
    fc.assert(
      fc.property(story, ([journey, events, hours]) => {
        const { due, skips, later } = plan(journey, state(events.reduce(apply, NO_FACTS)), T + hours * HOUR);
        for (const list of [due, skips, later])
          expect(list.map(({ dueAt }) => dueAt)).toEqual(list.map(({ dueAt }) => dueAt).toSorted((a, b) => a - b));
      }),
    );
  });
});

describe('an order with many facts', () => {
  const journey = { name: 'j', version: 1, steps: loadStandardJourney().steps };
  const scans = (count: number): Fact[] =>
    Array.from({ length: count }, (_, index): Fact[] => [
      { id: `u${index}`, at: T + index, type: 'order_updated' },
      { id: `r${index}`, at: T + index, type: 'refund_issued' },
      { id: `s${index}`, at: T + index, type: 'parcel_delivery_failed', parcel: `p${index}` },
      { id: `o${index}`, at: T + index, type: 'case_opened', case: `c${index}` },
      { id: `c${index}`, at: T + index + 1, type: 'case_closed', case: `c${index}` },
    ]).flat();
  const walksOf = (count: number): Readonly<Record<string, number>> => {
    const { facts, walks } = countWalks(applyAll(NO_FACTS, scans(count)));
    const { due, skips, later } = plan(journey, state(facts), T + DAY);
    expect(due.length + skips.length + later.length).toBeGreaterThan(3 * count);
    ruledOut(journey, state(facts), `order_updated#u0`, T + DAY);
    return walks;
  };

  it('is planned with as many walks over its parcels, refunds and cases as one with few', () => {
    expect(walksOf(300)).toEqual(walksOf(3));
  });
});

describe('an order ends', () => {
  const nothing: Plan = { due: [], skips: [], later: [] };

  it('when nothing is left to do and nothing was heard for 30 days', () => {
    const quiet = state({ lastAt: T });
    expect(isFinished(nothing, quiet, T + QUIET_END - 1)).toBe(false);
    expect(isFinished(nothing, quiet, T + QUIET_END)).toBe(true);
    expect(QUIET_END).toBe(30 * DAY);
  });

  it('not while a step is to come or the order is on hold', () => {
    const known = state({ ...DELIVERED, lastAt: T - 40 * DAY });
    expect(isFinished(planOf(GUIDE, known, T), known, T)).toBe(false);
    expect(isFinished(nothing, state({ lastAt: 0 }, { hold: {} }), T)).toBe(false);
  });
});

describe('updates that a step waits for', () => {
  const step: Step = { id: 'order_updated', act: { send: 'order_updated' }, when: 'updated', after: '15m' };
  const journey = { name: 'j', version: 1, steps: [step] };
  const MINUTE = 60_000;
  const at = (...moments: readonly (readonly [string, number])[]): Facts =>
    applyAll(
      NO_FACTS,
      moments.map(([id, minute]): Fact => ({ id, at: T + minute * MINUTE, type: 'order_updated' })),
    );
  const lines = (facts: Facts, more: Partial<OrderState> = {}, now = T): [string, number][] => {
    const { due, later } = plan(journey, state(facts, more), now);
    return [...due, ...later].map(({ key, dueAt }) => [key, (dueAt - T) / MINUTE]);
  };

  it('are one message, as the last of them, a quarter of an hour after the first', () => {
    expect(lines(at(['a', 0], ['b', 5], ['c', 15]))).toEqual([['order_updated#c', 15]]);
    expect(lines(at(['a', 0], ['b', 16]))).toEqual([
      ['order_updated#a', 15],
      ['order_updated#b', 31],
    ]);
  });

  it('are the same messages in whatever order they are heard of', () => {
    const update = fc.record({
      id: fc.string({ minLength: 1, maxLength: 3 }),
      minute: fc.integer({ min: 0, max: 120 }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(update, { selector: ({ id }) => id, maxLength: 12 }), fc.nat(), (updates, seed) => {
        const moments = updates.map(({ id, minute }) => [id, minute] as const);
        const turned = moments.toSorted(([a], [b]) => ((seed + a.length) % 2 === 0 ? 1 : -1) * (a < b ? -1 : 1));
        expect(lines(at(...turned))).toEqual(lines(at(...moments)));
      }),
    );
  });

  it('make no second message when one of them is heard of after the message was sent', () => {
    const sent = { handled: { 'order_updated#b': 'sent' } } as const;
    expect(lines(at(['a', 0], ['b', 5], ['late', 10]), sent)).toEqual([]);
    expect(lines(at(['early', -5], ['a', 0], ['b', 5]), sent)).toEqual([]);
    // It was put off: the same message waits, and the new update goes with it.
    const put = { notBefore: { 'order_updated#b': T + 60 * MINUTE } };
    expect(lines(at(['a', 0], ['b', 5], ['late', 10]), put)).toEqual([['order_updated#b', 60]]);
  });

  it('make no second message when one that is earlier than all that was told is heard of late', () => {
    const sent = { handled: { 'order_updated#b': 'sent' } } as const;
    expect(lines(at(['early', -12], ['a', 0], ['b', 5]), sent)).toEqual([]);
    expect(lines(at(['early', -60], ['a', 0], ['b', 5]), sent)).toEqual([]);
    // A later one is news, and so is an earlier one that waits for its hour.
    expect(lines(at(['b', 5], ['c', 30]), sent)).toEqual([['order_updated#c', 45]]);
    const put = { ...sent, notBefore: { 'order_updated#a': T + 60 * MINUTE } };
    expect(lines(at(['a', -60], ['b', 5]), put)).toEqual([['order_updated#a', 60]]);
  });

  it('are never told of twice or backwards, and none is left untold, however late each is heard of', () => {
    const update = fc.record({ minute: fc.integer({ min: 0, max: 90 }), late: fc.integer({ min: 0, max: 120 }) });
    const placed: Fact = {
      id: 'placed',
      at: T,
      type: 'order_placed',
      placement: { contact: 'c', journey: compileJourney(journey) },
    };
    fc.assert(
      fc.property(fc.array(update, { maxLength: 12 }), (updates) => {
        const arrivals = updates.map(({ minute, late }, index) => {
          const fact: Fact = { id: `u${index}`, at: T + minute * MINUTE, type: 'order_updated' };
          return { at: fact.at + late * MINUTE, fact };
        });
        const person = { cappedAt: [], lastMessageAt: -Infinity };
        const { sent } = simulate({ journey, arrivals: [{ at: T, fact: placed }, ...arrivals], person });
        const told = sent.map(({ item }) => item.occurrence.at);
        expect(told).toEqual([...new Set(told)].toSorted((a, b) => a - b));
        for (const { fact } of arrivals) expect(told.some((moment) => fact.at <= moment + 15 * MINUTE)).toBe(true);
      }),
    );
  });

  it('are told one by one by an order whose journey does not wait', () => {
    const { after: _after, ...atOnce } = step;
    const { later, due } = plan({ ...journey, steps: [atOnce] }, state(at(['a', 0], ['b', 5])), T + 5 * MINUTE);
    expect([...due, ...later].map(({ key }) => key)).toEqual(['order_updated#a', 'order_updated#b']);
  });
});

it('a key belongs to the step that it begins with, up to the sign', () => {
  const keys = ['shipped', 'shipped#p1', 'shipped#', 'shipped_late', 'shipped_late#p1', 'not#shipped', 'ship#shipped#'];
  expect(keys.map((key) => isKeyOf(key, 'shipped'))).toEqual([true, true, true, false, false, false, false]);
});

describe('a plan for people', () => {
  const steps: readonly Step[] = [
    { id: 'told', act: { send: 'order_confirmation' }, when: 'placed' },
    {
      id: 'guide',
      act: { send: 'setup_guide' },
      when: 'placed',
      after: '1d',
      channels: ['rcs', 'sms'],
      failoverAfter: '10m',
    },
    { id: 'lost', act: { open: 'never_arrived' }, when: 'placed', after: '2d' },
  ];
  const facts: Facts = { ...NO_FACTS, placedAt: PLACED_AT };
  const state: OrderState = { facts, handled: {}, notBefore: {}, channelIndexes: { guide: 1 }, skippedSteps: [] };
  const iso = (days: number): string => new Date(PLACED_AT + days * DAY).toISOString();

  it('names what is due first, the channel where there are several, and the case that a step opens', () => {
    const journey = { name: 'j', version: 1, steps };
    expect(planLines(plan(journey, state, PLACED_AT))).toStrictEqual([
      { key: 'told', kind: 'order_confirmation', dueAt: iso(0) },
      { key: 'guide', kind: 'setup_guide', channel: 'sms', dueAt: iso(1) },
      { key: 'lost', kind: 'case:never_arrived', dueAt: iso(2) },
    ]);
    const [, guide] = planLines(plan(journey, { ...state, channelIndexes: {} }, PLACED_AT));
    expect(guide?.channel).toBe('rcs');
  });

  it('holds no step that the journey does not have', () => {
    expect(isHeld({ name: 'j', version: 1, steps }, state, 'gone', PLACED_AT)).toBe(false);
    expect(ruledOut({ name: 'j', version: 1, steps }, state, 'gone', PLACED_AT)).toBe('superseded');
  });
});
