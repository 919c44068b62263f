import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressTokens } from '../../db/addresses/store.ts';
import { deriveKeys } from '../../app/secrets.ts';

const SECRET = 'a-secret-of-more-than-thirty-two-characters';

describe('the keys of an installation', () => {
  it('are the same from the same secret, and others from another', () => {
    expect(deriveKeys([SECRET])).toEqual(deriveKeys([SECRET]));
    expect(deriveKeys([SECRET]).addresses[0].equals(deriveKeys([`${SECRET}.`]).addresses[0])).toBe(false);
  });

  it('differ by purpose, and none is the secret', () => {
    const { addresses, links, forms } = deriveKeys([SECRET]);
    const keys = [...addresses, ...links, ...forms];
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(keys.length);
    for (const key of keys) expect([key.length, key.includes(SECRET)]).toEqual([32, false]);
  });

  it('never change: a token made today meets the number in ten years', () => {
    const tokenOf = addressTokens(deriveKeys([SECRET]).addresses);
    expect(tokenOf('bottega', '+393331234567').toString('hex')).toBe(
      '34f9ee4566d589f79736358289adb77ee418cec88b249e5b7ff9e1efd0ddd985',
    );
  });
});

describe('several secrets', () => {
  const OLDER = 'the-secret-that-was-there-before-this-one';

  it('make new tokens with the first, and know those of the others', () => {
    const [before, after] = [[OLDER], [SECRET, OLDER]] as const;
    const now = addressTokens(deriveKeys(after).addresses);
    const then = addressTokens(deriveKeys(before).addresses);
    expect(now('bottega', '+393331234567')).toEqual(
      addressTokens(deriveKeys([SECRET]).addresses)('bottega', '+393331234567'),
    );
    expect(now.all('bottega', '+393331234567')[1]).toEqual(then('bottega', '+393331234567'));
  });

  it('of links change links and forms, and leave the tokens of numbers alone', () => {
    const [own, shared] = [deriveKeys([SECRET], [OLDER]), deriveKeys([SECRET])];
    expect(own.addresses).toEqual(shared.addresses);
    expect(own.links[0].equals(shared.links[0])).toBe(false);
    expect(own.forms[0].equals(shared.forms[0])).toBe(false);
  });

  it('read forms, codes and evidence of a former one too', () => {
    const [now, then] = [deriveKeys([SECRET, OLDER]), deriveKeys([OLDER])];
    for (const purpose of ['links', 'forms', 'codes', 'evidence'] as const)
      expect(now[purpose][1]).toEqual(then[purpose][0]);
  });

  it('never open anything with a former one that everybody can read: it finds STOPs, and nothing else', () => {
    const known = 'only-for-the-tokens-and-links-of-this-machine';
    const [now, then, alone] = [deriveKeys([SECRET, known]), deriveKeys([known]), deriveKeys([SECRET])];
    expect(now.addresses[1]).toEqual(then.addresses[0]);
    expect({ ...now, addresses: [] }).toEqual({ ...alone, addresses: [] });
  });

  it('of links may name the one that links were made with before they had their own', () => {
    expect(deriveKeys([SECRET], [OLDER, SECRET]).links[1]).toEqual(deriveKeys([SECRET]).links[0]);
  });
});

it('a token tells one number at one brand from all others', () => {
  const tokenOf = addressTokens(deriveKeys([SECRET]).addresses);
  const brand = fc.stringMatching(/^[a-z][a-z0-9-]{1,10}$/);
  const number = fc.integer({ min: 10_000_000, max: 999_999_999 }).map((digits) => `+${digits}`);
  fc.assert(
    fc.property(brand, number, brand, number, (brandA, a, brandB, b) => {
      const same = brandA === brandB && a === b;
      expect(tokenOf(brandA, a).equals(tokenOf(brandB, b))).toBe(same);
    }),
  );
});
