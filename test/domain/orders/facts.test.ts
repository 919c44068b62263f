import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileJourney } from '../../../domain/journey/compiled-journey.ts';
import type { Fact } from '../../../domain/orders/events.ts';
import { RULES } from '../../../domain/orders/placement.ts';
import type { Facts } from '../../../domain/orders/facts.ts';
import { NO_FACTS, deliveredAt, expectedParcels, hasOpenCase } from '../../../domain/orders/facts.ts';
import { apply, applyAll } from '../../../domain/orders/fold.ts';
import { orderEvents, shuffledAgain } from '../../helpers/arbitraries.ts';
import { countWalks } from '../../helpers/count-walks.ts';

const JOURNEY = compileJourney({ name: 'none', version: 1, steps: [] });

const after = (events: readonly Fact[]): Facts => events.reduce(apply, NO_FACTS);
const delivered = (parcel: string, at: number, parcelCount?: number): Fact => ({
  id: `d-${parcel}-${at}`,
  at,
  type: 'parcel_delivered',
  parcel,
  ...(parcelCount !== undefined && { parcelCount }),
});
const promised = (at: number, promisedAt: number): Fact => ({
  id: `p-${at}-${promisedAt}`,
  at,
  type: 'delivery_promised',
  promisedAt,
});
const rated = (at: number, score: number): Fact => ({ id: `r-${at}-${score}`, at, type: 'rated', score });

describe('the facts of an order', () => {
  it('are the same after any permutation and duplication of the same events', () => {
    const both = orderEvents.chain((events) => fc.tuple(fc.constant(events), shuffledAgain(events)));
    fc.assert(
      fc.property(both, ([events, again]) => {
        expect(after(again)).toEqual(after(events));
      }),
    );
  });

  it('are the same when they were handed on as JSON in the middle', () => {
    fc.assert(
      fc.property(orderEvents, fc.nat(14), (events, cut) => {
        const carried = JSON.parse(JSON.stringify(after(events.slice(0, cut)))) as Facts;
        expect(events.slice(cut).reduce(apply, carried)).toEqual(after(events));
      }),
    );
  });

  it('are the same whether events are applied one by one or together, in any order and in any parts', () => {
    const both = orderEvents.chain((events) => fc.tuple(fc.constant(events), shuffledAgain(events), fc.nat(20)));
    fc.assert(
      fc.property(both, ([events, again, cut]) => {
        expect(applyAll(NO_FACTS, again)).toEqual(after(events));
        expect(applyAll(applyAll(NO_FACTS, again.slice(0, cut)), again.slice(cut))).toEqual(after(events));
      }),
    );
  });

  it('are copied once for any number of events, not once per event', () => {
    const events = Array.from({ length: 1000 }, (_, at): Fact => ({ id: `e${at}`, at, type: 'order_updated' }));
    const { facts, walks } = countWalks(applyAll(NO_FACTS, events.slice(0, 500)));
    expect(Object.keys(applyAll(facts, events).updates)).toHaveLength(1000);
    expect(walks.updates).toBe(1);
  });

  it('never change what was known before: the old value stays as it was', () => {
    fc.assert(
      fc.property(orderEvents, (events) => {
        const before = after(events.slice(1));
        const copy = structuredClone(before);
        apply(before, events[0] as Fact);
        expect(before).toEqual(copy);
      }),
    );
  });

  it('do not change with what became of a message, nor does it count as a sign of life', () => {
    fc.assert(
      fc.property(orderEvents, fc.constantFrom('delivered' as const, 'rejected' as const), (events, status) => {
        const facts = after(events);
        const report = { id: 's', at: facts.lastAt + 1, type: 'message_status', message: 'm', status } as const;
        expect(apply(facts, report)).toBe(facts);
      }),
    );
  });

  it('keep the first moment of what is reported twice, and the latest moment of anything', () => {
    const facts = after([
      { id: 'a', at: 50, type: 'parcel_shipped', parcel: 'p' },
      { id: 'b', at: 20, type: 'parcel_shipped', parcel: 'p' },
      { id: 'c', at: 90, type: 'order_cancelled' },
      { id: 'd', at: 70, type: 'order_cancelled' },
    ]);
    expect(facts).toEqual({
      ...NO_FACTS,
      parcels: { p: { shippedAt: 20, lastScanAt: 50 } },
      cancelledAt: 70,
      lastAt: 90,
    });
  });

  it('take ids as they are, those that every object has included', () => {
    for (const id of ['constructor', '__proto__', 'toString', '820982911946154508']) {
      const facts = after([
        { id, at: 5, type: 'order_updated' },
        { id: 'x', at: 6, type: 'parcel_shipped', parcel: id },
        { id: 'y', at: 7, type: 'case_opened', case: id },
      ]);
      expect(Object.entries(facts.updates)).toEqual([[id, 5]]);
      expect(Object.entries(facts.parcels)).toEqual([[id, { shippedAt: 6, lastScanAt: 6 }]]);
      expect(hasOpenCase(facts)).toBe(true);
    }
  });

  it('know the promise that was made first and the one made last', () => {
    const facts = after([promised(30, 900), promised(10, 500), promised(20, 700)]);
    expect([facts.firstPromise, facts.lastPromise]).toEqual([
      { at: 10, promisedAt: 500 },
      { at: 30, promisedAt: 900 },
    ]);
  });

  it('count the promise that came with the order as one of them', () => {
    const placement = { contact: 'c', journey: JOURNEY, promisedAt: 500, parcelCount: 2, runsOutAfterDays: 30 };
    const facts = after([promised(30, 900), { id: 'o', at: 10, type: 'order_placed', placement }]);
    expect(facts).toMatchObject({
      placedAt: 10,
      runsOutAfterDays: 30,
      parcelCount: 2,
      firstPromise: { promisedAt: 500 },
      lastPromise: { promisedAt: 900 },
    });
  });

  it('keep the first answer, and of two at the same moment the lower one', () => {
    expect(after([rated(20, 1), rated(10, 5)]).rating).toEqual({ at: 10, score: 5 });
    expect(after([rated(10, 4), rated(10, 2)]).rating).toEqual({ at: 10, score: 2 });
    expect(after([{ id: 'n', at: 1, type: 'nps_given', score: 0 }]).nps).toEqual({ at: 1, score: 0 });
  });
});

describe('an order is delivered', () => {
  it('when its only parcel has arrived', () => {
    expect(deliveredAt(NO_FACTS)).toBeUndefined();
    expect(deliveredAt(after([delivered('p1', 7)]))).toBe(7);
  });

  it('when the last of the parcels that the shop spoke of has arrived', () => {
    expect(deliveredAt(after([delivered('p1', 7, 2)]))).toBeUndefined();
    expect(deliveredAt(after([delivered('p2', 9), delivered('p1', 7, 2)]))).toBe(9);
  });

  it('not while a parcel that was seen is still under way', () => {
    const events = [delivered('p1', 7), { id: 's', at: 3, type: 'parcel_shipped', parcel: 'p2' } as const];
    expect(deliveredAt(after(events))).toBeUndefined();
    expect(expectedParcels(after(events))).toBe(2);
  });

  it('when the parcels that the shop spoke of last have arrived, be it fewer than before, whichever it said first', () => {
    const order = (count: number): Fact => ({
      id: 'o',
      at: 1,
      type: 'order_placed',
      placement: { contact: 'c', journey: JOURNEY, parcelCount: count, rules: RULES },
    });
    const corrected: Fact = { id: 'u', at: 5, type: 'order_updated', parcelCount: 1 };
    for (const events of [
      [order(3), corrected, delivered('p1', 7)],
      [delivered('p1', 7), corrected, order(3)],
    ])
      expect(deliveredAt(after(events))).toBe(7);
    expect(deliveredAt(after([order(1), { ...corrected, parcelCount: 2 }, delivered('p1', 7)]))).toBeUndefined();
    // Of two counts of one moment the larger one holds.
    expect(expectedParcels(after([order(1), delivered('p1', 5, 2), corrected]))).toBe(2);
  });

  it('with more parcels than the shop spoke of, when all have arrived', () => {
    expect(deliveredAt(after([delivered('p1', 7, 1), delivered('p2', 9)]))).toBe(9);
  });
});

describe('a case is open', () => {
  const opened: Fact = { id: 'o', at: 10, type: 'case_opened', case: '17' };
  const closed: Fact = { id: 'c', at: 20, type: 'case_closed', case: '17' };

  it('from its opening to its closing, in whatever order we hear of them', () => {
    expect(hasOpenCase(after([opened]))).toBe(true);
    expect(hasOpenCase(after([opened, closed]))).toBe(false);
    expect(hasOpenCase(after([closed, opened]))).toBe(false);
  });

  it('while another one is closed', () => {
    expect(hasOpenCase(after([opened, { ...closed, case: '18' }]))).toBe(true);
  });
});
