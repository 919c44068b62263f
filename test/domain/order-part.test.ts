import { describe, expect, it } from 'vitest';
import { linesOf, partOf, sizeOf } from '../../domain/order-part.ts';

/** The catalogue knows the coffee, in two lines, and not the cup. */
const items = [
  { sku: 'CUP', productId: '1', quantity: 2 },
  { sku: 'COFFEE-250', productId: '2', quantity: 3 },
  { sku: 'COFFEE-500', productId: '2', quantity: 1 },
  { productId: '820982911946154508', quantity: 1 },
];
const lines = linesOf(items, ({ productId }) => (productId === '2' ? 'coffee' : undefined));

describe('the pieces of an order', () => {
  it('are those of all its lines, and the main product has those of every line of its catalogue entry', () => {
    expect(sizeOf(lines)).toEqual({ pieces: 7, ofMain: 4 });
  });

  it('without a catalogue belong to the item of the first line, wherever it stands again', () => {
    const twice = linesOf([...items, { sku: 'CUP', quantity: 5 }], () => undefined);
    expect(twice.map(({ isMain }) => isMain)).toEqual([true, false, false, false, true]);
    expect(sizeOf([])).toEqual({ pieces: 0, ofMain: 0 });
  });
});

describe('items that a refund or return names', () => {
  it.each([
    ['a stock-keeping unit', [{ sku: 'COFFEE-250', quantity: 2 }], { pieces: 2, ofMain: 2 }],
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
    expect(partOf(lines, named)).toEqual({ part, unknown: [] });
  });

  it('that the order does not have count for nothing and are pointed out', () => {
    const named = [
      { sku: 'CUP', quantity: 1 },
      { sku: 'HAT', quantity: 1 },
      { productId: '82098291194615450', quantity: 1 },
    ];
    expect(partOf(lines, named)).toEqual({ part: { pieces: 1, ofMain: 0 }, unknown: [1, 2] });
  });
});
