import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CompiledJourney } from '../../../domain/journey/compiled-form.ts';
import { compileJourney, expandJourney } from '../../../domain/journey/compiled-journey.ts';
import { journeyFor } from '../../../domain/journey/journey.ts';
import { STEP_WORDS, WORDS } from '../../../domain/journey/words.ts';
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

  it('of every kind of order takes at most 2.25 KB', () => {
    expect(ALL_TRAITS).toHaveLength(384);
    const sizes = ALL_TRAITS.map((traits) => {
      const compiled = compileJourney(journeyFor(standard, traits));
      expect(expandJourney(compiled)).toEqual(journeyFor(standard, traits));
      return Buffer.byteLength(JSON.stringify(compiled));
    });
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2304);
  });

  it('says the number of its form, and a key per word', () => {
    const channels = { channels: ['rcs', 'sms'], failoverAfter: '10m' } as const;
    const steps = [
      { id: 'order_confirmation', act: { send: 'order_confirmation' }, when: 'placed' },
      { id: 'overdue', act: { send: 'delivery_delayed' }, when: 'promise_passed', unless: ['delivered'] },
      { id: 'low_rating', act: { open: 'low_rating' }, when: 'rated_low' },
      { id: 'review', act: { send: 'review_invitation' }, when: 'rated_low', after: '7d', orWhen: 'case_closed' },
      { id: 'tips', act: { send: 'care_tips' }, when: 'delivered', holdWhile: ['open_case'] },
      { id: 'shipped', act: { send: 'shipped' }, when: 'shipped', ...channels },
    ] as const;
    expect(compileJourney({ name: 'a', version: 1, steps })).toEqual({
      form: 2,
      name: 'a',
      version: 1,
      steps: [
        { i: 'order_confirmation', w: 'placed' },
        { i: 'overdue', s: 'delivery_delayed', w: 'promise_passed', u: ['delivered'] },
        { i: 'low_rating', o: 'low_rating', w: 'rated_low' },
        { i: 'review', s: 'review_invitation', w: 'rated_low', a: '7d', r: 'case_closed' },
        { i: 'tips', s: 'care_tips', w: 'delivered', h: ['open_case'] },
        { i: 'shipped', w: 'shipped', c: ['rcs', 'sms'], f: '10m' },
      ],
    });
  });

  it('has a key of its own for each word', () => {
    const keys = WORDS.map((word) => STEP_WORDS[word].wire);
    expect(new Set([...keys, 'i', 's', 'o', 'w']).size).toBe(WORDS.length + 4);
  });

  it.each([
    {},
    { i: 'shipped' },
    { i: 'shipped', w: 'sometime' },
    { i: 'nothing', w: 'placed' },
    { i: 'x', o: 'nothing', w: 'placed' },
    { i: 'shipped', w: 'placed', a: 'soon' },
    { i: 'shipped', w: 'placed', u: ['nobody'] },
    { i: 'shipped', w: 'placed', u: [] },
    { i: 'shipped', w: 'placed', c: [] },
    { i: 'shipped', w: 'placed', later_word: 'constructor' },
    { i: 'shipped', w: 'constructor' },
  ])('a step %j is refused', (step) => {
    const journey = { form: 2, name: 'a', version: 1, steps: [step] };
    expect(() => expandJourney(journey as unknown as CompiledJourney)).toThrow(RangeError);
  });

  it('of a later form is refused', () => {
    const journey = { form: 3, name: 'a', version: 1, steps: [] };
    expect(() => expandJourney(journey as unknown as CompiledJourney)).toThrow(/form 3/);
  });
});

describe('a journey of the form of before', () => {
  it('is read: a line per step', () => {
    const lines: readonly (readonly [string, object])[] = [
      [
        'placed_it>order_confirmation @placed',
        { id: 'placed_it', act: { send: 'order_confirmation' }, when: 'placed' },
      ],
      ['low_rating>case:low_rating @rated_low', { id: 'low_rating', act: { open: 'low_rating' }, when: 'rated_low' }],
      [
        'review_invitation @rated_low+7d|case_closed',
        {
          id: 'review_invitation',
          act: { send: 'review_invitation' },
          when: 'rated_low',
          after: '7d',
          orWhen: 'case_closed',
        },
      ],
      [
        'replenishment @run_out-5d !reordered !open_case',
        {
          id: 'replenishment',
          act: { send: 'replenishment' },
          when: 'run_out',
          after: '-5d',
          unless: ['reordered', 'open_case'],
        },
      ],
      [
        'care_tips @delivered !refunded ~open_case',
        {
          id: 'care_tips',
          act: { send: 'care_tips' },
          when: 'delivered',
          unless: ['refunded'],
          holdWhile: ['open_case'],
        },
      ],
      [
        'shipped @shipped !on_its_way ^rcs>sms+10m',
        {
          id: 'shipped',
          act: { send: 'shipped' },
          when: 'shipped',
          unless: ['on_its_way'],
          channels: ['rcs', 'sms'],
          failoverAfter: '10m',
        },
      ],
    ];
    const steps = lines.map(([line]) => line);
    expect(expandJourney({ name: 'a', version: 1, steps })).toEqual({
      name: 'a',
      version: 1,
      steps: lines.map(([, step]) => step),
    });
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
