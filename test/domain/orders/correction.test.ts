import { expect, it } from 'vitest';
import { isLater } from '../../../domain/orders/correction.ts';

it('of two corrections the later holds, and of two at one moment the one with the greater id, in whatever order they come', () => {
  const held = { at: 5, id: 'b' };
  expect(isLater(held, undefined)).toBe(true);
  for (const [one, later] of [
    [{ at: 6, id: 'a' }, true],
    [{ at: 4, id: 'c' }, false],
    [{ at: 5, id: 'c' }, true],
    [{ at: 5, id: 'a' }, false],
    // The same, heard of twice.
    [{ at: 5, id: 'b' }, false],
  ] as const)
    expect(isLater(one, held), JSON.stringify(one)).toBe(later);
});
