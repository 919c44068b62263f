import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileJourney, expandJourney } from '../../../domain/journey/compiled-journey.ts';
import { journeyFor } from '../../../domain/journey/journey.ts';
import { loadStandardJourney } from '../../../journeys/load.ts';
import { ALL_TRAITS, anyJourney } from '../../helpers/arbitraries.ts';

const standard = loadStandardJourney();

describe('a compiled journey', () => {
  it('expands to what it was compiled from, whatever the journey', () => {
    fc.assert(
      fc.property(anyJourney, (journey) => {
        const compiled = compileJourney(journey);
        expect(expandJourney(compiled)).toEqual(journey);
        expect(expandJourney(JSON.parse(JSON.stringify(compiled)) as typeof compiled)).toEqual(journey);
      }),
    );
  });

  it('of every kind of order takes at most 2 KB', () => {
    expect(ALL_TRAITS).toHaveLength(384);
    for (const traits of ALL_TRAITS) {
      const compiled = compileJourney(journeyFor(standard, traits));
      expect(Buffer.byteLength(JSON.stringify(compiled)), JSON.stringify(traits)).toBeLessThanOrEqual(2048);
      expect(expandJourney(compiled)).toEqual(journeyFor(standard, traits));
    }
  });

  it('is readable: a line per step', () => {
    const steps = [
      { id: 'order_confirmation', act: { send: 'order_confirmation' }, when: 'placed' },
      { id: 'overdue', act: { send: 'delivery_delayed' }, when: 'promise_passed', unless: ['delivered'] },
      { id: 'low_rating', act: { open: 'low_rating' }, when: 'rated_low' },
      { id: 'review', act: { send: 'review_invitation' }, when: 'rated_low', after: '7d', orWhen: 'case_closed' },
      {
        id: 'replenishment',
        act: { send: 'replenishment' },
        when: 'run_out',
        after: '-5d',
        unless: ['reordered', 'open_case'],
      },
      { id: 'tips', act: { send: 'care_tips' }, when: 'delivered', unless: ['refunded'], holdWhile: ['open_case'] },
      {
        id: 'shipped',
        act: { send: 'shipped' },
        when: 'shipped',
        unless: ['on_its_way'],
        failover: { channels: ['rcs', 'sms'], after: '10m' },
      },
    ] as const;
    expect(compileJourney({ name: 'a', version: 1, steps }).steps).toEqual([
      'order_confirmation @placed',
      'overdue>delivery_delayed @promise_passed !delivered',
      'low_rating>case:low_rating @rated_low',
      'review>review_invitation @rated_low+7d|case_closed',
      'replenishment @run_out-5d !reordered !open_case',
      'tips>care_tips @delivered !refunded ~open_case',
      'shipped @shipped !on_its_way ^rcs>sms+10m',
    ]);
  });

  it.each([
    '',
    'shipped',
    'shipped @',
    'shipped @sometime',
    'shipped @placed|sometime',
    'shipped @placed !nobody',
    'shipped @placed ~nothing',
    'shipped @placed ~open_case !delivered',
    'shipped @placed ^rcs>sms',
    'shipped @placed ^rcs>pigeon+10m',
    'shipped @placed ^rcs>sms+soon',
    'shipped @placed ^rcs>sms+10m !delivered',
    'shipped @placed+5w',
    'shipped @placed+5',
    'shipped @placed+-5d',
    'nothing @placed',
    'low_rating @placed',
    'x>case:nothing @placed',
    'x>shipped',
    'shipped  @placed',
    'shipped @placed ',
    'shipped @placed\nshipped @placed',
  ])('%j is refused', (line) => {
    expect(() => expandJourney({ name: 'a', version: 1, steps: [line] })).toThrow(RangeError);
  });
});
