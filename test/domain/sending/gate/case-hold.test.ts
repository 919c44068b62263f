import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CALM_AFTER_CASE,
  calmUntil,
  caseHold,
  casesBetween,
  casesOfRule,
  heldByCases,
} from '../../../../domain/sending/gate/case-hold.ts';
import { DAY, HOUR } from '../../../../domain/time/duration.ts';
import type { Fact } from '../../../../domain/orders/events.ts';
import type { Facts } from '../../../../domain/orders/facts.ts';
import { NO_FACTS } from '../../../../domain/orders/facts.ts';
import { apply } from '../../../../domain/orders/fold.ts';
import type { Journey, Step } from '../../../../domain/journey/journey.ts';
import type { OrderState, Plan } from '../../../../domain/journey/plan.ts';
import { isFinished, isHeld, nextStep, plan, planLines, ruledOut } from '../../../../domain/journey/plan.ts';
import { kindRule } from '../../../../domain/sending/message.ts';
import { PLACED_AT, orderEvents, arbitraryOrderJourney } from '../../../helpers/arbitraries.ts';
import { simulate } from '../../../helpers/simulate.ts';
import { runs } from '../../../helpers/whole.ts';

const T = PLACED_AT;
/** Of use for five days from the third day on. */
const TIPS: Step = {
  id: 'tips',
  act: { send: 'care_tips' },
  when: 'delivered',
  after: '3d',
  unless: ['refunded'],
  holdWhile: ['open_case'],
};
const OLD: Step = { ...TIPS, id: 'old', unless: ['open_case'], holdWhile: [] };
const journeyOf = (...steps: Step[]): Journey => ({ name: 'j', version: 1, steps });
const state = (facts: Partial<Facts>, differs: Partial<OrderState> = {}): OrderState => ({
  facts: { ...NO_FACTS, placedAt: T, parcels: { p: { deliveredAt: T } }, ...facts },
  handled: {},
  notBefore: {},
  skippedSteps: [],
  ...differs,
});
const planOf = (given: OrderState, now: number, ...steps: Step[]): Plan =>
  plan(journeyOf(...(steps.length > 0 ? steps : [TIPS])), given, now);
const opened = (at: number) => state({ casesOpened: { 7: at } });

describe('an open case', () => {
  it('holds a step that is due until it is of no use, and the plan names the case', () => {
    for (const now of [T + 2 * DAY, T + 3 * DAY, T + 8 * DAY]) {
      const held = planOf(opened(T + DAY), now);
      expect([held.due, held.skips]).toEqual([[], []]);
      expect(planLines(held)).toEqual([
        { key: 'tips', kind: 'care_tips', dueAt: new Date(T + 3 * DAY).toISOString(), heldBy: ['7'] },
      ]);
      expect(held.nextWakeAt).toBe(T + 8 * DAY + 1);
    }
  });

  it('that outlasts the use of a step ends it as too late, and the rule names the case', () => {
    const late = planOf(opened(T + DAY), T + 8 * DAY + 1);
    expect(late.skips).toMatchObject([{ key: 'tips', reason: 'too_late', heldBy: ['7'] }]);
    expect(heldByCases(late.skips[0]?.heldBy ?? [])).toBe('journey.held_by_case.7');
    expect(casesOfRule('journey.held_by_case.7+12')).toEqual(['7', '12']);
    expect(casesOfRule('journey.too_late')).toBeUndefined();
  });

  it('is no reason of a step that was too late without it', () => {
    const before = state({ casesOpened: { 7: T - 9 * DAY }, casesClosed: { 7: T - 8 * DAY } });
    expect(planOf(before, T + 9 * DAY).skips).toEqual([expect.not.objectContaining({ heldBy: expect.anything() })]);
    expect(planOf(opened(T + 9 * DAY), T + 10 * DAY).skips[0]?.heldBy).toBeUndefined();
  });

  it('ends a step at once whose journey says unless, as it always did', () => {
    expect(planOf(opened(T), T + 3 * DAY, OLD).skips).toMatchObject([{ key: 'old', reason: 'open_case' }]);
  });

  it('holds nothing that another reason has ended: a refund, a cancellation', () => {
    const refunded = state({ casesOpened: { 7: T }, refunds: { r: T } });
    expect(planOf(refunded, T + DAY).skips).toMatchObject([{ reason: 'order_refunded' }]);
  });

  it('is not what is shown as next while another step can come before it ends', () => {
    const guide: Step = { id: 'guide', act: { send: 'setup_guide' }, when: 'delivered', after: '4d' };
    const held = planOf(opened(T), T + 3 * DAY, TIPS, guide);
    expect([nextStep(held)?.key, held.nextWakeAt]).toEqual(['guide', T + 4 * DAY]);
    expect(nextStep(planOf(opened(T), T + 3 * DAY))?.key).toBe('tips');
  });

  it('keeps an order from being over', () => {
    expect(isFinished(planOf(opened(T), T + 7 * DAY), opened(T), T + 7 * DAY)).toBe(false);
  });

  it('holds a message that is to be sent once more, too', () => {
    const held = (given: OrderState, now: number): boolean => isHeld(journeyOf(TIPS), given, 'tips', now);
    expect(ruledOut(journeyOf(TIPS), opened(T), 'tips', T + 4 * DAY)).toBeUndefined();
    expect(held(opened(T), T + 4 * DAY)).toBe(true);
    const closed = state({ casesOpened: { 7: T }, casesClosed: { 7: T + 4 * DAY } });
    expect([held(closed, T + 4 * DAY), held(closed, T + 5 * DAY)]).toEqual([true, false]);
    expect(held(state({}), T + 4 * DAY)).toBe(false);
    expect(isHeld(journeyOf(OLD), opened(T), 'old', T + 4 * DAY)).toBe(false);
  });
});

describe('cases', () => {
  const facts = (casesOpened: Facts['casesOpened'], casesClosed: Facts['casesClosed'] = {}): Facts => ({
    ...NO_FACTS,
    casesOpened,
    casesClosed,
  });

  it('are named in the order of their numbers, and the last that was closed counts', () => {
    const all = facts({ 12: T, 9: T, 11: T, 7: T, 8: T }, { 7: T + 2 * DAY, 8: T + DAY });
    expect(caseHold(all)).toEqual({ open: ['9', '11', '12'], closedAt: T + 2 * DAY });
    expect(caseHold(facts({ 7: T }))).toStrictEqual({ open: ['7'] });
    expect(casesBetween(all, T, T)).toEqual(['7', '8', '9', '11', '12']);
    // JavaScript keeps keys of more than 2^32 in the order in which they came.
    const many = { 5_000_000_003: T, 5_000_000_001: T, 700: T, 40_000_000_000: T, 5_000_000_002: T };
    const numbers = ['700', '5000000001', '5000000002', '5000000003', '40000000000'];
    expect(caseHold(facts(many)).open).toEqual(numbers);
    expect(caseHold(facts(many, { 700: T })).open).toEqual(numbers.slice(1));
    expect(casesBetween(facts(many), T, T)).toEqual(numbers);
  });

  it('hold messages in a period if they opened before its end and their calm ended after its beginning', () => {
    const one = facts({ 7: T }, { 7: T + DAY });
    expect(casesBetween(one, T + DAY + CALM_AFTER_CASE, T + 9 * DAY)).toEqual(['7']);
    expect(casesBetween(one, T + DAY + CALM_AFTER_CASE + 1, T + 9 * DAY)).toEqual([]);
    expect(casesBetween(one, T - DAY, T)).toEqual(['7']);
    expect(casesBetween(one, T - DAY, T - 1)).toEqual([]);
    expect(casesBetween(facts({ 7: T }), T + 99 * DAY, T + 99 * DAY)).toEqual(['7']);
  });

  it('that have held a message are named in its rule, two at most', () => {
    expect(heldByCases(['7', '9', '12'])).toBe('journey.held_by_case.7+9');
  });
});

describe('a closed case', () => {
  const closed = (at: number) => state({ casesOpened: { 7: T }, casesClosed: { 7: at } });

  it('lets the step go a day later', () => {
    const given = closed(T + 4 * DAY);
    expect(planOf(given, T + 4 * DAY)).toMatchObject({ due: [], nextWakeAt: T + 4 * DAY + CALM_AFTER_CASE });
    expect(planOf(given, T + 4 * DAY + CALM_AFTER_CASE).due).toMatchObject([{ key: 'tips' }]);
  });

  it('lets a step that is soon of no use go after half of the time that is left', () => {
    const given = closed(T + 8 * DAY - 10 * HOUR);
    expect(planOf(given, T + 8 * DAY - 10 * HOUR).nextWakeAt).toBe(T + 8 * DAY - 5 * HOUR);
    expect(calmUntil(T, T - 1)).toBe(T);
  });

  it('by a clock that is ahead moves no step behind the end of its use', () => {
    const given = closed(T + 9 * DAY);
    expect(planOf(given, T + 4 * DAY).nextWakeAt).toBe(T + 8 * DAY);
  });

  it('moves nothing that is due later than its calm', () => {
    expect(planOf(closed(T + DAY), T + DAY).nextWakeAt).toBe(T + 3 * DAY);
  });

  it('lets nothing go while another one is open', () => {
    const two = state({ casesOpened: { 7: T, 12: T + DAY, 9: T + DAY }, casesClosed: { 7: T + 4 * DAY } });
    expect(planOf(two, T + 6 * DAY)).toMatchObject({ due: [], later: [{ heldBy: ['9', '12'] }] });
    const last = state({ casesOpened: { 7: T, 12: T + DAY }, casesClosed: { 12: T + 3 * DAY, 7: T + 5 * DAY } });
    expect(planOf(last, T + 5 * DAY).nextWakeAt).toBe(T + 6 * DAY);
  });

  it('holds and lets go the same, whatever the order in which its facts come', () => {
    const facts: Fact[] = [
      { id: 'o', at: T, type: 'case_opened', case: '7' },
      { id: 'c', at: T + 4 * DAY, type: 'case_closed', case: '7' },
    ];
    const known = (list: readonly Fact[]) => state(list.reduce(apply, state({}).facts));
    expect(planOf(known(facts.toReversed()), T + 4 * DAY)).toEqual(planOf(known(facts), T + 4 * DAY));
  });
});

describe('of any order, in time', () => {
  const story = fc.tuple(
    arbitraryOrderJourney,
    orderEvents,
    fc.integer({ min: 1, max: 60 }),
    fc.integer({ min: 0, max: 40 }),
  );

  it('nothing that is held goes out while a case is open, nor in the half day after, and all else is not touched', () => {
    fc.assert(
      fc.property(story, ([journey, facts, from, days]) => {
        const happy = facts.filter(({ type }) => !type.startsWith('case_'));
        const [opensAt, closesAt] = [T + from * DAY, T + (from + days) * DAY];
        const opens: Fact = { id: 'case.o', at: opensAt, type: 'case_opened', case: '99' };
        const closes: Fact = { id: 'case.c', at: closesAt, type: 'case_closed', case: '99' };
        const play = (list: readonly Fact[]) =>
          simulate({ journey, arrivals: list.map((fact) => ({ at: fact.at, fact })) });
        const [held, free] = [play([...happy, opens, closes]), play(happy)];
        const mayBeHeld = (step: Step): boolean => step.holdWhile !== undefined;
        for (const { at, item } of held.sent)
          if (mayBeHeld(item.step) && at >= opensAt) {
            expect(at).toBeGreaterThan(closesAt);
            expect(at).toBeLessThanOrEqual(item.usefulUntil);
          }
        // A step ends because of the case only if the case was open while it was of use.
        for (const { item } of held.skipped)
          if (item.heldBy?.includes('99')) expect(item.usefulUntil - opensAt).toBeGreaterThanOrEqual(0);
        // Urgent news keeps no distance from other messages and counts for no cap.
        const news = (lines: typeof held.sent) =>
          lines.filter(({ kind }) => kind === 'case' || kindRule(kind).urgent).map(({ key, at }) => `${key} ${at}`);
        expect(news(held.sent)).toEqual(news(free.sent));
      }),
      runs(300),
    );
  });
});
