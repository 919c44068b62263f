import { describe, expect, it } from 'vitest';
import type { NamedItem } from '../../../domain/orders/order-part.ts';
import { linesOf, partOf, sizeOf } from '../../../domain/orders/order-part.ts';

/** The catalogue knows the coffee, in two lines, and not the cup. */
const items = [
  { sku: 'CUP', productId: '1', quantity: 2 },
  { sku: 'COFFEE-250', productId: '2', quantity: 3 },
  { sku: 'COFFEE-500', productId: '2', quantity: 1 },
  { productId: '820982911946154508', quantity: 1 },
];
const linesOfOrder = () => linesOf(items, ({ productId }) => (productId === '2' ? 'coffee' : undefined));

describe('the pieces of an order', () => {
  it('are those of all its lines, and the main product has those of every line of its catalogue entry', () => {
    expect(sizeOf(linesOfOrder())).toEqual({ pieces: 7, ofMain: 4 });
    expect(linesOfOrder().map(({ isMain }) => isMain)).toEqual([false, true, true, false]);
  });

  it('without a catalogue belong to the item of the first line, wherever it stands again', () => {
    const twice = linesOf([...items, { sku: 'CUP', quantity: 5 }], () => undefined);
    expect(twice.map(({ isMain }) => isMain)).toEqual([true, false, false, false, true]);
    expect(sizeOf([])).toEqual({ pieces: 0, ofMain: 0 });
    expect(linesOf([], () => undefined)).toEqual([]);
  });

  it('without a catalogue are the same item by their unit, and by their product only where they have no unit', () => {
    const mainOf = (...all: readonly NamedItem[]) => linesOf(all, () => undefined).map(({ isMain }) => isMain);
    const [one, other] = [
      { productId: '1', quantity: 1 },
      { productId: '2', quantity: 1 },
    ];
    expect(mainOf(one, { ...one }, other, { sku: 'A', ...one })).toEqual([true, true, false, false]);
    expect(mainOf({ sku: 'A', ...one }, { sku: 'A', ...other }, { sku: 'B', ...one })).toEqual([true, true, false]);
    expect(mainOf({ quantity: 1 }, { quantity: 1 })).toEqual([true, false]);
  });
});

describe('items that a refund or return names', () => {
  it.each([
    ['a stock-keeping unit', [{ sku: 'COFFEE-250', quantity: 2 }], { pieces: 2, ofMain: 2 }],
    ['a product, of which as many as are named', [{ productId: '2', quantity: 3 }], { pieces: 3, ofMain: 3 }],
    ['a product, over its lines', [{ productId: '2', quantity: 4 }], { pieces: 4, ofMain: 4 }],
    ['a product id of more than 2^53', [{ productId: '820982911946154508', quantity: 1 }], { pieces: 1, ofMain: 0 }],
    [
      'a unit the order has under another product id',
      [{ sku: 'CUP', productId: '9', quantity: 1 }],
      { pieces: 1, ofMain: 0 },
    ],
    [
      'a unit that is new with a product that is known',
      [{ sku: 'NEW', productId: '1', quantity: 1 }],
      { pieces: 1, ofMain: 0 },
    ],
    ['more pieces than there are', [{ sku: 'CUP', quantity: 9 }], { pieces: 2, ofMain: 0 }],
    [
      'the same item twice',
      [
        { sku: 'CUP', quantity: 1 },
        { sku: 'CUP', quantity: 1 },
        { sku: 'CUP', quantity: 1 },
      ],
      { pieces: 2, ofMain: 0 },
    ],
  ])('are counted by %s', (_, named, part) => {
    expect(partOf(linesOfOrder(), named)).toEqual({ part, unknown: [] });
  });

  it('count once: pieces that were named before are taken already', () => {
    const cups = (quantity: number) => [{ sku: 'CUP', quantity }];
    const counted = (now: number, ...before: readonly number[]) =>
      partOf(linesOfOrder(), cups(now), before.flatMap(cups)).part.pieces;
    expect([counted(2), counted(2, 1), counted(1, 1), counted(1, 1, 1), counted(1, 9)]).toEqual([2, 1, 1, 0, 0]);
    expect(partOf(linesOfOrder(), cups(1), [{ sku: 'HAT', quantity: 1 }])).toEqual({
      part: { pieces: 1, ofMain: 0 },
      unknown: [],
    });
  });

  it('without a unit and a product are none that the order has', () => {
    expect(partOf(linesOfOrder(), [{ quantity: 1 }])).toEqual({ part: { pieces: 0, ofMain: 0 }, unknown: [0] });
  });

  it('that the order does not have count for nothing and are pointed out', () => {
    const named = [
      { sku: 'CUP', quantity: 1 },
      { sku: 'HAT', quantity: 1 },
      { productId: '82098291194615450', quantity: 1 },
    ];
    expect(partOf(linesOfOrder(), named)).toEqual({ part: { pieces: 1, ofMain: 0 }, unknown: [1, 2] });
  });
});
