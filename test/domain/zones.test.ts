import { describe, expect, it } from 'vitest';
import { isValidZone } from '../../domain/local-time.ts';
import type { ZoneEvidence } from '../../domain/zones.ts';
import { resolveZones } from '../../domain/zones.ts';
import { loadRules } from '../../rules/load.ts';

const { zones: data } = loadRules();
const resolve = (evidence: ZoneEvidence) => resolveZones(evidence, data);
const zonesOf = (country: string, region?: string) => resolve({ country, region }).zones;

describe('zones of a customer', () => {
  it("the customer's own zone wins over address and number", () => {
    const evidence = { explicitZone: 'Asia/Tokyo', country: 'IT', region: 'MI', phoneCountry: 'IT' };
    expect(resolve(evidence)).toEqual({ zones: ['Asia/Tokyo'], source: 'customer' });
  });

  it('a zone that does not exist is no evidence', () => {
    expect(resolve({ explicitZone: 'Europe/Roma', country: 'KR' })).toEqual({
      zones: ['Asia/Seoul'],
      source: 'address',
    });
    expect(resolve({ explicitZone: 'constructor' }).source).toBe('unknown');
  });

  it('a zone is called by its present name', () => {
    expect(resolve({ explicitZone: 'Asia/Calcutta' }).zones).toEqual(['Asia/Kolkata']);
    expect(resolve({ explicitZone: 'Europe/Oslo' }).zones).toEqual(['Europe/Oslo']);
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
    expect(resolve({ country })).toEqual({ zones: [zone], source: 'address' });
    expect(resolve({ phoneCountry: country })).toEqual({ zones: [zone], source: 'number' });
  });

  it('islands far from the mainland have their own zone', () => {
    expect([zonesOf('ES', 'GC'), zonesOf('ES', 'TF')]).toEqual([['Atlantic/Canary'], ['Atlantic/Canary']]);
    expect([zonesOf('PT', 'PT-20'), zonesOf('PT', '30')]).toEqual([['Atlantic/Azores'], ['Atlantic/Madeira']]);
  });

  it('a state is read as shops write it', () => {
    for (const region of ['NY', 'ny', ' NY ', 'US-NY']) expect(zonesOf('us', region)).toEqual(['America/New_York']);
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

  it('military mail and places without people tell no zone', () => {
    expect(resolve({ country: 'US', region: 'AE' })).toEqual({ zones: [], source: 'unknown' });
    expect(resolve({ country: 'HM' })).toEqual({ zones: [], source: 'unknown' });
  });

  it('the number decides only without an address, and only when its country has one zone', () => {
    expect(resolve({ country: 'IT', phoneCountry: 'KR' })).toEqual({ zones: ['Europe/Rome'], source: 'address' });
    expect(resolve({ country: 'XX', phoneCountry: 'KR' })).toEqual({ zones: ['Asia/Seoul'], source: 'number' });
    expect(resolve({ phoneCountry: 'US' })).toEqual({ zones: [], source: 'unknown' });
    expect(resolve({})).toEqual({ zones: [], source: 'unknown' });
  });

  it('every zone of the data exists', () => {
    const named = Object.values(data.countries).flatMap(({ zones, regions }) => [
      ...zones,
      ...Object.values(regions).flat(),
    ]);
    expect([...new Set(named)].filter((zone) => !isValidZone(zone))).toEqual([]);
    expect(Object.values(data.canonical).filter((zone) => !isValidZone(zone))).toEqual([]);
  });

  it('every state of the United States has its zones', () => {
    const states =
      'AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY';
    expect(states.split(' ').filter((state) => !Object.hasOwn(data.countries['US']?.regions ?? {}, state))).toEqual([]);
  });
});
