import { describe, expect, it } from 'vitest';
import type { Brand, Product } from '../../../domain/orders/brand.ts';
import { confirmingOf, productOf, senderFor } from '../../../domain/orders/brand.ts';

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

describe('a sender', () => {
  const sending = {
    sender: '+393399957001',
    rcsAgent: 'BottegaSole',
    senders: {
      US: { sender: '+18005550199', senderKind: 'toll_free', stopHandledBy: 'carrier' },
      CA: { sender: '36179' },
      AE: { sender: 'AD-Bottega', optOutCode: '7726' },
    },
  } as unknown as Brand;

  it("is that of the recipient's country, or else the brand's own", () => {
    expect(senderFor(sending, 'sms', 'AE')).toMatchObject({
      name: 'AD-Bottega',
      kind: 'alphanumeric',
      optOutCode: '7726',
    });
    expect(senderFor(sending, 'sms', 'US')).toMatchObject({ kind: 'toll_free', stopHandledBy: 'carrier' });
    for (const country of ['IT', undefined])
      expect(senderFor(sending, 'sms', country)).toMatchObject({ name: '+393399957001', kind: 'long_number' });
  });

  it('is the agent on RCS, wherever the recipient is', () => {
    expect(senderFor(sending, 'rcs', 'US')).toMatchObject({ name: 'BottegaSole', kind: 'agent', stopHandledBy: 'us' });
    expect(senderFor({ sender: '+1' } as Brand, 'rcs', 'US')).toBeUndefined();
  });

  it('says how an opt-out written to it is confirmed', () => {
    expect(confirmingOf(sending, '+18005550199', 'US')).toBe('never');
    expect(confirmingOf(sending, '36179', 'CA')).toBe('each');
    expect(confirmingOf(sending, '36179', 'US')).toBe('once');
    for (const to of ['+393399957001', 'BottegaSole', '+393399957000'])
      expect(confirmingOf(sending, to, 'CA')).toBe('once');
  });
});
