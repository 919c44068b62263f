import { describe, expect, it } from 'vitest';
import { endOf, keptFor } from '../../domain/retention.ts';
import type { Residence } from '../../domain/retention.ts';
import { RETAINED_RECORDS } from '../../domain/rule-pack.ts';
import { rules } from '../helpers/rules.ts';

const { packs } = rules;
const NOW = Date.UTC(2026, 10, 22);
const kept = (residence: Partial<Residence>, record: (typeof RETAINED_RECORDS)[number]): string =>
  keptFor(packs, { numbers: [], ...residence }, record, NOW);

describe('how long something is kept', () => {
  it('has an answer for every record and every place', () => {
    const countries = [undefined, 'IT', 'DE', 'FR', 'US', 'KR', 'AE', 'ZZ', 'XX'];
    for (const country of countries)
      for (const record of RETAINED_RECORDS) expect(kept({ country }, record)).toMatch(/^P\d|^forever$/);
  });

  it('is by default 90 days for texts, 13 months for the log, 5 years for proof, and without end for a stop', () => {
    expect(RETAINED_RECORDS.map((record) => kept({}, record))).toEqual(['P5Y', 'forever', 'P13M', 'P90D']);
  });

  it('of proof is the longest of all places, of everything else the shortest', () => {
    const places: Partial<Residence>[] = [{ country: 'FR' }, { country: 'US' }, { country: 'FR', numbers: ['US'] }];
    const [one = 0, other = 0, both = 0] = places.map((place) => endOf(kept(place, 'consent_proof'), NOW));
    expect(both).toBe(Math.max(one, other));
    const [text = 0, another = 0, least = 0] = places.map((place) => endOf(kept(place, 'message_text'), NOW));
    expect(least).toBe(Math.min(text, another));
  });

  it('does not forget what the default says of one record where a country speaks of another', () => {
    for (const country of ['DE', 'FR', 'US', 'KR', 'AE']) expect(kept({ country }, 'message_text')).toBe('P90D');
  });
});
