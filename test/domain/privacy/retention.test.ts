import { describe, expect, it } from 'vitest';
import { endOf, keptFor } from '../../../domain/privacy/retention.ts';
import type { Residence } from '../../../domain/privacy/retention.ts';
import { MESSAGE_CLASSES } from '../../../domain/sending/message.ts';
import type { Period, RetainedRecord, Row, RulePack, RulePacks } from '../../../domain/rules/rule-pack.ts';
import { RETAINED_RECORDS } from '../../../domain/rules/rule-pack.ts';
import { rules } from '../../helpers/rules.ts';

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

describe('of a person whom several laws may protect', () => {
  function packOf(id: string, keeps: Partial<Record<RetainedRecord, Period>>, parent?: string): RulePack {
    const rows = Object.entries(keeps).map(([record, keep]): Row => ({
      id: `${id}.${record}`,
      classes: MESSAGE_CLASSES,
      says: '',
      rule: { kind: 'retention', of: record as RetainedRecord, keep },
      basis: 'statute',
      confidence: 'B',
      sources: [],
    }));
    const dates = { asOf: '2026-11-21', reviewBy: '2027-11-21' };
    return { id, name: id, version: id, disclaimer: '', rows, ...dates, ...(parent !== undefined && { parent }) };
  }
  const all = [
    packOf('default', { consent_proof: 'P5Y', opt_out: 'forever', message_log: 'P13M', message_text: 'P90D' }),
    packOf('AA', { consent_proof: 'P3Y', opt_out: 'P1Y', message_text: 'P60D' }),
    packOf('AA-X', { message_text: 'P7D' }, 'AA'),
    packOf('BB', { consent_proof: 'P10Y', message_text: 'P30D' }),
  ];
  const some: RulePacks = { packs: Object.fromEntries(all.map((pack) => [pack.id, pack])), calendars: {} };
  const keeps = (residence: Partial<Residence>): readonly string[] =>
    RETAINED_RECORDS.map((record) => keptFor(some, { numbers: [], ...residence }, record, NOW));

  it.each<[Partial<Residence>, readonly string[]]>([
    [{}, ['P5Y', 'forever', 'P13M', 'P90D']],
    [{ country: 'ZZ', numbers: ['YY'] }, ['P5Y', 'forever', 'P13M', 'P90D']],
    [{ country: 'AA' }, ['P3Y', 'P1Y', 'P13M', 'P60D']],
    [{ country: 'AA', region: 'X' }, ['P3Y', 'P1Y', 'P13M', 'P7D']],
    [{ numbers: ['BB'] }, ['P10Y', 'forever', 'P13M', 'P30D']],
    [{ country: 'AA', numbers: ['BB'] }, ['P10Y', 'forever', 'P13M', 'P30D']],
    [{ country: 'BB', numbers: ['AA'] }, ['P10Y', 'forever', 'P13M', 'P30D']],
    [{ country: 'BB', region: 'X', numbers: ['ZZ', 'AA'] }, ['P10Y', 'forever', 'P13M', 'P30D']],
  ])('%j: proof and stops are kept for the longest, the log and texts for the shortest', (residence, periods) => {
    expect(keeps(residence)).toEqual(periods);
  });

  it('a record of which nothing is said is an error, and not kept for a time that nobody has set', () => {
    const { default: _, ...without } = some.packs;
    const silent = { ...some, packs: { ...without, default: packOf('default', {}) } };
    expect(() => keptFor(silent, { country: 'AA', numbers: [] }, 'message_log', NOW)).toThrow(
      'the default pack does not say how long message_log is kept',
    );
  });

  it('forever has no end', () => {
    expect([endOf('forever', NOW), endOf('P1D', 0)]).toEqual([Infinity, 86_400_000]);
  });
});
