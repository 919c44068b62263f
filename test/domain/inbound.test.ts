import { describe, expect, it } from 'vitest';
import type { Meaning, Question } from '../../domain/inbound.ts';
import { meaningOf } from '../../domain/inbound.ts';
import { loadRules } from '../../rules/load.ts';

const { keywords } = loadRules();
const meaning = (text: string, open?: Question): Meaning => meaningOf(text, open, keywords);

describe('what a customer writes', () => {
  it.each([
    ['STOP', 'stop'],
    ['start', 'start'],
    ['Help', 'help'],
  ])('%s is a keyword, whatever was asked before', (text, kind) => {
    for (const open of [undefined, 'rating_request', 'nps_request'] as const)
      expect(meaning(text, open)).toEqual({ kind });
  });

  it('is a rating while a rating is asked for', () => {
    expect(meaning('5', 'rating_request')).toEqual({ kind: 'rated', score: 5 });
    expect(meaning('2, una tazza era rotta', 'rating_request')).toEqual({ kind: 'rated', score: 2 });
  });

  it('is a score from 0 to 10 while that is asked for', () => {
    expect(meaning('0', 'nps_request')).toEqual({ kind: 'nps_given', score: 0 });
    expect(meaning('10', 'nps_request')).toEqual({ kind: 'nps_given', score: 10 });
  });

  it('is a question for a person when nothing was asked, or the number is none of the scale', () => {
    expect(meaning('5')).toEqual({ kind: 'question' });
    expect(meaning('7', 'rating_request')).toEqual({ kind: 'question' });
    expect(meaning('11', 'nps_request')).toEqual({ kind: 'question' });
    expect(meaning('Dove si trova il pacco?', 'rating_request')).toEqual({ kind: 'question' });
    expect(meaning('', 'rating_request')).toEqual({ kind: 'question' });
  });

  it('with a keyword in a sentence is a question', () => {
    expect(meaning('Can I stop by the shop?')).toEqual({ kind: 'question' });
  });
});
