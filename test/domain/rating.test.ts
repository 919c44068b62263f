import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRating } from '../../domain/rating.ts';

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
    expect(parseRating(text, STARS)).toEqual({ score });
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
    expect(parseRating(text, STARS)).toBeUndefined();
  });

  it.each([
    ['4, molto buono', 4, 'molto buono'],
    ['4 molto buono', 4, 'molto buono'],
    ['5! Great coffee, thanks 🙏', 5, 'Great coffee, thanks 🙏'],
    ['2 - arrived broken', 2, 'arrived broken'],
    ['5/5 top', 5, 'top'],
    ['Five stars, lovely', 5, 'lovely'],
    ['5점 좋아요', 5, '좋아요'],
    ['★★★★ Bello', 4, 'Bello'],
    ['3\nIt was late', 3, 'It was late'],
  ])('%s is %i with a comment', (text, score, comment) => {
    expect(parseRating(text, STARS)).toEqual({ score, comment });
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
    expect(parseRating(text, NPS)).toEqual({ score });
  });

  it.each(['11', '100', '5/5', '★★★★', '-1'])('"%s" is no answer on a scale of 0 to 10', (text) => {
    expect(parseRating(text, NPS)).toBeUndefined();
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
            expect(parseRating(`${before}${number}${after}`, scale)).toEqual(inside ? { score: number } : undefined);
          }
        },
      ),
    );
  });

  it('whatever is read lies inside the scale, of any text at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const rating = parseRating(text, STARS);
        if (rating) expect(rating.score >= 1 && rating.score <= 5).toBe(true);
      }),
    );
  });
});
