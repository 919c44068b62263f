import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY } from '../../../domain/time/duration.ts';
import { RULES } from '../../../domain/orders/placement.ts';
import type { Facts } from '../../../domain/orders/facts.ts';
import { NO_FACTS } from '../../../domain/orders/facts.ts';
import { apply } from '../../../domain/orders/fold.ts';
import type { Phase } from '../../../domain/orders/phase.ts';
import { PHASES, phaseOf } from '../../../domain/orders/phase.ts';
import { PLACED_AT, happyEvents } from '../../helpers/arbitraries.ts';

const T = PLACED_AT;
/** A journey with a step after delivery. */
const SHIPS = [{ when: 'delivered' }] as const;
const facts = (differs: Partial<Facts>): Facts => ({ ...NO_FACTS, placedAt: T, ...differs });

describe('the phase of an order', () => {
  it.each<[string, Partial<Facts>, Phase]>([
    ['placed', {}, 'order'],
    ['with a parcel under way', { parcels: { p: { shippedAt: T } } }, 'delivery'],
    ['with one of two parcels delivered', { parcelCount: 2, parcels: { p: { deliveredAt: T } } }, 'delivery'],
    ['delivered', { parcels: { p: { deliveredAt: T } } }, 'activation'],
    ['cancelled', { cancelledAt: T }, 'ended'],
    ['returned', { returnedAt: T, parcels: { p: { deliveredAt: T } } }, 'ended'],
    ['paid back as a whole', { rules: RULES, refunds: { r: T } }, 'ended'],
    ['paid back under older rules', { rules: 2, refunds: { r: T } }, 'order'],
  ])('%s', (_, known, phase) => {
    expect(phaseOf(facts(known), SHIPS, T)).toBe(phase);
  });

  it.each([0, 31, 100])('paid back as a whole and never shipped it is over, and not lost, on day %i', (days) => {
    const known = facts({ rules: RULES, totalMinor: 900, refunds: { r: T }, refundParts: { r: { amountMinor: 900 } } });
    expect(phaseOf(known, SHIPS, T + days * DAY)).toBe('ended');
    const inPart = { ...known, refundParts: { r: { amountMinor: 899 } } };
    expect(phaseOf(inPart, SHIPS, T + days * DAY)).toBe(days < 30 ? 'order' : 'never_arrived');
  });

  it('is unknown while only events of it are', () => {
    expect(phaseOf({ ...NO_FACTS, parcels: { p: { deliveredAt: T } } }, SHIPS, T)).toBe('unknown');
  });

  it.each([
    [0, 'activation'],
    [2, 'activation'],
    [3, 'assistance'],
    [13, 'assistance'],
    [14, 'social_proof'],
    [29, 'social_proof'],
    [30, 'expansion'],
    [300, 'expansion'],
  ])('%i days after delivery is %s, and so it is for a download after the order', (days, phase) => {
    const now = T + days * DAY;
    expect(phaseOf(facts({ parcels: { p: { deliveredAt: T } } }), SHIPS, now)).toBe(phase);
    expect(phaseOf(facts({}), [], now)).toBe(phase);
  });

  it('only moves forward as time goes by', () => {
    fc.assert(
      fc.property(happyEvents, fc.nat(100), fc.nat(100), (events, days, more) => {
        const known = events.reduce(apply, NO_FACTS);
        const at = (day: number): number => PHASES.indexOf(phaseOf(known, SHIPS, T + day * DAY));
        expect(at(days + more)).toBeGreaterThanOrEqual(at(days));
      }),
    );
  });
});
