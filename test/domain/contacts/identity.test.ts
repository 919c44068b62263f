import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY } from '../../../domain/time/duration.ts';
import type { Holder, Likeness, SaidOfBuyer } from '../../../domain/contacts/identity.ts';
import { QUIET_FOR, besideOf, likeness, ownerOf, sameName } from '../../../domain/contacts/identity.ts';

const ada: SaidOfBuyer = { id: '1', firstName: 'Ada', lastName: 'Byron' };

describe('whether an order is of another person than the known ones', () => {
  it.each<[string, SaidOfBuyer[], SaidOfBuyer, Likeness]>([
    ['another id and another name', [ada], { id: '2', firstName: 'Grace', lastName: 'Hopper' }, 'other'],
    ['another id, the same name', [ada], { ...ada, id: '2' }, 'same'],
    ['the same id, another name', [ada], { ...ada, firstName: 'Grace' }, 'same'],
    ['another id, and no name to compare', [{ id: '1' }], { id: '2', firstName: 'Grace' }, 'other'],
    ['another name, and no id to compare', [ada], { firstName: 'Grace', lastName: 'Hopper' }, 'other'],
    ['a name in other letters', [ada], { id: '2', firstName: ' ÁDA ', lastName: 'byron' }, 'same'],
    ['the same first name, another last name', [ada], { id: '2', firstName: 'Ada', lastName: 'Hopper' }, 'other'],
    ['the first name alone', [ada], { id: '2', firstName: 'ada' }, 'same'],
    [
      'a name it has had among others',
      [ada, { id: '3', firstName: 'Grace', lastName: 'Hopper' }],
      { id: '4', firstName: 'Grace' },
      'same',
    ],
    ['signs in the place of a name', [{ id: '1', firstName: '-' }], { id: '2', firstName: '.' }, 'other'],
    ['nothing', [ada], {}, 'unknown'],
    ['somebody, of a number of which nothing is known', [], ada, 'unknown'],
  ])('%s', (_, known, said, expected) => {
    expect(likeness(known, said)).toBe(expected);
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
    fc.assert(fc.property(fc.array(said), said, (known, one) => likeness([...known, one], one) !== 'other'));
  });

  it('the comparison of two names is the same in both directions', () => {
    fc.assert(fc.property(said, said, (one, other) => sameName(one, other) === sameName(other, one)));
  });
});

describe('whose an order is', () => {
  const A: Holder = { contact: 'A', current: false };
  const C: Holder = { contact: 'C', current: true };
  const at = 1000 * DAY;
  const days = (count: number) => at + count * DAY;
  const [edge, beyond] = [QUIET_FOR / DAY, QUIET_FOR / DAY + 1];
  const known = (contact: string) => ({ kind: 'known', contact });
  const apart = (retiredAt?: number) => ({ kind: 'new', ...(retiredAt !== undefined && { retiredAt }) });

  it.each<[string, Holder[], [Likeness, Likeness], object]>([
    ['of a number nobody had', [], ['unknown', 'unknown'], apart()],
    ['of the present holder, 90 days after', [{ ...C, before: days(-edge) }], ['other', 'other'], known('C')],
    ['of a new one, a day later', [{ ...C, before: days(-beyond) }], ['other', 'other'], apart()],
    [
      'of the present one without anything to compare',
      [{ ...C, before: days(-beyond) }],
      ['unknown', 'other'],
      known('C'),
    ],
    ['of an imported contact', [C], ['unknown', 'unknown'], known('C')],
    ['of no contact of the past alone', [{ ...A, before: days(-200) }], ['same', 'other'], apart()],
    ['older, 90 days before', [{ ...C, after: days(edge) }], ['other', 'other'], known('C')],
    ['older, by another', [{ ...C, after: days(beyond) }], ['other', 'other'], apart(days(1))],
    ['older, without anything to compare', [{ ...C, after: days(beyond) }], ['other', 'unknown'], apart(days(1))],
    ['older, by the same', [{ ...C, after: days(beyond) }], ['other', 'same'], known('C')],
  ])('an order %s', (_, holders, [before, after], expected) => {
    expect(ownerOf(holders, besideOf(holders, at), { before, after }, at)).toEqual(expected);
  });

  it.each<[string, number, number, [Likeness, Likeness], object]>([
    ['a third person’s', -200, 200, ['other', 'other'], apart(days(200 - edge))],
    ['the earlier one’s', -200, 200, ['same', 'unknown'], known('A')],
    ['the later one’s', -200, 200, ['unknown', 'same'], known('C')],
    ['perhaps either’s, so nobody’s', -200, 200, ['same', 'same'], apart(days(200 - edge))],
    ['near both, and so the earlier one’s', -60, 60, ['unknown', 'unknown'], known('A')],
    ['near both, and the later one’s', -60, 60, ['other', 'same'], known('C')],
    ['near the later one', -200, 60, ['same', 'other'], known('C')],
    ['near the earlier one', -60, 200, ['other', 'same'], known('A')],
  ])('an order between two holders is %s', (_, from, to, [before, after], expected) => {
    const holders = [
      { ...A, before: days(from) },
      { ...C, after: days(to) },
    ];
    expect(ownerOf(holders, besideOf(holders, at), { before, after }, at)).toEqual(expected);
  });

  it('an order within 90 days before a sign of the only holder is theirs, whatever the buyer is called', () => {
    const holders = [{ ...C, before: days(-200), after: days(edge) }];
    const like = { before: 'other', after: 'other' } as const;
    expect(ownerOf(holders, besideOf(holders, at), like, at)).toEqual(known('C'));
  });

  it.each<[Likeness, object]>([
    ['other', apart(0)],
    ['unknown', known('C')],
    ['same', known('C')],
  ])('an order in a gap of one holder by somebody who is %s', (like, expected) => {
    const holders = [{ ...C, before: days(-200), after: days(200) }];
    expect(ownerOf(holders, besideOf(holders, at), { before: like, after: like }, at)).toEqual(expected);
  });
});
