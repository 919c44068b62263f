import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson } from '../../../domain/text/canonical-json.ts';

it('the order of fields never matters, and everything else does', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const turned = Object.fromEntries(Object.entries(value).toReversed());
      expect(canonicalJson(turned)).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson({ ...value, another: 1 })).not.toBe(canonicalJson({ ...value, another: 2 }));
    }),
  );
});

it('is what RFC 8785 writes for texts, whole numbers and lists', () => {
  const value = { b: [1, 'é', null, true], a: { y: '"\u000f', x: undefined } };
  expect(canonicalJson(value)).toBe('{"a":{"y":"\\"\\u000f"},"b":[1,"é",null,true]}');
});
