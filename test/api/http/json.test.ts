import { describe, expect, it } from 'vitest';
import { contentHash, parseJson } from '../../../api/http/json.ts';
import { Problem } from '../../../api/http/problem.ts';

const parse = (text: string): unknown => parseJson(Buffer.from(text));

describe('a body of JSON', () => {
  it('may hold quotes and brackets inside of its texts: they are no names and no depth', () => {
    expect(parse(String.raw`{"a":"\",\"a\":1","b":"\\"}`)).toEqual({ a: '","a":1', b: '\\' });
    expect(parse(JSON.stringify({ text: `"${'['.repeat(200)}`, more: '"{"' }))).toEqual({
      text: `"${'['.repeat(200)}`,
      more: '"{"',
    });
    expect(parse(String.raw`{"a\"":1,"a":2}`)).toEqual({ 'a"': 1, a: 2 });
  });

  it.each([
    ['{"a":1,"a":2}'],
    [String.raw`{"phone":1,"\u0070hone":2}`],
    [String.raw`{"x":"\"","a":1,"a":2}`],
    ['{"b":[{"a":1,"c":{"a":2},"a":3}]}'],
  ])('is refused with two fields of one name: %s', (text) => {
    expect(() => parse(text)).toThrow(Problem);
  });

  it('is refused when it is deeper than 64, and not at 64', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(() => parse(nested(64))).not.toThrow();
    expect(() => parse(nested(65))).toThrow(Problem);
  });

  it('keeps each number digit for digit', () => {
    expect(parse('{"id":820982911946154508,"price":398.00,"n":12,"small":1e-7}')).toEqual({
      id: '820982911946154508',
      price: '398.00',
      n: 12,
      small: 1e-7,
    });
  });

  it.each(['9007199254740992', '9007199254740993', '9007199254740994', '10000000000000000', '100000000000000000000'])(
    'keeps the integer %s, which no double is sure of, as its digits, whether or not JavaScript would print it so',
    (digits) => {
      expect(parse(`[${digits}]`)).toEqual([digits]);
    },
  );

  it('keeps integers as numbers up to the last that a double is sure of', () => {
    expect(parse('[0,9007199254740991,-9007199254740991]')).toEqual([0, 9_007_199_254_740_991, -9_007_199_254_740_991]);
  });

  it.each([
    ['1e3', 1000],
    ['1e21', 1e21],
    ['1E+21', 1e21],
    ['1e400', Number.POSITIVE_INFINITY],
    ['-9007199254740993', -9_007_199_254_740_992],
  ])('has %s as a number and never as its source, which an id would take for a string', (text, value) => {
    expect(parse(`[${text}]`)).toEqual([value]);
  });

  it('says the same as another one in which only spaces and the order of fields differ', () => {
    const hash = (text: string): string => contentHash(parse(text)).toString('hex');
    expect(hash('{"a":1,"b":{"c":[1,2],"d":2}}')).toBe(hash(' { "b": {"d":2, "c":[1, 2]}, "a": 1 }'));
    expect(hash('{"a":[1,2]}')).not.toBe(hash('{"a":[2,1]}'));
  });
});
