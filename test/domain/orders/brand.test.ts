import { describe, expect, it } from 'vitest';
import type { Brand, Product } from '../../../domain/orders/brand.ts';
import { productOf } from '../../../domain/orders/brand.ts';

const pot: Product = { match: ['MOKA-3', 'MOKA-6'], cycle: 'long' };
const coffee: Product = { match: ['632910392', 'COFFEE'], cycle: 'fast' };
const brand = { products: [pot, coffee] } as unknown as Brand;

describe('a product of the catalogue', () => {
  it('is found by stock-keeping unit or by product id', () => {
    expect(productOf(brand, { sku: 'MOKA-6' })).toBe(pot);
    expect(productOf(brand, { productId: '632910392' })).toBe(coffee);
    expect(productOf(brand, { sku: 'unknown', productId: 'COFFEE' })).toBe(coffee);
  });

  it('is the one of the stock-keeping unit where the two disagree', () => {
    expect(productOf(brand, { sku: 'MOKA-3', productId: 'COFFEE' })).toBe(pot);
  });

  it('is none for what the catalogue does not know', () => {
    expect(productOf(brand, { sku: 'moka-3' })).toBeUndefined();
    expect(productOf(brand, { sku: '' })).toBeUndefined();
    expect(productOf(brand, {})).toBeUndefined();
  });
});
