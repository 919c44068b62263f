import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasDoubt, indexCourtesy, isCourtesy } from '../../../domain/conversation/courtesy.ts';
import { rules } from '../../helpers/rules.ts';

const { courtesy } = rules.keywords;
const polite = (text: string): boolean => isCourtesy(text, courtesy);

describe('courtesy', () => {
  it.each([
    'Grazie mille!',
    'ok',
    'OK, thanks.',
    'thanks',
    '👍',
    '👍🏽👍🏽',
    '❤️',
    '네',
    '네네 ㅎㅎㅎ',
    'perfetto, grazie',
    'merci beaucoup',
    'super danke',
    '고맙습니다',
    '감사합니다^^',
    'Grazieee :)',
    'Buongiorno, grazie mille e buona giornata 😊',
    'Thank you so much!!! 🙏🙏',
    'Ok perfect, have a nice day',
    'Sì',
    'muchas gracias',
    'obrigada',
    'はい、ありがとうございます',
    '好的，谢谢',
    'شكرا جزيلا',
  ])('is all of "%s"', (text) => {
    expect(polite(text)).toBe(true);
  });

  it.each([
    'thanks but where is my parcel?',
    'Grazie! quando arriva?',
    'Grazie quando arriva',
    'thanks when does it come',
    'ok 👍 ma il pacco è aperto',
    'merci mais non',
    'danke, leider kaputt',
    'gracias pero falta uno',
    '감사합니다 언제 와요',
    '谢谢 什么时候到',
    'ありがとう いつ届く',
    'شكرا متى تصل',
    'dziękuję kiedy',
    'Grazie mille!!! ❓',
    'thanks ⁉️',
    '👍👎',
    'ok 🤔',
    '🤷',
    'ok aspetto ancora',
    'perfect. refund',
    'Grazie; rimborso',
    'thanks\u200b when',
    'merci danke quando arriva',
    'Grazie, ma il pacco è rotto',
    'grazie, a che ora arriva',
    'ok?',
    'ok ？',
    '네?',
    'thanks for nothing',
    'thank you 😡',
    'ok :(',
    '😡',
    '👎',
    '🛑',
    '💔',
    '📦',
    'not ok',
    'non va bene',
    'no',
    'no grazie',
    'no thanks',
    'hello',
    'buongiorno',
    '안녕하세요',
    '5',
    '5 thanks',
    'grazie 2',
    '감사합니다 그런데 언제 오나요',
    '...',
    '!',
    '',
    ' ',
    'yes stop',
    'Great, another broken one',
  ])('is not all of "%s"', (text) => {
    expect(polite(text)).toBe(false);
  });

  it('is any row of its own phrases, however they are written', () => {
    const phrase = fc.constantFrom(...courtesy.courtesy);
    const mark = fc.constantFrom(' ', ', ', '! ', '... ', ' 👍 ', '\n', ' 😊 ');
    fc.assert(
      fc.property(fc.array(fc.tuple(phrase, mark, fc.boolean()), { minLength: 1, maxLength: 2 }), (said) => {
        const text = said.map(([words, after, loud]) => (loud ? words.toUpperCase() : words) + after).join('');
        fc.pre(text.split(/\s+/).length <= 12);
        expect(polite(text)).toBe(true);
      }),
    );
  });

  it('is no text with a word that is on none of the lists', () => {
    fc.assert(
      fc.property(fc.constantFrom(...courtesy.courtesy), fc.constantFrom(...courtesy.courtesy), (one, other) => {
        for (const text of [`zzqx ${one}`, `${one} zzqx`, `${one} zzqx ${other}`, `${one}?`])
          expect(polite(text)).toBe(false);
      }),
    );
  });

  it('is read in a time that grows with the text alone, whatever phrases overlap', () => {
    const index = indexCourtesy({ courtesy: { en: ['ok', 'ok ok', 'ok ok ok'] }, besides: {} });
    expect(isCourtesy('ok '.repeat(1000), index)).toBe(false);
    expect(isCourtesy(`${'ok so '.repeat(8)}x`, index)).toBe(false);
  });
});

describe('by lists of its own', () => {
  const polite = (text: string): boolean =>
    isCourtesy(
      text,
      indexCourtesy({
        courtesy: { en: ['thanks', 'thank you so very much', 'hello there'], de: ['Großen Dank'], it: ['Grazzzie'] },
        besides: { en: ['hello', 'there', 'to all of you'] },
      }),
    );

  it('a phrase of several words is one, in any number and beside words that are none by themselves', () => {
    expect(polite('Hello, thank you so very much to all of you!')).toBe(true);
    expect(polite('thanks thanks hello')).toBe(true);
    expect(polite('thank you so very')).toBe(false);
  });

  it('words that may stand beside it are none by themselves, unless they are a phrase of it together', () => {
    for (const text of ['hello', 'hello hello', 'to all of you', 'there hello']) expect(polite(text), text).toBe(false);
    expect(polite('hello there')).toBe(true);
    expect(polite('hello there to all of you')).toBe(true);
  });

  it('letters that are repeated count once, in the lists as in the texts', () => {
    for (const text of ['grazie', 'grazieee', 'thankss', 'GROSSEN DANK', 'großen dank'])
      expect(polite(text), text).toBe(true);
    for (const text of ['ggrazi', 'thans', 'groen dank']) expect(polite(text), text).toBe(false);
  });

  it('sixteen words are the most', () => {
    expect([16, 17].map((words) => polite(Array.from({ length: words }, () => 'thanks').join(' ')))).toEqual([
      true,
      false,
    ]);
  });
});

it('a question, a sad face and a picture that may be a complaint leave a doubt, and friendly ones none', () => {
  expect(['ok?', ':(', '😡', '👍 😡', '¿'].map(hasDoubt)).toEqual([true, true, true, true, true]);
  expect(['', 'ok', '👍🏽', '❤️ :)', '^^'].map(hasDoubt)).toEqual([false, false, false, false, false]);
});
