import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY } from '../../domain/duration.ts';
import type { SaidOfBuyer } from '../../domain/identity.ts';
import { QUIET_FOR, isSomebodyElse, quietBeyond, sameName } from '../../domain/identity.ts';

const ada: SaidOfBuyer = { id: '1', firstName: 'Ada', lastName: 'Byron' };

describe('whether an order is of another person than the known ones', () => {
  it.each<[string, SaidOfBuyer[], SaidOfBuyer, boolean]>([
    ['another id and another name', [ada], { id: '2', firstName: 'Grace', lastName: 'Hopper' }, true],
    ['another id, the same name', [ada], { ...ada, id: '2' }, false],
    ['the same id, another name', [ada], { ...ada, firstName: 'Grace' }, false],
    ['another id, and no name to compare', [{ id: '1' }], { id: '2', firstName: 'Grace' }, true],
    ['another name, and no id to compare', [ada], { firstName: 'Grace', lastName: 'Hopper' }, true],
    ['a name in other letters', [ada], { id: '2', firstName: ' ÁDA ', lastName: 'byron' }, false],
    ['the first name alone', [ada], { id: '2', firstName: 'ada' }, false],
    [
      'a name it has had among others',
      [ada, { id: '3', firstName: 'Grace', lastName: 'Hopper' }],
      { id: '4', firstName: 'Grace' },
      false,
    ],
    ['nothing', [ada], {}, false],
    ['somebody, of a number of which nothing is known', [], ada, false],
  ])('%s', (_, known, said, expected) => {
    expect(isSomebodyElse(known, said)).toBe(expected);
  });

  const said = fc.record(
    {
      id: fc.constantFrom('1', '2'),
      firstName: fc.constantFrom('Ada', 'Grace'),
      lastName: fc.constantFrom('Byron', 'Hopper'),
    },
    { requiredKeys: [] },
  );

  it('a buyer who is known is never another person', () => {
    fc.assert(fc.property(fc.array(said), said, (known, one) => !isSomebodyElse([...known, one], one)));
  });

  it('the comparison of two names is the same in both directions', () => {
    fc.assert(fc.property(said, said, (one, other) => sameName(one, other) === sameName(other, one)));
  });
});

describe('90 quiet days', () => {
  const signs = { first: 100 * DAY, last: 200 * DAY };
  it.each([
    [signs.last + QUIET_FOR, undefined],
    [signs.last + QUIET_FOR + 1, { side: 'after', at: signs.last + QUIET_FOR }],
    [signs.first - QUIET_FOR, undefined],
    [signs.first - QUIET_FOR - 1, { side: 'before', at: signs.first - QUIET_FOR }],
    [150 * DAY, undefined],
  ])('an order at %d: %o', (at, change) => {
    expect(quietBeyond(signs, at)).toEqual(change);
  });
});
