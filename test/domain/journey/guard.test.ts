import { describe, expect, it } from 'vitest';
import { RULES } from '../../../domain/orders/placement.ts';
import type { Facts } from '../../../domain/orders/facts.ts';
import { NO_FACTS } from '../../../domain/orders/facts.ts';
import type { Guard } from '../../../domain/journey/guard.ts';
import { GUARD_NAMES, stopped } from '../../../domain/journey/guard.ts';
import type { Step } from '../../../domain/journey/journey.ts';
import type { Trigger } from '../../../domain/journey/trigger.ts';
import { TRIGGER_NAMES } from '../../../domain/journey/trigger.ts';
import type { SkipReason } from '../../../domain/sending/reason.ts';

const step = (when: Trigger, ...unless: Guard[]): Step => ({
  id: 'step',
  act: { send: 'shipped' },
  when,
  ...(unless.length > 0 && { unless }),
});
const facts = (differs: Partial<Facts>): Facts => ({ ...NO_FACTS, ...differs });
const WHOLE_ORDER = { id: '', at: 0 };
const PARCEL = { id: 'p1', at: 0, parcel: 'p1' };

const arrived = { parcels: { p1: { deliveredAt: 5 } } };
const CLOSING: readonly Trigger[] = ['cancelled', 'refunded', 'returned'];

describe('a cancelled or returned order', () => {
  it.each(TRIGGER_NAMES.filter((when) => !CLOSING.includes(when)))('has no more steps after %s, for good', (when) => {
    expect(stopped(step(when), WHOLE_ORDER, facts({ cancelledAt: 1 }))).toEqual({
      reason: 'order_cancelled',
      final: true,
    });
    expect(stopped(step(when), WHOLE_ORDER, facts({ returnedAt: 1 }))).toEqual({
      reason: 'order_returned',
      final: true,
    });
  });

  it.each(CLOSING)('still tells that it was %s', (when) => {
    expect(stopped(step(when), WHOLE_ORDER, facts({ cancelledAt: 1, returnedAt: 2 }))).toBeUndefined();
  });
});

describe('a guard', () => {
  it.each(GUARD_NAMES)('%s stops no step while no fact is known', (guard) => {
    expect(stopped(step('placed', guard), WHOLE_ORDER, NO_FACTS)).toBeUndefined();
  });

  it.each<[Guard, Partial<Facts>, SkipReason, boolean]>([
    ['refunded', { refunds: { r: 1 } }, 'order_refunded', true],
    ['delivered', arrived, 'superseded', true],
    ['collected', arrived, 'collected', true],
    ['on_its_way', { parcels: { p1: { outForDeliveryAt: 4 } } }, 'superseded', true],
    ['on_its_way', arrived, 'superseded', true],
    ['open_case', { casesOpened: { a: 1 } }, 'open_case', false],
    [
      'item_returned',
      { pieces: 5, mainPieces: 2, returns: { r: { at: 1, pieces: 2, ofMain: 2 } } },
      'item_returned',
      true,
    ],
    ['not_arrived', { placedAt: 1 }, 'not_arrived', false],
    ['at_pickup', { parcels: { p1: { readyForPickupAt: 4 } } }, 'at_pickup', false],
    ['rated', { rating: { at: 1, score: 5 } }, 'already_rated', true],
    ['rated_low', { rating: { at: 1, score: 3 } }, 'low_rating', true],
  ])('%s stops a step with its reason', (guard, known, reason, final) => {
    expect(stopped(step('shipped', guard), PARCEL, facts(known))).toEqual({ reason, final });
    expect(stopped(step('shipped'), PARCEL, facts(known))).toBeUndefined();
  });

  it('returned stops even a word about the end of an order, where a journey asks for it', () => {
    expect(stopped(step('refunded', 'returned'), WHOLE_ORDER, facts({ returnedAt: 1 }))?.reason).toBe('order_returned');
  });

  it.each<[Guard, Partial<Facts>]>([
    ['open_case', { casesOpened: { a: 1 }, casesClosed: { a: 2 } }],
    ['rated_low', { rating: { at: 1, score: 4 } }],
    ['item_returned', { pieces: 5, mainPieces: 2, returns: { r: { at: 1, pieces: 3, ofMain: 1 } } }],
    ['item_returned', { mainPieces: 2, refunds: { r: 1 }, refundParts: { r: { amountMinor: 900 } } }],
    ['refunded', { rules: RULES, totalMinor: 900, refunds: { r: 1 }, refundParts: { r: { amountMinor: 899 } } }],
    ['not_arrived', { placedAt: 1, ...arrived }],
    ['at_pickup', arrived],
    ['at_pickup', { parcels: { p1: { readyForPickupAt: 4 }, p2: { shippedAt: 4 } } }],
    ['at_pickup', { rules: RULES, lastCount: { at: 1, count: 2 }, parcels: { p1: { readyForPickupAt: 4 } } }],
    ['delivered', { parcels: { p1: { outForDeliveryAt: 4 } } }],
  ])('%s lets pass what it does not speak of', (guard, known) => {
    expect(stopped(step('shipped', guard), PARCEL, facts(known))).toBeUndefined();
  });

  it.each<Guard>(['delivered', 'collected', 'on_its_way'])('%s of a parcel asks for that parcel alone', (guard) => {
    const other = facts({ parcels: { p1: { shippedAt: 1 }, p2: { deliveredAt: 5 } } });
    expect(stopped(step('shipped', guard), PARCEL, other)).toBeUndefined();
  });

  it('delivered of an order waits for all its parcels', () => {
    const one = facts({ parcelCount: 2, parcels: { p1: { deliveredAt: 5 } } });
    expect(stopped(step('promise_passed', 'delivered'), WHOLE_ORDER, one)).toBeUndefined();
  });

  it('news stops a step about a parcel that was heard of since, and no other parcel counts', () => {
    const heard = (lastScanAt: number) => facts({ parcels: { p1: { lastScanAt }, p2: { lastScanAt: 9 } } });
    const about = { ...PARCEL, at: 5 };
    expect(stopped(step('shipped', 'news'), about, heard(6))).toEqual({ reason: 'superseded', final: true });
    expect(stopped(step('shipped', 'news'), about, heard(5))).toBeUndefined();
    expect(stopped(step('shipped', 'news'), { ...about, parcel: 'p3' }, heard(6))).toBeUndefined();
  });

  it('at_pickup goes by the parcels that have not arrived', () => {
    const parcels = { p1: { deliveredAt: 5 }, p2: { readyForPickupAt: 4 } };
    expect(stopped(step('placed', 'at_pickup'), WHOLE_ORDER, facts({ parcels }))).toMatchObject({
      reason: 'at_pickup',
    });
  });

  it('is asked though one before it does not hold', () => {
    expect(stopped(step('placed', 'rated', 'open_case'), WHOLE_ORDER, facts({ casesOpened: { a: 1 } }))).toMatchObject({
      reason: 'open_case',
    });
  });

  it('the first that holds gives the reason', () => {
    const known = facts({ casesOpened: { a: 1 }, refunds: { r: 1 } });
    expect(stopped(step('delivered', 'open_case', 'refunded'), WHOLE_ORDER, known)?.reason).toBe('open_case');
  });
});
