import fc from 'fast-check';
import { SegmentedMessage } from 'sms-segments-calculator';
import { describe, expect, it } from 'vitest';
import { measureSms, plainGsm, toNfc } from '../../../domain/text/segments.ts';

describe('SMS segments', () => {
  it('what the network puts before a text is billed with it and changes nothing of it', () => {
    expect(measureSms('a'.repeat(64), '[국제발신]')).toEqual({ encoding: 'gsm7', segments: 1, characters: 64 });
    expect(measureSms('a'.repeat(65), '[국제발신]')).toEqual({ encoding: 'gsm7', segments: 2, characters: 65 });
    expect(measureSms('', '[국제발신]').segments).toBe(0);
  });

  it('an empty text costs nothing', () => {
    expect(measureSms('')).toEqual({ encoding: 'gsm7', segments: 0, characters: 0 });
  });

  it.each([
    [160, 1],
    [161, 2],
    [306, 2],
    [307, 3],
  ])('%i GSM characters are %i segments', (length, segments) => {
    expect(measureSms('a'.repeat(length))).toEqual({ encoding: 'gsm7', segments, characters: length });
  });

  it.each([
    [70, 1],
    [71, 2],
    [134, 2],
    [135, 3],
  ])('%i Korean characters are %i segments', (length, segments) => {
    expect(measureSms('가'.repeat(length))).toEqual({ encoding: 'ucs2', segments, characters: length });
  });

  it('the euro sign costs two septets and is never cut in half', () => {
    expect(measureSms('€'.repeat(80)).segments).toBe(1);
    expect(measureSms('€'.repeat(81)).segments).toBe(2);
    expect(measureSms(`${'a'.repeat(152)}€${'a'.repeat(152)}`).segments).toBe(3);
  });

  it('Italian accents are cheap unless capital or decomposed', () => {
    expect(measureSms('è é à ì ò ù').encoding).toBe('gsm7');
    expect(measureSms('È pronto').encoding).toBe('ucs2');
    const decomposed = 'perche\u0301 e\u0300';
    expect(measureSms(decomposed).encoding).toBe('ucs2');
    expect(measureSms(toNfc(decomposed)).encoding).toBe('gsm7');
  });

  it('typographic signs of a template become GSM signs', () => {
    expect(plainGsm('l’ordine “1042” – è in viaggio…\u00A0Ciao')).toBe('l\'ordine "1042" - è in viaggio... Ciao');
    expect(measureSms(plainGsm('‘a’ “b” «c» – — … \u00A0\u202F•\t`')).encoding).toBe('gsm7');
  });

  it('letters are never changed, and doing it twice changes nothing', () => {
    expect(plainGsm('Però È À á ç 수신')).toBe('Però È À á ç 수신');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(plainGsm(plainGsm(text))).toBe(plainGsm(text));
      }),
    );
  });

  it('a longer text never costs less', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '€', 'è', '가', '😀', '\n', ' '), maxLength: 400 });
    fc.assert(
      fc.property(text, text, (start, more) => {
        expect(measureSms(start + more).segments).toBeGreaterThanOrEqual(measureSms(start).segments);
      }),
    );
  });

  it('a text that is counted here has the segments that the calculator counts', () => {
    const GSM = '@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡AZÄÖÑÜ§¿azäöñüà'.split('');
    const text = fc.string({ unit: fc.constantFrom(...GSM, '€', '[', '\r', '\r\n', 'ç', '가'), maxLength: 400 });
    const plain = fc.string({ unit: fc.constantFrom(...GSM), maxLength: 500 });
    const korean = fc.string({ unit: fc.constantFrom('가', '힣', '한', 'a', '~', '€', ' ', '\n', 'ᆨ'), maxLength: 300 });
    fc.assert(
      fc.property(fc.oneof(text, plain, korean), (some) => {
        fc.pre(some !== '');
        const { encodingName, segmentsCount, numberOfCharacters } = new SegmentedMessage(some);
        const encoding = encodingName === 'GSM-7' ? 'gsm7' : 'ucs2';
        expect(measureSms(some)).toEqual({ encoding, segments: segmentsCount, characters: numberOfCharacters });
      }),
    );
  });

  it('any text at all is measured', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(measureSms(text).segments).toBeGreaterThanOrEqual(text === '' ? 0 : 1);
      }),
    );
  });
});
