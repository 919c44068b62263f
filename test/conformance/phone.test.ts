import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parsePhone } from '../../domain/contacts/phone.ts';
import { readFixture } from './fixtures.ts';

/** Places that share both calling code and number ranges with a larger neighbour: no number tells them apart. */
const SHARED_RANGES: Readonly<Record<string, string>> = {
  AX: 'FI',
  BL: 'GP',
  CC: 'AU',
  CX: 'AU',
  EH: 'MA',
  IM: 'GB',
  MF: 'GP',
  SJ: 'NO',
  VA: 'IT',
};

describe('an example mobile number of each of 245 regions', () => {
  const text = readFixture('libphonenumber-js/examples.mobile.json');
  const examples = Object.entries(z.record(z.string(), z.string()).parse(JSON.parse(String(text))));

  it('is accepted in national form with its country, and placed there', () => {
    expect(examples.length).toBe(245);
    for (const [country, national] of examples)
      expect(parsePhone(national, country), country).toMatchObject({
        kind: 'ok',
        country: SHARED_RANGES[country] ?? country,
      });
  });

  it('is the same number in international form, with a plus, with 00 and with neither', () => {
    for (const [country, national] of examples) {
      const phone = parsePhone(national, country);
      if (phone.kind !== 'ok') throw new Error(`the example of ${country} was refused: ${phone.why}`);
      const digits = phone.e164.slice(1);
      for (const written of [`+${digits}`, `00${digits}`, `00 ${digits}`, digits, ` +${digits} `])
        expect(parsePhone(written), country).toEqual(phone);
    }
  });

  it('is recognised abroad when it is written in international form', () => {
    for (const [country, national] of examples) {
      const phone = parsePhone(national, country);
      for (const home of ['IT', 'US', 'KR']) {
        if (phone.kind === 'ok') expect(parsePhone(phone.e164, home), country).toEqual(phone);
      }
    }
  });
});
