import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areaCodeOf, parsePhone } from '../../../domain/contacts/phone.ts';
import type { PlaceEvidence, PostcodeZone } from '../../../domain/place/place.ts';
import { jurisdictionsOf } from '../../../domain/place/place.ts';
import { regionKey } from '../../../domain/place/regions.ts';
import { rules } from '../../helpers/rules.ts';

const { zones, postcodes } = rules;
const PACKS = new Set(['CA', 'FR', 'FR-67', 'GB', 'GG', 'IT', 'RE', 'SM', 'US', 'US-CT', 'US-FL', 'US-PR', 'US-TX']);

function jurisdictions(evidence: PlaceEvidence, postcodeZone: PostcodeZone = postcodes): readonly string[] {
  return jurisdictionsOf(evidence, (id) => PACKS.has(id), zones.areaCodes, postcodeZone);
}

/** As the gate hands a number on. */
function phone(e164: string): NonNullable<PlaceEvidence['phone']> {
  const parsed = parsePhone(e164);
  return { country: parsed.kind === 'ok' ? parsed.country : undefined, areaCode: areaCodeOf(e164) };
}

describe('whose rules apply', () => {
  it('address, number and the own statement all count, states first', () => {
    const evidence = { country: 'US', region: 'NY', phone: phone('+18505552671'), statedCountry: 'it' };
    expect(jurisdictions(evidence)).toEqual(['US-FL', 'US', 'IT']);
  });

  it('a state of the address has its pack however the shop writes it', () => {
    for (const region of ['TX', 'tx', ' US-TX ', 'Texas', 'texas'])
      expect(jurisdictions({ country: 'us', region })).toEqual(['US-TX']);
  });

  it("a state without a pack has its country's", () => {
    expect(jurisdictions({ country: 'US', region: 'WY' })).toEqual(['US']);
    expect(jurisdictions({ country: 'US', region: 'Atlantis' })).toEqual(['US']);
    expect(jurisdictions({ country: 'CA', region: 'QC' })).toEqual(['CA']);
  });

  it('the same place said three times is one jurisdiction', () => {
    const evidence = { country: 'US', region: 'FL', postcode: '32401', phone: phone('+18505552671') };
    expect(jurisdictions(evidence)).toEqual(['US-FL']);
  });

  it('the postcode tells the state that the address leaves out', () => {
    expect(jurisdictions({ country: 'US', postcode: '32401-1234' })).toEqual(['US-FL']);
    expect(jurisdictions({ country: 'US', postcode: '99999' })).toEqual(['US']);
  });

  it('a postcode of another state than the address names: both apply', () => {
    expect(jurisdictions({ country: 'US', region: 'TX', postcode: '32401' })).toEqual(['US-FL', 'US-TX']);
  });

  it.each([
    ['+447911123456', ['GG']],
    ['+447400123456', ['GB']],
    ['+393123456789', ['IT']],
    ['+37866661212', ['SM']],
    ['+12035550123', ['US-CT']],
    ['+14165550123', ['CA']],
    ['+17875550123', ['US-PR']],
    ['+18765550123', []],
    ['+77012345678', []],
  ])('the number %s alone means %j', (e164, expected) => {
    expect(jurisdictions({ phone: phone(e164) })).toEqual(expected);
  });

  it('a code that serves several provinces means all of them', () => {
    const known = (id: string): boolean => ['CA', 'CA-NS', 'CA-PE'].includes(id);
    expect(jurisdictionsOf({ phone: phone('+19025550123') }, known, zones.areaCodes)).toEqual(['CA-NS', 'CA-PE']);
  });

  it('an area code of another plan than +1 means nothing', () => {
    expect(jurisdictions({ phone: { country: 'IT', areaCode: '850' } })).toEqual(['IT']);
    expect(jurisdictions({ phone: { country: 'US', areaCode: '800' } })).toEqual(['US']);
    expect(jurisdictions({ phone: { country: 'US', areaCode: 'constructor' } })).toEqual(['US']);
  });

  it('Alsace and the overseas departments are told by the French postcode', () => {
    expect(jurisdictions({ country: 'FR', postcode: '67000' })).toEqual(['FR-67']);
    expect(jurisdictions({ country: 'FR', postcode: '75001' })).toEqual(['FR']);
    expect(jurisdictions({ country: 'FR', postcode: '97400' })).toEqual(['RE']);
    expect(jurisdictions({ country: 'FR', region: 'Grand Est', postcode: '67000' })).toEqual(['FR-67', 'FR']);
  });

  it('Puerto Rico is the same place as a country and as a state', () => {
    const expected = ['US-PR'];
    expect(jurisdictions({ country: 'PR' })).toEqual(expected);
    expect(jurisdictions({ country: 'US', region: 'PR' })).toEqual(expected);
    expect(jurisdictions({ country: 'US', region: 'Puerto Rico', postcode: '00901' })).toEqual(expected);
  });

  it('a soldier abroad keeps the rules of the United States', () => {
    expect(jurisdictions({ country: 'US', region: 'AE', postcode: '09012' })).toEqual(['US']);
  });

  it('nothing known means no jurisdiction', () => {
    expect(jurisdictions({})).toEqual([]);
    expect(jurisdictions({ country: ' ', region: 'FL', postcode: '32401' })).toEqual([]);
    expect(jurisdictions({ country: 'constructor', statedCountry: '__proto__' })).toEqual([]);
  });

  it('never throws, names only known packs and none twice', () => {
    const text = fc.option(fc.oneof(fc.string(), fc.constantFrom('US', 'CA', 'FL', '850', '32401')), {
      nil: undefined,
    });
    const evidence = fc.record({
      statedCountry: text,
      country: text,
      region: text,
      postcode: text,
      phone: fc.option(fc.record({ country: text, areaCode: text }), { nil: undefined }),
    });
    fc.assert(
      fc.property(evidence, (evidence) => {
        const ids = jurisdictions(evidence);
        expect(ids.every((id) => PACKS.has(id))).toBe(true);
        expect(new Set(ids).size).toBe(ids.length);
        // Evidence that is left out never adds a jurisdiction.
        const { phone: _, ...less } = evidence;
        expect(ids).toEqual(expect.arrayContaining([...jurisdictions(less)]));
      }),
    );
  });
});

describe('a state by its name', () => {
  it.each([
    ['US', 'District of Columbia', 'DC'],
    ['US', 'Washington, D.C.', 'DC'],
    ['US', 'Washington', 'WA'],
    ['US', 'new  york', 'NY'],
    ['US', "Hawai'i", 'HI'],
    ['US', 'U.S. Virgin Islands', 'VI'],
    ['US', 'US-NC', 'NC'],
    ['CA', 'Québec', 'QC'],
    ['CA', 'CA-ON', 'ON'],
    ['CA', 'British Columbia', 'BC'],
    ['CA', 'Newfoundland & Labrador', 'NL'],
    ['CA', 'NF', 'NL'],
    ['MX', 'q roo', 'Q ROO'],
    ['IT', 'Ontario', 'ONTARIO'],
    ['US', '', ''],
  ])('%s %j is %s', (country, region, code) => {
    expect(regionKey(country, region)).toBe(code);
  });
});

describe('the area code of a number', () => {
  it.each([
    ['+18505552671', '850'],
    ['+14165550123', '416'],
    ['+393123456789', undefined],
    ['+1850555267', undefined],
    ['18505552671', undefined],
    ['', undefined],
  ])('of %j is %s', (e164, code) => {
    expect(areaCodeOf(e164)).toBe(code);
  });
});
