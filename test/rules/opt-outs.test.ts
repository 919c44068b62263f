/** Both errors of the word lists, on the labelled texts of bench/replies. */
import { describe, expect, it } from 'vitest';
import { figuresOf, readOptOuts, shareOf } from '../../bench/replies/measure.ts';
import { rules } from '../helpers/rules.ts';

const { keywords } = rules;
const texts = readOptOuts();
const languages = [...Map.groupBy(texts, ({ language }) => language)];

describe('of the labelled texts', () => {
  it('there are 600 and more, in seven languages, with opt-outs and other texts in each', () => {
    expect(texts.length).toBeGreaterThanOrEqual(600);
    expect(languages.map(([language]) => language).toSorted()).toEqual(['de', 'en', 'es', 'fr', 'it', 'ko', 'pt']);
    for (const [, own] of languages)
      for (const label of ['stop', 'hold', 'question', 'courtesy', 'start', 'help'])
        expect(own.some((text) => text.label === label)).toBe(true);
  });

  it.each(languages)('at most three in a hundred opt-outs in %s are missed', (_, own) => {
    expect(shareOf(figuresOf(own, keywords).missed)).toBeLessThanOrEqual(0.03);
  });

  it('at most a tenth of those is missed that no word was changed for', () => {
    const { missedApart } = figuresOf(texts, keywords);
    expect(missedApart.of).toBeGreaterThanOrEqual(150);
    expect(shareOf(missedApart)).toBeLessThanOrEqual(0.1);
  });

  it.each(languages)('no other text in %s opts out, not even from a number of the US', (_, own) => {
    expect(figuresOf(own, keywords).falseStops).toEqual([]);
  });
});
