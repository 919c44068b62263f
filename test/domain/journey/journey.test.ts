import { describe, expect, it } from 'vitest';
import type { JourneyDefinition, OrderTraits, StepCondition } from '../../../domain/journey/journey.ts';
import { historyOf, journeyFor } from '../../../domain/journey/journey.ts';
import { ALL_TRAITS } from '../../helpers/arbitraries.ts';

const TRAITS: OrderTraits = {
  fulfilment: 'shipped',
  cycle: 'fast',
  history: 'new',
  guide: true,
  consumable: false,
  complement: false,
  parcelByParcel: false,
};

function has(condition: StepCondition | undefined, traits: Partial<OrderTraits> = {}): boolean {
  const step = { id: 'a', act: { send: 'shipped' }, when: 'shipped' } as const;
  const definition: JourneyDefinition = {
    name: 'j',
    version: 3,
    steps: [{ ...step, ...(condition && { for: condition }) }],
  };
  const journey = journeyFor(definition, { ...TRAITS, ...traits });
  for (const kept of journey.steps) expect(kept).toEqual(step);
  return journey.steps.length === 1;
}

describe('the journey of an order', () => {
  it('has a step without a condition, whatever the order', () => {
    for (const traits of ALL_TRAITS) expect(has(undefined, traits)).toBe(true);
  });

  it.each<[StepCondition, Partial<OrderTraits>, Partial<OrderTraits>]>([
    [{ fulfilment: ['shipped', 'pickup'] }, { fulfilment: 'pickup' }, { fulfilment: 'digital' }],
    [{ cycle: ['long'] }, { cycle: 'long' }, { cycle: 'fast' }],
    [{ history: ['new'] }, { history: 'new' }, { history: 'loyal' }],
    [{ guide: true }, { guide: true }, { guide: false }],
    [{ guide: false }, { guide: false }, { guide: true }],
    [{ consumable: true }, { consumable: true }, { consumable: false }],
    [{ complement: true }, { complement: true }, { complement: false }],
  ])('has a step for %j only where that is so', (condition, meets, fails) => {
    expect([has(condition, meets), has(condition, fails)]).toEqual([true, false]);
  });

  it('has a step with several conditions only where all are met', () => {
    const condition = { fulfilment: ['shipped'], guide: true } as const;
    expect(has(condition)).toBe(true);
    expect(has(condition, { guide: false })).toBe(false);
    expect(has(condition, { fulfilment: 'digital' })).toBe(false);
  });
});

describe('a customer', () => {
  it.each([
    [0, 'new'],
    [1, 'repeat'],
    [2, 'repeat'],
    [3, 'loyal'],
    [40, 'loyal'],
  ])('with %i earlier orders is %s', (earlier, history) => {
    expect(historyOf(earlier)).toBe(history);
  });
});
