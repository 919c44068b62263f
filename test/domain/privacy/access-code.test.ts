import { describe, expect, it } from 'vitest';
import { CODE_MARK, readCode, withCode } from '../../../domain/privacy/access-code.ts';

describe('a typed code', () => {
  it.each(['123456', ' 123 456 ', '123-456', '12\u200b34\u00a056', '１２３４５６'])('%j is six digits', (typed) => {
    expect(readCode(typed)).toBe('123456');
  });

  it.each(['', '12345', '1234567', '12345a', 'a123456', '123456a', '123.456', '-', '------'])('%j is none', (typed) => {
    expect(readCode(typed)).toBeUndefined();
  });
});

it('a code is put into the text where its mark stands', () => {
  expect(withCode(`Codice ${CODE_MARK}.`, '123456')).toBe('Codice 123456.');
});
