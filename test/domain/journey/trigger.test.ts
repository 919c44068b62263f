import { describe, expect, it } from 'vitest';
import { DAY } from '../../../domain/time/duration.ts';
import type { Facts } from '../../../domain/orders/facts.ts';
import { NO_FACTS } from '../../../domain/orders/facts.ts';
import { RULES } from '../../../domain/orders/placement.ts';
import type { Step } from '../../../domain/journey/journey.ts';
import { plan } from '../../../domain/journey/plan.ts';
import type { Trigger } from '../../../domain/journey/trigger.ts';
import { LEAST_LEAD, TRIGGER_NAMES, occurrences } from '../../../domain/journey/trigger.ts';

const facts = (differs: Partial<Facts>): Facts => ({ ...NO_FACTS, ...differs });
const score = (value: number): Partial<Facts> => ({ rating: { at: 9, score: value } });
const promise = (at: number, promisedAt: number) => ({ at, promisedAt });

describe('a trigger', () => {
  it.each(TRIGGER_NAMES)('%s has not happened while nothing is known', (trigger) => {
    expect(occurrences(trigger, NO_FACTS)).toEqual([]);
  });

  it.each<[Trigger, Partial<Facts>, number]>([
    ['placed', { placedAt: 3 }, 3],
    ['cancelled', { cancelledAt: 4 }, 4],
    ['returned', { returnedAt: 5 }, 5],
    ['delivered', { parcels: { p: { deliveredAt: 6 } } }, 6],
    ['rated', score(1), 9],
    ['rated', score(5), 9],
    ['rated_low', score(3), 9],
    ['rated_high', score(4), 9],
    ['run_out', { parcels: { p: { deliveredAt: 6 } }, runsOutAfterDays: 30 }, 6 + 30 * DAY],
  ])('%s happens once', (trigger, known, at) => {
    expect(occurrences(trigger, facts(known))).toEqual([{ id: '', at }]);
  });

  it('a score is either low or high: 1 to 3 bring an agent, 4 and 5 do not', () => {
    for (const value of [1, 2, 3, 4, 5]) {
      const low = occurrences('rated_low', facts(score(value))).length;
      expect([low, occurrences('rated_high', facts(score(value))).length]).toEqual(value <= 3 ? [1, 0] : [0, 1]);
    }
  });

  it.each<[Trigger, Partial<Facts>]>([
    ['updated', { updates: { a: 1, b: 2 } }],
    ['refunded', { refunds: { a: 1, b: 2 } }],
    ['tier_reached', { tiers: { a: 1, b: 2 } }],
  ])('%s happens once per event', (trigger, known) => {
    expect(occurrences(trigger, facts(known))).toEqual([
      { id: 'a', at: 1 },
      { id: 'b', at: 2 },
    ]);
  });

  it.each<[Trigger, string]>([
    ['shipped', 'shippedAt'],
    ['out_for_delivery', 'outForDeliveryAt'],
    ['ready_for_pickup', 'readyForPickupAt'],
    ['delivery_failed', 'failedAt'],
    ['parcel_delivered', 'deliveredAt'],
  ])('%s happens once per parcel', (trigger, field) => {
    const parcels = { p1: { [field]: 1 }, p2: { [field]: 2 }, p3: {} };
    expect(occurrences(trigger, facts({ parcels }))).toEqual([
      { id: 'p1', at: 1, parcel: 'p1' },
      { id: 'p2', at: 2, parcel: 'p2' },
    ]);
  });

  it('a return of some items happens once per event, beside one of the whole order', () => {
    const returns = { a: { at: 1, pieces: 1, ofMain: 0 }, b: { at: 2, pieces: 1, ofMain: 1 } };
    const parts = [
      { id: 'a', at: 1 },
      { id: 'b', at: 2 },
    ];
    expect(occurrences('returned', facts({ returns }))).toEqual(parts);
    expect(occurrences('returned', facts({ returns, returnedAt: 5 }))).toEqual([{ id: '', at: 5 }, ...parts]);
  });

  it('a product of which pieces came back runs out sooner, and never before it arrived', () => {
    const runsOut = (ofMain: number): number | undefined =>
      occurrences(
        'run_out',
        facts({
          parcels: { p: { deliveredAt: 6 } },
          runsOutAfterDays: 30,
          mainPieces: 3,
          returns: { a: { at: 7, pieces: ofMain, ofMain } },
        }),
      )[0]?.at;
    expect([0, 1, 2, 3, 4].map(runsOut)).toEqual([30, 20, 10, 0, 0].map((days) => 6 + days * DAY));
  });

  it('a product that is not used up has no run-out, nor has one that has not arrived', () => {
    expect(occurrences('run_out', facts({ parcels: { p: { deliveredAt: 6 } } }))).toEqual([]);
    expect(occurrences('run_out', facts({ runsOutAfterDays: 30 }))).toEqual([]);
  });
});

describe('a promised date', () => {
  const moved = (from: number, to: number): Facts =>
    facts({ firstPromise: promise(1, from), lastPromise: promise(2, to) });

  it('has moved when the last promise is later than the first, once per date', () => {
    expect(occurrences('promise_moved', moved(100, 200))).toEqual([{ id: '200', at: 2 }]);
    expect(occurrences('promise_moved', moved(100, 100))).toEqual([]);
    expect(occurrences('promise_moved', moved(200, 100))).toEqual([]);
    expect(occurrences('promise_passed', { ...moved(100, 200), parcels: { p: { shippedAt: 150 } } })).toHaveLength(1);
  });

  it('is known to pass from the moment it was promised, and only the last one counts', () => {
    expect(occurrences('promise_passed', moved(100, 200))).toEqual([{ id: '200', at: 200 }]);
  });

  it('does not pass when everything was delivered by then', () => {
    const promised = { firstPromise: promise(1, 100), lastPromise: promise(1, 100) };
    const delivered = (deliveredAt: number, parcelCount = 1) =>
      occurrences('promise_passed', facts({ ...promised, parcelCount, parcels: { p: { deliveredAt } } }));
    expect(delivered(99)).toEqual([]);
    expect(delivered(100)).toEqual([]);
    expect(delivered(101)).toHaveLength(1);
    expect(delivered(99, 2)).toHaveLength(1);
  });
});

describe('case_closed', () => {
  it('happens when the last open case is closed', () => {
    expect(occurrences('case_closed', facts({ casesOpened: { a: 1 }, casesClosed: { a: 5 } }))).toEqual([
      { id: '', at: 5 },
    ]);
    const two = { casesOpened: { a: 1, b: 2 } };
    expect(occurrences('case_closed', facts({ ...two, casesClosed: { a: 5 } }))).toEqual([]);
    expect(occurrences('case_closed', facts({ ...two, casesClosed: { b: 9, a: 5 } }))).toEqual([{ id: '', at: 9 }]);
  });
});

describe('an order counts as lost', () => {
  const placed = (differs: Partial<Facts> = {}): Facts => facts({ placedAt: 0, rules: RULES, ...differs });
  const at = (known: Facts): number | undefined => occurrences('never_arrived', known)[0]?.at;

  it.each<[string, Partial<Facts>, number]>([
    ['30 days after it was placed', {}, 30 * DAY],
    ['14 days after a promise that is far away', { lastPromise: promise(0, 100 * DAY) }, 114 * DAY],
    ['not earlier because of a promise that is near', { lastPromise: promise(0, DAY) }, 30 * DAY],
    [
      '30 days after the last scan of a parcel that waits at a pick-up point',
      { parcels: { p: { readyForPickupAt: 3 * DAY, lastScanAt: 5 * DAY } } },
      35 * DAY,
    ],
    [
      '14 days after the last scan of such a parcel under the rules of before',
      { rules: 2, parcels: { p: { readyForPickupAt: 3 * DAY, lastScanAt: 20 * DAY } } },
      34 * DAY,
    ],
    ['14 days after the last scan', { parcels: { p: { shippedAt: DAY, lastScanAt: 29 * DAY } } }, 43 * DAY],
    [
      'whatever was scanned of a parcel that has arrived, while another is missing',
      { lastCount: { at: 0, count: 2 }, parcels: { p: { deliveredAt: 60 * DAY, lastScanAt: 60 * DAY } } },
      30 * DAY,
    ],
  ])('%s', (_, known, moment) => {
    expect(at(placed(known))).toBe(moment);
  });

  it('never once it has arrived, nor before it has come', () => {
    expect(at(placed({ parcels: { p: { deliveredAt: DAY } } }))).toBeUndefined();
    expect(at(facts({ lastPromise: promise(0, DAY) }))).toBeUndefined();
  });
});

describe('the reminder of a consumable', () => {
  const arrived = { parcels: { p: { deliveredAt: 6 } } };
  const step: Step = { id: 'replenishment', act: { send: 'replenishment' }, when: 'run_out', after: '-5d' };
  const dueAt = (known: Partial<Facts>): number | undefined =>
    plan(
      { name: 'j', version: 1, steps: [step] },
      { facts: facts({ ...arrived, ...known }), handled: {}, notBefore: {}, skippedSteps: [] },
      6,
    ).later[0]?.dueAt;

  it('comes three days after the delivery at the earliest, however soon the product is used up', () => {
    for (const runsOutAfterDays of [1, 4, 7]) expect(dueAt({ rules: RULES, runsOutAfterDays })).toBe(6 + LEAST_LEAD);
    expect(dueAt({ rules: RULES, runsOutAfterDays: 30 })).toBe(6 + 25 * DAY);
  });

  it('of an order from before that rule comes when it always did', () => {
    expect(dueAt({ runsOutAfterDays: 7 })).toBe(6 + 2 * DAY);
  });
});
