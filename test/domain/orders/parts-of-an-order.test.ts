import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR } from '../../../domain/time/duration.ts';
import type { Fact } from '../../../domain/orders/events.ts';
import type { OrderPart } from '../../../domain/orders/order-part.ts';
import type { Placement } from '../../../domain/orders/placement.ts';
import { RULES } from '../../../domain/orders/placement.ts';
import type { Facts } from '../../../domain/orders/facts.ts';
import { NO_FACTS, deliveredAt, isRefunded, isReturned, factsSummaryOf } from '../../../domain/orders/facts.ts';
import { applyAll } from '../../../domain/orders/fold.ts';
import type { OrderTraits } from '../../../domain/journey/journey.ts';
import { journeyFor } from '../../../domain/journey/journey.ts';
import { loadStandardJourney } from '../../../journeys/load.ts';
import { PLACED_AT, delay, shuffledAgain } from '../../helpers/arbitraries.ts';
import type { Simulated } from '../../helpers/simulate.ts';
import { simulate } from '../../helpers/simulate.ts';

const TRAITS: OrderTraits = {
  fulfilment: 'shipped',
  cycle: 'fast',
  history: 'new',
  guide: true,
  consumable: true,
  complement: true,
  parcelByParcel: false,
};
const journey = journeyFor(loadStandardJourney(), TRAITS);
const TOTAL = 5000;
/** Five pieces, two of them of the main product. */
const PLACEMENT: Placement = {
  contact: 'c',
  journey: { name: 'standard', version: 3, steps: [] },
  rules: RULES,
  totalMinor: TOTAL,
  pieces: 5,
  mainPieces: 2,
  runsOutAfterDays: 40,
};
const order = (placement: Partial<Placement> = {}): Fact => ({
  id: 'o',
  at: PLACED_AT,
  type: 'order_placed',
  placement: { ...PLACEMENT, ...placement },
});
const ARRIVED_AT = PLACED_AT + 3 * DAY;
const arrived: Fact = { id: 'd', at: ARRIVED_AT, type: 'parcel_delivered', parcel: 'p' };
let count = 0;
const refund = (size: { amountMinor?: number; part?: OrderPart } = {}, at = ARRIVED_AT + HOUR): Fact => ({
  id: `refund-${(count += 1)}`,
  at,
  type: 'refund_issued',
  ...size,
});
const returned = (part?: OrderPart, at = ARRIVED_AT + HOUR): Fact => ({
  id: `return-${(count += 1)}`,
  at,
  type: 'return_received',
  ...(part && { part }),
});
const ofOthers = (pieces: number): OrderPart => ({ pieces, ofMain: 0 });
const ofMain = (pieces: number): OrderPart => ({ pieces, ofMain: pieces });
const facts = (...events: readonly Fact[]): Facts => applyAll(NO_FACTS, [order(), ...events]);

const played = (...events: readonly Fact[]): Simulated =>
  simulate({
    journey,
    arrivals: [order(), arrived, ...events].map((fact) => ({ at: fact.at, fact })),
    person: { zones: ['UTC'] },
  });
const kindsOf = ({ sent }: Simulated): string[] => sent.map(({ key }) => key.replace(/#.*/, ''));
const LATER = ['care_tips', 'rating_request', 'loyalty_invitation', 'nps_request', 'bundle_offer', 'replenishment'];

describe('a refund', () => {
  it('of one euro is told, and everything else still comes', () => {
    const kinds = kindsOf(played(refund({ amountMinor: 100 })));
    expect(kinds).toEqual(expect.arrayContaining(['refund_issued', 'setup_guide', ...LATER, 'reactivation']));
  });

  it('of one euro leaves the second parcel its news', () => {
    const second: Fact = { id: 's', at: ARRIVED_AT + 2 * HOUR, type: 'parcel_shipped', parcel: 'p2' };
    expect(played(refund({ amountMinor: 100 }), second).sent.map(({ key }) => key)).toContain('shipped#p2');
  });

  it.each([
    ['the total', [refund({ amountMinor: TOTAL })]],
    ['more than the total', [refund({ amountMinor: TOTAL * 3 })]],
    ['parts that add up to the total', [refund({ amountMinor: 2000 }), refund({ amountMinor: 3000 })]],
    ['every piece', [refund({ part: ofOthers(3) }), refund({ part: ofMain(2) })]],
    ['nothing that is said: neither an amount nor items', [refund()]],
  ])('of %s ends what follows', (_, refunds) => {
    const kinds = kindsOf(played(...refunds));
    expect(kinds.filter((kind) => kind === 'refund_issued')).toHaveLength(refunds.length);
    for (const kind of [...LATER, 'reactivation']) expect(kinds).not.toContain(kind);
  });

  it('of everything but one cent is no full refund, and one of a free order is', () => {
    expect(isRefunded(facts(refund({ amountMinor: TOTAL - 1 })))).toBe(false);
    expect(isRefunded(applyAll(NO_FACTS, [order({ totalMinor: 0 }), refund({ amountMinor: 0 })]))).toBe(true);
  });

  it('of one euro that names the only item is a part: where every refund says its amount, the amounts decide', () => {
    const gesture = refund({ amountMinor: 100, part: { pieces: 5, ofMain: 2 } });
    expect(isRefunded(facts(gesture))).toBe(false);
    expect(isRefunded(facts(gesture, refund({ amountMinor: TOTAL - 100 })))).toBe(true);
    expect(isRefunded(facts(refund({ amountMinor: TOTAL, part: ofOthers(1) })))).toBe(true);
    expect(kindsOf(played(gesture))).toEqual(
      expect.arrayContaining(['loyalty_invitation', 'nps_request', 'reactivation']),
    );
  });

  it('of items without an amount counts by its pieces, and so do those beside it', () => {
    const named = refund({ part: ofOthers(3) });
    expect(isRefunded(facts(named))).toBe(false);
    expect(isRefunded(facts(named, refund({ amountMinor: 100, part: ofMain(2) })))).toBe(true);
  });

  it('counts by pieces before amounts for an order that was placed under the rules of that time', () => {
    const before = order({ rules: 2 });
    const gesture = refund({ amountMinor: 100, part: { pieces: 5, ofMain: 2 } });
    expect(isRefunded(applyAll(NO_FACTS, [before, gesture]))).toBe(true);
  });

  it('of any size ends an order from before refunds had sizes, as it always did', () => {
    const { rules: _rules, ...before } = PLACEMENT;
    const old: Fact = { id: 'o', at: PLACED_AT, type: 'order_placed', placement: before };
    expect(isRefunded(applyAll(NO_FACTS, [old, refund({ amountMinor: 1 })]))).toBe(true);
  });

  it('that comes before its order counts when the order comes', () => {
    const early = applyAll(NO_FACTS, [refund({ amountMinor: 1 })]);
    expect(isRefunded(applyAll(early, [order()]))).toBe(false);
    expect(isRefunded(applyAll(early, [order(), refund({ amountMinor: TOTAL - 1 })]))).toBe(true);
  });
});

describe('a return', () => {
  it('of one item of five is told, and everything else still comes', () => {
    const kinds = kindsOf(played(returned(ofOthers(1))));
    expect(kinds).toEqual(expect.arrayContaining(['return_received', 'setup_guide', ...LATER, 'reactivation']));
  });

  it.each([
    ['without items', [returned()]],
    ['of every piece, one after the other', [returned(ofOthers(3)), returned(ofMain(2))]],
    ['of more pieces than there were', [returned({ pieces: 9, ofMain: 2 })]],
  ])('%s ends the conversation, with a notice each', (_, returns) => {
    const { sent } = played(...returns);
    const after = sent.filter(({ at }) => at > ARRIVED_AT + HOUR).map(({ key }) => key);
    expect(after).toEqual([]);
    expect(sent.filter(({ kind }) => kind === 'return_received')).toHaveLength(returns.length);
  });

  it('of the main product stops what is about that product, and nothing else', () => {
    const kinds = kindsOf(played(returned(ofMain(2))));
    for (const kind of ['setup_guide', 'care_tips', 'rating_request', 'bundle_offer', 'replenishment'])
      expect(kinds).not.toContain(kind);
    expect(kinds).toEqual(expect.arrayContaining(['loyalty_invitation', 'nps_request', 'reactivation']));
  });

  it('of one of two pieces of the main product leaves its messages, and the other piece lasts half as long', () => {
    const at = ({ sent }: Simulated) => sent.find(({ key }) => key === 'replenishment')?.item.occurrence.at;
    expect(at(played())).toBe(ARRIVED_AT + 40 * DAY);
    expect(at(played(returned(ofMain(1))))).toBe(ARRIVED_AT + 20 * DAY);
  });

  it('and the refund that follows it are about the same pieces', () => {
    expect(factsSummaryOf(facts(returned(ofMain(1)), refund({ part: ofMain(1) }))).itemReturned).toBe(false);
    expect(factsSummaryOf(facts(returned(ofMain(2)), refund({ part: ofMain(2) }))).itemReturned).toBe(true);
  });

  it('of an order whose lines are not known is one of the whole', () => {
    const { pieces: _pieces, mainPieces: _mainPieces, ...bare } = PLACEMENT;
    const unknown: Fact = { id: 'o', at: PLACED_AT, type: 'order_placed', placement: bare };
    expect(isReturned(applyAll(NO_FACTS, [unknown, returned(ofOthers(1))]))).toBe(true);
  });
});

/** Facts that reach the order one by one, each some time after it happened, with the plan performed in between. */
describe('parts of an order that come in time', () => {
  const size = fc.integer({ min: 0, max: TOTAL });
  const hours = fc.integer({ min: 0, max: 30 * 24 });
  const late = fc.array(delay, { minLength: 12, maxLength: 12 });
  const refunds = fc.array(fc.tuple(hours, size), { minLength: 1, maxLength: 5 }).map((all) =>
    all.map(([hour, amountMinor], index): Fact => ({
      id: `r${index}`,
      at: ARRIVED_AT + hour * HOUR,
      type: 'refund_issued',
      amountMinor,
    })),
  );

  it('refunds silence the order from the moment at which those that are known add up to the total, and not before', () => {
    const story = refunds.chain((all) => fc.tuple(shuffledAgain(all), late));
    fc.assert(
      fc.property(story, ([events, delays]) => {
        const arrivals = [order(), arrived].map((fact) => ({ at: fact.at, fact }));
        for (const [index, fact] of events.entries())
          arrivals.push({ at: fact.at + (delays[index % delays.length] ?? 0), fact });
        const knownAt = (at: number): number => {
          const ids = new Map(arrivals.filter((one) => one.at <= at).map(({ fact }) => [fact.id, fact]));
          return [...ids.values()].reduce(
            (sum, fact) => sum + (fact.type === 'refund_issued' ? (fact.amountMinor ?? 0) : 0),
            0,
          );
        };
        const { sent, skipped } = simulate({ journey, arrivals, person: { zones: ['UTC'] } });
        for (const { at, key } of sent) if (LATER.includes(key)) expect(knownAt(at), key).toBeLessThan(TOTAL);
        for (const { at, reason } of skipped)
          if (reason === 'order_refunded') expect(knownAt(at)).toBeGreaterThanOrEqual(TOTAL);
      }),
    );
  });

  it('each refund is told once, however often and in whatever order it is heard of', () => {
    const story = refunds.chain((all) => fc.tuple(fc.constant(all), shuffledAgain(all)));
    fc.assert(
      fc.property(story, ([all, again]) => {
        const arrivals = [order(), arrived, ...again].map((fact) => ({ at: fact.at, fact }));
        const told = simulate({ journey, arrivals }).sent.filter(({ kind }) => kind === 'refund_issued');
        expect(told.map(({ key }) => key).toSorted()).toEqual(all.map(({ id }) => `refund_issued#${id}`).toSorted());
      }),
    );
  });

  it('the count of parcels that was said last decides when the order has arrived, whenever each count is heard of', () => {
    const counts = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 4 })), {
      minLength: 1,
      maxLength: 6,
      selector: ([hour]) => hour,
    });
    fc.assert(
      fc.property(counts, late, ([...said], delays) => {
        const updates = said.map(([hour, parcelCount], index): Fact => ({
          id: `u${index}`,
          at: PLACED_AT + hour * HOUR,
          type: 'order_updated',
          parcelCount,
        }));
        const parcels = ['p', 'q'].map((parcel, index): Fact => ({
          id: parcel,
          at: ARRIVED_AT + index * HOUR,
          type: 'parcel_delivered',
          parcel,
        }));
        const arrivals = [...updates, ...parcels].map((fact, index) => ({ at: fact.at + (delays[index] ?? 0), fact }));
        const all = [order(), ...arrivals.toSorted((a, b) => a.at - b.at).map(({ fact }) => fact)];
        const known = all.reduce((before, fact) => applyAll(before, [fact]), NO_FACTS);
        const last = said.toSorted(([a], [b]) => a - b).at(-1)?.[1] ?? 1;
        expect(deliveredAt(known)).toBe(last <= 2 ? ARRIVED_AT + HOUR : undefined);
      }),
    );
  });
});
