import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Scale } from '../../../domain/conversation/rating.ts';
import { parseRating } from '../../../domain/conversation/rating.ts';
import { readScores, scoreErrors } from '../../../bench/replies/measure.ts';
import { rules } from '../../helpers/rules.ts';

const { keywords } = rules;
const rate = (text: string, scale: Scale): number | undefined => parseRating(text, scale, keywords.scale);
const STARS = { min: 1, max: 5 };
const NPS = { min: 0, max: 10 };

describe('rating', () => {
  it.each([
    ['5', 5],
    [' 5 ', 5],
    ['5!', 5],
    ['5.', 5],
    ['(5)', 5],
    ['"4"', 4],
    ['5/5', 5],
    ['4 / 5', 4],
    ['4 out of 5', 4],
    ['4 su 5!', 4],
    ['5 stelle su 5', 5],
    ['5 stelle', 5],
    ['1 stella', 1],
    ['4 stars', 4],
    ['five', 5],
    ['Cinque!', 5],
    ['cinque stelle', 5],
    ['다섯', 5],
    ['5점', 5],
    ['4점입니다.', 4],
    ['다섯점', 5],
    ['별 5개', 5],
    ['별 다섯 개', 5],
    ['별점 4', 4],
    ['voto: 3', 3],
    ['Rating 2', 2],
    ['5️⃣', 5],
    ['５', 5],
    ['５／５', 5],
    ['★★★★', 4],
    ['★★★★☆', 4],
    ['⭐⭐⭐⭐⭐', 5],
    ['⭐️⭐️⭐️', 3],
    ['5⭐', 5],
    ['5 👍', 5],
  ])('%s is %i of 5', (text, score) => {
    expect(rate(text, STARS)).toBe(score);
  });

  it.each([
    '10',
    '0',
    '6',
    '05',
    '55',
    '-5',
    '+5',
    '#5',
    '$5',
    '5€',
    '5%',
    '5:30',
    '4.5',
    '4,5',
    '8/10',
    '4 out of 10',
    '4 or 5',
    '4 o 5',
    '1-5',
    "I'd give it 5 if it had arrived on the 3rd",
    'I ordered 2',
    'arrived after 3 days',
    '3 days late',
    '3 giorni di ritardo',
    '2 pacchi mancano',
    '3일 늦었어요',
    '2 pm',
    '5th',
    'one parcel is missing',
    'five or four',
    '5, no wait, 4',
    '★★★☆',
    '⭐5',
    'great',
    '',
    '?',
  ])('"%s" is no rating', (text) => {
    expect(rate(text, STARS)).toBeUndefined();
  });

  it.each([
    ['4, molto buono', 4],
    ['4 molto buono', 4],
    ['5! Great coffee, thanks 🙏', 5],
    ['2 - arrived broken', 2],
    ['5/5 top', 5],
    ['Five stars, lovely', 5],
    ['5점 좋아요', 5],
    ['★★★★ Bello', 4],
    ['3\nIt was late', 3],
    ['Great! 5', 5],
    ["I'd say 4", 4],
    ['quattro su cinque', 4],
    ['오점', 5],
    ['네 점', 4],
    ['다섯 개', 5],
  ])(
    '%s is %i, with words of the scale, of praise or of courtesy beside it, or a comment after a pause',
    (text, score) => {
      expect(rate(text, STARS)).toBe(score);
    },
  );

  it.each([
    '1 question: where is my invoice?',
    '2 of my parcels never arrived',
    '5?',
    'all 4 received',
    '4, the fifth never came',
    '5, if it ever arrives',
    '5 and one is missing',
    '5 👎',
    '1, sehr gut',
    '2개 안 왔어요',
  ])('"%s" is left to a person: another word stands beside the number, or it may count something', (text) => {
    expect(rate(text, STARS)).toBeUndefined();
  });

  it.each([
    '5. I hate it',
    '5. Terrible service',
    '5! worst ever',
    '5, deluso',
    '5, schifo',
    '5. It does not work',
    '5, leaking',
    '5, still waiting',
    '5, dove il mio pacco',
    '5, 별로',
    '5 :(',
    '5 :-/',
    "5 ='(",
    '5. Great :(',
    '4, it leaks',
    '4. Where is my parcel',
    '4. Great coffee, bad cup',
    '5 great. It leaks',
    '5, one star',
    '5, no',
    '★★★★★ it leaks',
    '★★★★★ :(',
    '5 🤢',
  ])('"%s" is left to a person: beside a high score stands what no list knows, or a sad face', (text) => {
    expect(rate(text, STARS)).toBeUndefined();
    expect(rate(text.replace(/[45]/, '9'), NPS)).toBeUndefined();
  });

  it.each(['1. Best coffee ever', '2, great service and friendly', 'Perfect! 1, I buy again', '1, non buono'])(
    '"%s" is left to a person: praise stands beside a low score',
    (text) => {
      expect(rate(text, STARS)).toBeUndefined();
    },
  );

  it.each([
    'sei perfetto',
    'Sei fantastica',
    'sei gentilissima, grazie',
    'Sei top!',
    'sei super',
    'sei ottimo',
    'siete bravi',
    'Siete bravissimi, grazie',
    'siete molto bravi',
  ])('"%s" is praise and no number', (text) => {
    expect(rate(text, NPS)).toBeUndefined();
  });

  it('the same words are numbers where no praise follows, and praise where a score stands before them', () => {
    expect(rate('sei', NPS)).toBe(6);
    expect(rate('sei, grazie', NPS)).toBe(6);
    expect(rate('siete', NPS)).toBe(7);
    expect(rate('5, sei perfetto', STARS)).toBe(5);
    expect(rate('10. Siete bravissimi, grazie', NPS)).toBe(10);
  });

  it.each([
    ['10', 10],
    ['0', 0],
    ['10/10', 10],
    ['🔟', 10],
    ['7/10', 7],
    ['dieci', 10],
    ['1️⃣0️⃣', 10],
    ['９', 9],
    ['열', 10],
  ])('%s is %i of 10', (text, score) => {
    expect(rate(text, NPS)).toBe(score);
  });

  it.each(['11', '100', '5/5', '★★★★', '-1'])('"%s" is no answer on a scale of 0 to 10', (text) => {
    expect(rate(text, NPS)).toBeUndefined();
  });

  it('every score of the scale is read with any padding, and nothing outside it', () => {
    const space = fc.stringMatching(/^[ \n]{0,3}$/);
    fc.assert(
      fc.property(
        fc.integer({ min: -20, max: 200 }),
        space,
        fc.constantFrom('', '.', '!', '!!', ' 🙂'),
        (number, before, after) => {
          for (const scale of [STARS, NPS]) {
            const inside = number >= scale.min && number <= scale.max;
            expect(rate(`${before}${number}${after}`, scale)).toBe(inside ? number : undefined);
          }
        },
      ),
    );
  });

  it('whatever is read lies inside the scale, of any text at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const rating = rate(text, STARS);
        if (rating !== undefined) expect(rating >= 1 && rating <= 5).toBe(true);
      }),
    );
  });

  const piece = fc.constantFrom(...words(), '5', '4', '10', '1', '★', '5/5', '별', ',', '.', '!', 'zzqx', '👍', '\n');

  it('a text with a question mark is never a score, whatever stands in it', () => {
    const mark = fc.constantFrom('?', '？', '¿', '؟', '⁇', '?!');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), mark, fc.array(piece, { maxLength: 5 }), (before, sign, after) => {
        for (const scale of [STARS, NPS]) expect(rate([...before, sign, ...after].join(' '), scale)).toBeUndefined();
      }),
    );
  });

  it('a number with a word beside it that is none of the lists is never a score', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10 }),
        fc.array(piece, { maxLength: 3 }),
        fc.boolean(),
        (number, others, first) => {
          const said = first ? ['zzqx', number, ...others] : [number, 'zzqx', ...others];
          for (const scale of [STARS, NPS]) expect(rate(said.join(' '), scale)).toBeUndefined();
        },
      ),
    );
  });

  it('is the same in any case, width and form of the letters', () => {
    const wide = (text: string): string =>
      text.replaceAll(/[!-~]/g, (sign) => String.fromCodePoint((sign.codePointAt(0) ?? 0) + 0xfee0));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), fc.constantFrom(STARS, NPS), (pieces, scale) => {
        const text = pieces.join(' ');
        const score = rate(text, scale);
        for (const other of [
          text.toUpperCase(),
          text.toLowerCase(),
          wide(text),
          text.normalize('NFD'),
          text.normalize('NFKC'),
        ])
          expect(rate(other, scale)).toBe(score);
      }),
    );
  });

  it('is read of nine in ten answers that have one, in each scale, and wrong in none', () => {
    const texts = readScores();
    expect(texts.length).toBeGreaterThanOrEqual(150);
    for (const question of ['rating_request', 'nps_request'] as const) {
      const own = texts.filter((each) => each.question === question);
      const { unread, wrong } = scoreErrors(own, keywords);
      expect(wrong).toEqual([]);
      expect(unread.length).toBeLessThanOrEqual(own.filter(({ score }) => score !== undefined).length / 10);
    }
  });
});

/** Words that the lists of the scale know. */
function words(): string[] {
  return [...keywords.scale.names.keys()].filter((word) => !word.includes('*'));
}
