import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sets } from '../../../domain/conversation/phrases.ts';
import { PhraseMistake, findPhrases, indexPhrases, parsePhrase } from '../../../domain/conversation/phrases.ts';
import { sentences } from '../../../domain/conversation/plain-text.ts';
import { rules } from '../../helpers/rules.ts';
import { runs } from '../../helpers/whole.ts';

const { keywords } = rules;

/** The places of one phrase, as the words of the text. */
function foundIn(text: string, phrase: string, sets?: Sets): string[] {
  const index = indexPhrases([{ list: 'own', text: phrase, sets }]);
  return sentences(text).flatMap((words) =>
    findPhrases(words, index).found.map(({ from, to }) =>
      words
        .slice(from, to)
        .map((word) => word.text)
        .join(' '),
    ),
  );
}

describe('a phrase', () => {
  it.each([
    ['remove me', 'Please REMOVE me!', ['remove me']],
    ['remove me', 'remove mention', []],
    ['(stop|quit) (all|) texts', 'stop texts, quit all texts', ['stop texts', 'quit all texts']],
    ['no (more|more of (these|those)) texts', 'no more of those texts', ['no more of those texts']],
    ['scriv* più', 'non scrivetemi più', ['scrivetemi piu']],
    ['stop *ing', 'stop leaking', ['stop leaking']],
    ['the * stop', 'the machine stop', ['the machine stop']],
    ['remove ... list', 'remove me from this list', ['remove me from this list']],
    ['remove ... list', 'remove one two three four list', []],
    ['remove ... list', 'remove it, or list', []],
    ['^stop$', 'stop', ['stop']],
    ['^stop$', 'the bus, stop, right', ['stop']],
    ['^stop$', 'the stop', []],
    ['stop (it|$)', 'now stop', ['stop']],
    ['stop (it|$)', 'stop me', []],
    ['보내지 (마|말)', '문자보내지마세요', ['보 내 지 마']],
    ['문자 ... 그만', '문자는 이제 그만', ['문 자 는 이 제 그 만']],
  ])('%s finds in "%s": %j', (phrase, text, found) => {
    expect(foundIn(text, phrase)).toEqual(found);
  });

  it('may name a set of its language, whose words may be several', () => {
    const sets = { texts: ['texts', 'sms*', 'text messages'] };
    for (const text of ['no texts', 'no smses', 'no text messages'])
      expect(foundIn(text, 'no {texts}', sets)).toEqual([text]);
  });

  it.each(['(stop', 'stop)', 'a | b', '{none} me', '... me', 'me ...', '(|)', '$', '^', 'this & that', 'a {b'])(
    '%s is refused',
    (phrase) => {
      expect(() => parsePhrase(phrase)).toThrow(PhraseMistake);
    },
  );
});

describe('looking for all phrases', () => {
  const words = [...keywords.wishes.names.keys()]
    .map((word) => word.replaceAll('*', 'x'))
    .filter((word) => word !== 'x');

  it('costs a bounded number of steps for each word, whatever the text', () => {
    const text = fc
      .tuple(
        fc.array(fc.constantFrom(...words, ',', 'stop', 'do not', '보내지'), { maxLength: 60 }),
        fc.constantFrom(' ', '. ', ''),
      )
      .map(([parts, by]) => parts.join(by));
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: 'binary', maxLength: 300 })), (raw) => {
        for (const sentence of sentences(raw)) {
          const { steps } = findPhrases(sentence, keywords.wishes);
          expect(steps).toBeLessThan(sentence.length * MOST_STEPS);
        }
      }),
      runs(500),
    );
  });

  it('grows with the length of the text and no faster', () => {
    const [once, twice] = [2_000, 4_000].map((length) =>
      stepsOf('no do not want to stop the 문자보내지 '.repeat(length / 40)),
    );
    expect(twice).toBeLessThan((once ?? 0) * 2.1);
  });

  function stepsOf(text: string): number {
    return sentences(text).reduce((sum, sentence) => sum + findPhrases(sentence, keywords.wishes).steps, 0);
  }
});

/** Measured: a row of "no" costs 119 a word, and nothing more. */
const MOST_STEPS = 300;
