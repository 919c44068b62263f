import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressTokens } from '../db/address-token.ts';
import { deriveKeys } from '../secrets.ts';

const SECRET = 'a-secret-of-more-than-thirty-two-characters';

describe('the keys of an installation', () => {
  it('are the same from the same secret, and others from another', () => {
    expect(deriveKeys(SECRET)).toEqual(deriveKeys(SECRET));
    expect(deriveKeys(SECRET).addresses.equals(deriveKeys(`${SECRET}.`).addresses)).toBe(false);
  });

  it('differ by purpose, and none is the secret', () => {
    const keys = Object.values(deriveKeys(SECRET)) as Buffer[];
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(keys.length);
    for (const key of keys) expect([key.length, key.includes(SECRET)]).toEqual([32, false]);
  });

  it('never change: a token made today meets the number in ten years', () => {
    const tokenOf = addressTokens(deriveKeys(SECRET).addresses);
    expect(tokenOf('bottega', '+393331234567').toString('hex')).toBe(
      '34f9ee4566d589f79736358289adb77ee418cec88b249e5b7ff9e1efd0ddd985',
    );
  });
});

it('a token tells one number at one brand from all others', () => {
  const tokenOf = addressTokens(deriveKeys(SECRET).addresses);
  const brand = fc.stringMatching(/^[a-z][a-z0-9-]{1,10}$/);
  const number = fc.integer({ min: 10_000_000, max: 999_999_999 }).map((digits) => `+${digits}`);
  fc.assert(
    fc.property(brand, number, brand, number, (brandA, a, brandB, b) => {
      const same = brandA === brandB && a === b;
      expect(tokenOf(brandA, a).equals(tokenOf(brandB, b))).toBe(same);
    }),
  );
});
