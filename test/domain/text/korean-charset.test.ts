import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toKsX1001 } from '../../../domain/text/korean-charset.ts';
import { runs } from '../../helpers/whole.ts';

describe('a text for Korean networks', () => {
  it.each([
    [
      '(광고) 해뜨는가게: 민지님, 안녕하세요!\n日本 ★ “인용” …',
      '(광고) 해뜨는가게: 민지님, 안녕하세요!\n日本 ★ “인용” …',
    ],
    ['민지😀님 👍🏽', '민지님'],
    ['café à l’été – ok', 'cafe a l’ete - ok'],
    ['₩49,000 €5', '￦49,000 EUR5'],
    ['1️⃣ 2', '1 2'],
    ['각', '각'],
  ])('"%s" is written "%s"', (text, written) => {
    expect(toKsX1001(text)).toBe(written);
  });

  it.each(['مرحبا', 'สวัสดี', '똠양꿍'])('"%s" cannot be written', (text) => {
    expect(toKsX1001(text)).toBeUndefined();
  });

  it('never throws, and what was written is not changed again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const written = toKsX1001(text);
        if (written !== undefined) expect(toKsX1001(written)).toBe(written);
      }),
      runs(1_000),
    );
  });
});
