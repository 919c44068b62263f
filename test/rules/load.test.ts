import { describe, expect, it } from 'vitest';
import { loadRules } from '../../rules/load.ts';

const rules = loadRules();

describe('the rules as shipped', () => {
  it('STOP, START and HELP have words in English, Italian and Korean', () => {
    const found = [...rules.keywords.words.values()].map(({ kind, language }) => `${language}.${kind}`);
    for (const language of ['en', 'it', 'ko'])
      expect(found).toEqual(expect.arrayContaining([`${language}.stop`, `${language}.start`, `${language}.help`]));
  });

  it('a folder without the files is an error that names the file', () => {
    expect(() => loadRules(new URL('no-such-folder/', import.meta.url))).toThrow(/area-codes\.yaml/);
  });
});
