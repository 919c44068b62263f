import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { rangeOf } from '../../domain/rules/rule-data.ts';
import { rules } from '../helpers/rules.ts';
import { loadNumberRanges } from '../../rules/number-ranges.ts';

const { neverTexted } = rules;

describe('numbers that are never texted', () => {
  it.each(['+870773111632', '+881612345678', '+8821612345678', '+883510012345678', '+878101234567', '+88812345678901'])(
    '%s is one, though libphonenumber may take it for a mobile number',
    (e164) => {
      expect(rangeOf(e164, neverTexted)).toBeDefined();
    },
  );

  it.each(['+979123456789', '+80012345678', '+447012345678', '+19002345678', '+39899123456'])('%s is one', (e164) => {
    expect(rangeOf(e164, neverTexted)).toBeDefined();
  });

  it.each(['+393331000001', '+447400123456', '+12125550123', '+821012345678', '+33612345678', '+5352345678'])(
    '%s is none',
    (e164) => {
      expect(rangeOf(e164, neverTexted)).toBeUndefined();
    },
  );
});

describe('the file', () => {
  function load(text: string): unknown {
    const folder = mkdtempSync(join(tmpdir(), 'ranges-'));
    try {
      writeFileSync(join(folder, 'number-ranges.yaml'), text);
      return loadNumberRanges(pathToFileURL(`${folder}/`));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  const row = (prefix: string, seen = '2026-11-30'): string =>
    `  - { prefix: '${prefix}', why: satellite, name: A, source: B, seen: ${seen} }`;

  it('names line and column of a prefix that is none, of one within another, and of a row without its date', () => {
    const text = ['ranges:', row('881'), row('+870'), row('+8701'), row('+882', 'yesterday')].join('\n');
    const expected = ['rules/number-ranges.yaml:2:7 ranges.0.prefix: not the beginning of a number: `+881`, in quotes'];
    expect(() => load(text)).toThrow(expected[0]);
    expect(() => load(text)).toThrow('rules/number-ranges.yaml:5:');
    expect(() => load(['ranges:', row('+870'), row('+8701')].join('\n'))).toThrow(
      'rules/number-ranges.yaml:3:7 ranges.1.prefix: +870 covers it already',
    );
    expect(() => load(['ranges:', row('+870'), row('+870')].join('\n'))).toThrow(':3:7 ranges.1.prefix');
  });
});
