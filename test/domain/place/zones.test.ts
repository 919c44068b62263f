import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isValidZone } from '../../../domain/time/local-time.ts';
import type { PlaceEvidence } from '../../../domain/place/place.ts';
import type { ResolvedZones } from '../../../domain/place/zones.ts';
import { resolveZones } from '../../../domain/place/zones.ts';
import { rules } from '../../helpers/rules.ts';
import { casesOf } from '../../helpers/whole.ts';

const { zones: data, postcodes } = rules;
const resolve = (evidence: PlaceEvidence): ResolvedZones => resolveZones(evidence, data, postcodes);
const zonesOf = (country: string, region?: string): readonly string[] => resolve({ country, region }).zones;
/** Nothing speaks against it. */
const agreed = (source: ResolvedZones['source'], ...zones: readonly string[]): ResolvedZones => ({
  zones,
  all: zones,
  source,
  sources: [source],
});
const UNKNOWN: ResolvedZones = { zones: [], all: [], source: 'unknown', sources: [] };

describe('zones of a customer', () => {
  it("the customer's own zone wins over address and number, and counts alone", () => {
    const phone = { country: 'US', areaCode: '808' };
    const evidence = { statedZone: 'Asia/Tokyo', country: 'US', region: 'FL', postcode: '32401', phone };
    expect(resolve(evidence)).toEqual(agreed('customer', 'Asia/Tokyo'));
  });

  it("the shop's zone is one guess beside the others: it decides where nothing else does, and stands against what contradicts it", () => {
    const shopZone = 'America/New_York';
    expect(resolve({ shopZone })).toEqual(agreed('shop', shopZone));
    expect(resolve({ shopZone, country: 'IT', phone: { country: 'IT' } })).toEqual({
      ...agreed('address', 'Europe/Rome'),
      all: ['Europe/Rome', shopZone],
      sources: ['address', 'shop'],
    });
    expect(resolve({ shopZone, phone: { country: 'IT' } }).zones).toEqual(['Europe/Rome']);
    expect(resolve({ shopZone: 'Europe/Rome', country: 'IT' })).toEqual(agreed('address', 'Europe/Rome'));
    expect(resolve({ shopZone, country: 'US' }).zones.length).toBeGreaterThan(1);
    expect(resolve({ shopZone, statedZone: 'Europe/Rome' })).toEqual(agreed('customer', 'Europe/Rome'));
    expect(resolve({ shopZone: 'Mars/Olympus' })).toEqual(UNKNOWN);
  });

  it('a zone that does not exist is no evidence', () => {
    expect(resolve({ statedZone: 'Europe/Roma', country: 'KR' })).toEqual(agreed('address', 'Asia/Seoul'));
    expect(resolve({ statedZone: 'constructor' })).toEqual(UNKNOWN);
  });

  it('a zone is called by its present name', () => {
    expect(resolve({ statedZone: 'Asia/Calcutta' }).zones).toEqual(['Asia/Kolkata']);
    expect(resolve({ statedZone: 'Europe/Oslo' }).zones).toEqual(['Europe/Oslo']);
    expect([zonesOf('IN'), zonesOf('UA'), zonesOf('VN')]).toEqual([
      ['Asia/Kolkata'],
      ['Europe/Kyiv'],
      ['Asia/Ho_Chi_Minh'],
    ]);
  });

  it.each([
    ['IT', 'Europe/Rome'],
    ['KR', 'Asia/Seoul'],
    ['GB', 'Europe/London'],
    ['DE', 'Europe/Berlin'],
    ['ES', 'Europe/Madrid'],
    ['PT', 'Europe/Lisbon'],
    ['FR', 'Europe/Paris'],
    ['CN', 'Asia/Shanghai'],
    ['KZ', 'Asia/Almaty'],
  ])('%s has one zone, by address and by number', (country, zone) => {
    expect(resolve({ country })).toEqual(agreed('address', zone));
    expect(resolve({ phone: { country } })).toEqual(agreed('number', zone));
  });

  it('islands far from the mainland have their own zone', () => {
    expect([zonesOf('ES', 'GC'), zonesOf('ES', 'TF')]).toEqual([['Atlantic/Canary'], ['Atlantic/Canary']]);
    expect([zonesOf('PT', 'PT-20'), zonesOf('PT', '30')]).toEqual([['Atlantic/Azores'], ['Atlantic/Madeira']]);
    expect(resolve({ country: 'ES', postcode: '35001' }).zones).toEqual(['Atlantic/Canary']);
    expect(resolve({ country: 'PT', postcode: '9500-150' }).zones).toEqual(['Atlantic/Azores']);
    expect(resolve({ country: 'FR', postcode: '97300' }).zones).toEqual(['America/Cayenne']);
  });

  it('a state is read as shops write it', () => {
    for (const region of ['NY', 'ny', ' NY ', 'US-NY', 'New York'])
      expect(zonesOf('us', region)).toEqual(['America/New_York']);
    for (const region of ['ROO', 'QR', 'Q ROO']) expect(zonesOf('MX', region)).toEqual(['America/Cancun']);
  });

  it('a state in two zones gives both', () => {
    expect(zonesOf('US', 'FL')).toEqual(['America/New_York', 'America/Chicago']);
    expect(zonesOf('US', 'AZ')).toEqual(['America/Phoenix', 'America/Denver']);
    expect(zonesOf('AU', 'NSW')).toEqual(['Australia/Sydney', 'Australia/Broken_Hill']);
  });

  it('a large country without a known state gives all its mainland zones', () => {
    const mainland = ['America/New_York', 'America/Chicago', 'America/Denver', 'America/Los_Angeles'];
    expect(zonesOf('US')).toEqual(mainland);
    expect(zonesOf('US', 'Atlantis')).toEqual(mainland);
  });

  it('places without people tell no zone', () => {
    expect(resolve({ country: 'HM' })).toEqual(UNKNOWN);
  });

  it.each([
    { country: 'US', region: 'AE' },
    { country: 'US', postcode: '09012' },
    { country: 'US', region: 'Armed Forces Pacific', postcode: '96201' },
    { country: 'US', region: 'AE', postcode: '10001' },
    { country: 'US', region: 'NY', postcode: '34002' },
  ])('military mail is unknown, whatever the number says: %j', (evidence) => {
    expect(resolve({ ...evidence, phone: { country: 'US', areaCode: '212' } })).toEqual(UNKNOWN);
  });

  it('nothing known is unknown', () => {
    expect(resolve({})).toEqual(UNKNOWN);
    expect(resolve({ postcode: '32401' })).toEqual(UNKNOWN);
    expect(resolve({ country: 'XX', phone: { country: 'YY', areaCode: '212' } })).toEqual(UNKNOWN);
  });

  it('every zone of the data exists', () => {
    const named = Object.values(data.countries).flatMap(({ zones, regions }) => [
      ...zones,
      ...Object.values(regions).flat(),
    ]);
    expect([...new Set(named)].filter((zone) => !isValidZone(zone))).toEqual([]);
    expect(Object.values(data.canonical).filter((zone) => !isValidZone(zone))).toEqual([]);
  });

  it('every zone has one present name', () => {
    const present = [...new Set(Object.values(data.canonical))].filter((zone) => !zone.startsWith('Etc/'));
    const resolved = present.map(
      (zone) => new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone,
    );
    expect(new Set(resolved).size).toBe(present.length);
    const { canonical } = data;
    expect(
      ['Africa/Asmera', 'America/Coral_Harbour', 'Pacific/Truk', 'Asia/Calcutta'].map((old) => canonical[old]),
    ).toEqual(['Africa/Asmara', 'America/Atikokan', 'Pacific/Chuuk', 'Asia/Kolkata']);
    const own = ['Europe/Oslo', 'Europe/Berlin', 'Etc/UTC', 'Etc/GMT', 'Etc/GMT+5'];
    expect(own.map((zone) => canonical[zone])).toEqual(own);
  });

  it('every state of the United States has its zones', () => {
    const states =
      'AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY';
    expect(states.split(' ').filter((state) => !Object.hasOwn(data.countries['US']?.regions ?? {}, state))).toEqual([]);
  });

  it('the territories of the United States have one zone each', () => {
    for (const country of ['PR', 'VI']) expect(resolve({ country })).toEqual(agreed('address', 'America/Puerto_Rico'));
    expect(resolve({ phone: { country: 'GU' } })).toEqual(agreed('number', 'Pacific/Guam'));
  });
});

describe('the zone of a postcode', () => {
  it('decides between the zones of the state', () => {
    const florida = { country: 'US', region: 'FL', phone: { country: 'US', areaCode: '850' } };
    expect(resolve({ ...florida, postcode: '32401' })).toEqual(agreed('postcode', 'America/Chicago'));
    expect(resolve({ ...florida, postcode: '32301' })).toEqual(agreed('postcode', 'America/New_York'));
    expect(resolve(florida)).toEqual(agreed('address', 'America/New_York', 'America/Chicago'));
  });

  it('needs no state', () => {
    expect(resolve({ country: 'US', postcode: '46402' })).toEqual(agreed('postcode', 'America/Chicago'));
    expect(resolve({ country: 'CA', postcode: 'A2V 1A1' })).toEqual(agreed('postcode', 'America/Goose_Bay'));
  });

  it('that is of another state than the address names: both count', () => {
    expect(resolve({ country: 'US', region: 'CA', postcode: '32401' })).toEqual({
      zones: ['America/Chicago', 'America/Los_Angeles'],
      all: ['America/Chicago', 'America/Los_Angeles'],
      source: 'postcode',
      sources: ['postcode', 'address'],
    });
  });

  it('where people keep another time than the law gives their state: both count', () => {
    expect(resolve({ country: 'US', region: 'AL', postcode: '36867' }).zones).toEqual([
      'America/New_York',
      'America/Chicago',
    ]);
  });

  it('is left to the state where the code tells none', () => {
    expect(resolve({ country: 'US', region: 'FL', postcode: '99999' }).source).toBe('address');
    expect(resolve({ country: 'US', postcode: '10200' })).toEqual(agreed('address', 'America/New_York'));
    expect(resolve({ country: 'CA', postcode: 'P0T 1A0' }).zones).toEqual(['America/Toronto', 'America/Winnipeg']);
  });
});

describe('the zone of a number', () => {
  it('decides without an address', () => {
    expect(resolve({ country: 'XX', phone: { country: 'KR' } })).toEqual(agreed('number', 'Asia/Seoul'));
    expect(resolve({ phone: { country: 'US', areaCode: '212' } })).toEqual(agreed('number', 'America/New_York'));
  });

  it('of several: a moment has to suit all of them', () => {
    const both = ['America/New_York', 'America/Chicago'];
    expect(resolve({ phone: { country: 'US', areaCode: '850' } })).toEqual(agreed('number', ...both));
    expect(resolve({ phone: { country: 'US' } }).zones).toHaveLength(4);
    expect(resolve({ phone: { country: 'RU' } }).zones.length).toBeGreaterThan(9);
  });

  it('settles an address of which only the country is known', () => {
    const { zones, all, source, sources } = resolve({ country: 'US', phone: { country: 'US', areaCode: '212' } });
    expect({ zones, all }).toEqual({ zones: ['America/New_York'], all: ['America/New_York'] });
    expect({ source, sources }).toEqual({ source: 'number', sources: ['number', 'address'] });
    expect(resolve({ country: 'US', phone: { country: 'US', areaCode: '850' } }).zones).toHaveLength(4);
  });

  it('does not settle a state in two zones: a number from New York says nothing about which end of Florida', () => {
    expect(zonesOf('US', 'FL')).toHaveLength(2);
    const moved = { country: 'US', region: 'FL', phone: { country: 'US', areaCode: '212' } };
    expect(resolve(moved).zones).toEqual(zonesOf('US', 'FL'));
  });

  it('counts for promotions where it contradicts the address', () => {
    expect(resolve({ country: 'IT', phone: { country: 'KR' } })).toEqual({
      zones: ['Europe/Rome'],
      all: ['Europe/Rome', 'Asia/Seoul'],
      source: 'address',
      sources: ['address', 'number'],
    });
    const moved = { country: 'US', region: 'TX', postcode: '78701', phone: { country: 'US', areaCode: '850' } };
    // Florida's two zones include that of Austin, so nothing says that they disagree.
    expect(resolve(moved)).toEqual(agreed('postcode', 'America/Chicago'));
    expect(resolve({ ...moved, phone: { country: 'US', areaCode: '415' } }).all).toEqual([
      'America/Chicago',
      'America/Los_Angeles',
    ]);
  });

  it('of Hawaii contradicts an address somewhere on the mainland', () => {
    const { zones, all } = resolve({ country: 'US', phone: { country: 'US', areaCode: '808' } });
    expect(zones).toEqual(zonesOf('US'));
    expect(all).toEqual([...zonesOf('US'), 'Pacific/Honolulu']);
  });

  it('of the same state says nothing against a zone with a name of its own', () => {
    const louisville = { country: 'US', region: 'KY', postcode: '40202', phone: { country: 'US', areaCode: '502' } };
    expect(resolve(louisville)).toEqual(agreed('postcode', 'America/Kentucky/Louisville'));
    expect(resolve({ ...louisville, phone: { country: 'US' } }).all).toEqual(['America/Kentucky/Louisville']);
  });
});

describe('the country that the customer names', () => {
  it('stands in for an address, and counts for promotions where it contradicts one', () => {
    expect(resolve({ statedCountry: 'kr' })).toEqual(agreed('customer', 'Asia/Seoul'));
    expect(resolve({ statedCountry: 'KR', country: 'IT' }).all).toEqual(['Europe/Rome', 'Asia/Seoul']);
    expect(resolve({ statedCountry: 'US', country: 'US', region: 'TX', postcode: '79901' }).all).toEqual([
      'America/Denver',
    ]);
  });
});

describe('whatever shops send', () => {
  const country = fc.oneof(fc.constantFrom(...Object.keys(data.countries), 'us', ' ca '), fc.string());
  const postcode = fc.oneof(
    fc.constantFrom('32401', '46402', '09012', '10200', 'P9N 1A1', 'P0T', '67000'),
    fc.string(),
  );
  const region = fc.oneof(fc.constantFrom('FL', 'Texas', 'US-AZ', 'AE', 'ON', 'Québec'), fc.string());
  const areaCode = fc.oneof(fc.constantFrom('212', '850', '808', '902', '800'), fc.string());
  const evidence: fc.Arbitrary<PlaceEvidence> = fc.record(
    {
      statedCountry: country,
      country,
      region,
      postcode,
      phone: fc.record({ country, areaCode }, { requiredKeys: [] }),
    },
    { requiredKeys: [] },
  );

  it('never throws, names only zones that exist, and respects at least the likeliest', () => {
    fc.assert(
      fc.property(evidence, (evidence) => {
        const { zones, all, source, sources } = resolve(evidence);
        expect(all.every((zone) => isValidZone(zone) && data.canonical[zone] === zone)).toBe(true);
        expect(all.slice(0, zones.length)).toEqual(zones);
        expect(new Set(all).size).toBe(all.length);
        expect(zones.length === 0).toBe(source === 'unknown');
        expect(sources[0] ?? 'unknown').toBe(source);
      }),
      casesOf(1_000),
    );
  });

  it("the customer's own zone always wins", () => {
    fc.assert(
      fc.property(evidence, fc.constantFrom(...new Set(Object.values(data.canonical))), (evidence, statedZone) => {
        expect(resolve({ ...evidence, statedZone })).toEqual(agreed('customer', statedZone));
      }),
    );
  });

  it('leaving out the postcode never makes a wrong zone certain: the state has the zone of each of its postcodes', () => {
    for (const [state, zip] of [
      ['FL', '32401'],
      ['TX', '79901'],
      ['NV', '89883'],
      ['OR', '97914'],
      ['AZ', '86515'],
    ] as const) {
      const [zone] = resolve({ country: 'US', postcode: zip }).zones;
      const { zones } = resolve({ country: 'US', region: state });
      expect(zones).toContain(zone);
    }
  });
});
