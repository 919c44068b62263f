import { describe, expect, it } from 'vitest';
import type { Brand, Product } from '../../../domain/orders/brand.ts';
import type { Fulfilment, OrderTraits } from '../../../domain/journey/journey.ts';
import type { Order } from '../../../domain/orders/order.ts';
import { mainItem, suppliedDays, traitsOf } from '../../../domain/orders/order.ts';

const URL = 'https://sole.example/x';

const PRODUCTS: readonly Product[] = [
  { match: ['pot'], cycle: 'long', guideUrl: URL, complement: { title: 'Mill', url: URL } },
  { match: ['coffee'], cycle: 'fast', runsOutAfterDays: 30 },
  { match: ['recipes'], cycle: 'fast', fulfilment: 'digital', downloadUrl: URL },
  { match: ['course'], cycle: 'long', fulfilment: 'service', bookingUrl: URL },
  { match: ['lamp'], cycle: 'long', downloadUrl: URL, bookingUrl: URL },
];
const brand = { products: PRODUCTS } as unknown as Brand;

function orderOf(skus: readonly string[], fulfilment: Fulfilment = 'shipped'): Order {
  const items = skus.map((sku) => ({ sku, title: sku, quantity: 1, priceMinor: 100 }));
  return { items, fulfilment } as unknown as Order;
}

const traits = (skus: readonly string[], fulfilment?: Fulfilment): OrderTraits =>
  traitsOf(orderOf(skus, fulfilment), brand, 'new');

describe('the item a conversation is about', () => {
  it('is the first that the catalogue knows', () => {
    expect(mainItem(orderOf(['gift-wrap', 'coffee', 'pot']), brand)).toMatchObject({
      item: { sku: 'coffee' },
      product: { cycle: 'fast' },
    });
  });

  it('is the first where the catalogue knows none', () => {
    expect(mainItem(orderOf(['gift-wrap', 'cup']), brand)).toEqual({
      item: expect.objectContaining({ sku: 'gift-wrap' }),
    });
  });

  it('is missing when nothing was bought', () => {
    expect(mainItem(orderOf([]), brand)).toBeUndefined();
  });
});

describe('the traits of an order', () => {
  it('come from its main product', () => {
    expect(traits(['pot'])).toEqual({
      fulfilment: 'shipped',
      cycle: 'long',
      history: 'new',
      guide: true,
      consumable: false,
      complement: true,
      parcelByParcel: false,
    });
    expect(traits(['coffee'])).toMatchObject({
      cycle: 'fast',
      guide: false,
      consumable: true,
      complement: false,
      parcelByParcel: false,
    });
  });

  it('are the careful ones for what the catalogue does not know', () => {
    const careful = {
      fulfilment: 'pickup',
      cycle: 'long',
      history: 'new',
      guide: false,
      consumable: false,
      complement: false,
      parcelByParcel: false,
    };
    expect(traits(['cup'], 'pickup')).toEqual(careful);
    expect(traits([], 'pickup')).toEqual(careful);
  });

  it('a download and an appointment are not waited for like a parcel', () => {
    expect(traits(['recipes'])).toMatchObject({ fulfilment: 'digital', guide: true });
    expect(traits(['course'])).toMatchObject({ fulfilment: 'service', guide: true });
    expect(traits(['recipes', 'course'])).toMatchObject({ fulfilment: 'digital' });
  });

  it('an order with a parcel in it is followed as one, whatever else was bought', () => {
    expect(traits(['recipes', 'pot'])).toMatchObject({ fulfilment: 'shipped' });
    expect(traits(['recipes', 'cup'], 'pickup')).toMatchObject({ fulfilment: 'pickup' });
    expect(traits(['pot', 'recipes'])).toMatchObject({ fulfilment: 'shipped', guide: true });
  });

  it('a guide is one only where its text could link to it', () => {
    expect(traits(['lamp'])).toMatchObject({ fulfilment: 'shipped', guide: false });
    expect(traits(['recipes', 'cup'])).toMatchObject({ fulfilment: 'shipped', guide: false });
    expect(traits(['lamp'], 'digital')).toMatchObject({ guide: true });
  });
});

describe('a supply', () => {
  const coffee = PRODUCTS[1];

  it('of three packs lasts three times as long as of one, and none is reminded of that lasts more than a year', () => {
    expect([1, 3, 12, 13].map((packs) => suppliedDays(coffee, packs))).toEqual([30, 90, 360, undefined]);
    expect(suppliedDays({ match: [], cycle: 'fast', runsOutAfterDays: 365 }, 1)).toBe(365);
  });

  it('of what is not used up, or not known, has no end', () => {
    expect([suppliedDays(PRODUCTS[0], 1), suppliedDays(undefined, 1)]).toEqual([undefined, undefined]);
  });
});
