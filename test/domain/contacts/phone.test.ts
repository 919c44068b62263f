import { getAllCountries } from 'countries-and-timezones';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDestination, isUsOrCanadian, maskPhone, parsePhone } from '../../../domain/contacts/phone.ts';
import { runs } from '../../helpers/whole.ts';

describe('phone numbers', () => {
  it.each([
    ['+39 312 345 6789', undefined, '+393123456789', 'IT'],
    ['312 345 6789', 'IT', '+393123456789', 'IT'],
    ['0039 312 3456789', 'IT', '+393123456789', 'IT'],
    ['0039 312 3456789', undefined, '+393123456789', 'IT'],
    ['00 39 312 3456789', 'GB', '+393123456789', 'IT'],
    ['393123456789', 'IT', '+393123456789', 'IT'],
    ['393123456789', undefined, '+393123456789', 'IT'],
    ['+39-312-345.6789', 'it', '+393123456789', 'IT'],
    ['+３９３１２３４５６７８９', undefined, '+393123456789', 'IT'],
    ['010-2000-0000', 'KR', '+821020000000', 'KR'],
    ['+82 10 2000 0000', 'IT', '+821020000000', 'KR'],
    ['(202) 555-0123', 'US', '+12025550123', 'US'],
    ['+1 (604) 555-0123', undefined, '+16045550123', 'CA'],
    ['604 555 0123', 'US', '+16045550123', 'CA'],
    ['+1 787 234 5678', undefined, '+17872345678', 'PR'],
    ['+44 (0)7400 123456', undefined, '+447400123456', 'GB'],
    ['+44 7797 712345', undefined, '+447797712345', 'JE'],
    ['+44 7911 123456', 'GB', '+447911123456', 'GG'],
    ['+7 701 234 5678', undefined, '+77012345678', 'KZ'],
    ['+7 912 345 6789', undefined, '+79123456789', 'RU'],
  ])('%s (%s) is %s in %s', (raw, home, e164, country) => {
    expect(parsePhone(raw, home)).toEqual({ kind: 'ok', e164, country });
  });

  it.each([
    ['', undefined, 'not_a_number'],
    ['   ', 'IT', 'not_a_number'],
    ['call me', 'IT', 'not_a_number'],
    ['call 3123456789 now', 'IT', 'not_a_number'],
    ['00', 'IT', 'wrong_length'],
    ['0312 345 6789', undefined, 'no_country'],
    ['0312 345 6789', 'XX', 'no_country'],
    ['+39 312', undefined, 'wrong_length'],
    ['+39 312 3456789 0123', undefined, 'wrong_length'],
    ['555 555 5555', 'US', 'not_assigned'],
    ['+44 7700 900123', undefined, 'not_assigned'],
    ['+999 123456789', undefined, 'not_a_number'],
    ['+39 06 69812345', undefined, 'fixed_line'],
    ['02 12345678', 'IT', 'fixed_line'],
    ['+1 800 234 5678', undefined, 'not_mobile'],
    ['+39 899 123 456', undefined, 'not_mobile'],
    ['+1 202 555 0123 ext. 5', undefined, 'extension'],
  ])('%s (%s) is refused: %s', (raw, home, why) => {
    expect(parsePhone(raw, home)).toEqual({ kind: 'invalid', why });
  });

  it('a leading zero of an Italian fixed line is part of the number, so it is not mistaken for a mobile', () => {
    expect(parsePhone('06 12345678', 'IT')).toEqual({ kind: 'invalid', why: 'fixed_line' });
  });

  it('an accepted number is read again as itself, without any country given', () => {
    const samples = [
      '+393123456789',
      '+821020000000',
      '+12025550123',
      '+447400123456',
      '+77012345678',
      '+5511961234567',
    ];
    for (const e164 of samples) {
      expect(parsePhone(e164)).toMatchObject({ kind: 'ok', e164 });
      expect(parsePhone(e164.slice(1))).toMatchObject({ kind: 'ok', e164 });
    }
  });

  it('any text at all gets an answer, and an accepted number is E.164', () => {
    const digits = fc.stringMatching(/^[+0-9 ()./-]{0,20}$/);
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), digits),
        fc.constantFrom(undefined, 'IT', 'US', 'KR', 'zz'),
        (raw, home) => {
          const phone = parsePhone(raw, home);
          if (phone.kind === 'ok') expect(phone.e164).toMatch(/^\+[1-9]\d{6,14}$/);
        },
      ),
      runs(500),
    );
  });

  it('a masked number shows its calling code and two digits', () => {
    expect(maskPhone('+393123456745')).toBe('+39…45');
    expect(maskPhone('+12025550123')).toBe('+1…23');
    expect([maskPhone(''), maskPhone('312 345 6789')]).toEqual(['…', '…']);
  });
});

describe('a number of the US or Canada', () => {
  it.each([
    ['+12127361000', true],
    ['+14167361000', true],
    ['+17875551234', true],
    ['+18005550199', true],
    ['+18765551234', false],
    ['+393401234567', false],
    ['+1', true],
  ])('%s: %s', (number, is) => {
    expect(isUsOrCanadian(number)).toBe(is);
  });
});

describe('a place that an order goes to', () => {
  it('is every country of ISO 3166-1, with numbers of its own or without, and Kosovo', () => {
    expect([...Object.keys(getAllCountries()), 'BV', 'XK'].filter((code) => !isDestination(code))).toEqual([]);
  });

  it.each(['UK', 'EL', 'XX', 'it', 'ITA', ''])('is not %j', (code) => {
    expect(isDestination(code)).toBe(false);
  });
});
