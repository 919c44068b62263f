import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isValidZone, wallClock } from '../../domain/time/local-time.ts';
import { rules } from '../helpers/rules.ts';
import { createPostcodes } from '../../rules/postcodes.ts';

const zoneAt = createPostcodes();
const { zones: data } = rules;

/**
 * 49 CFR 71.5: line between eastern and central, 71.7: central and mountain, 71.9: mountain and Pacific, 71.12: Alaska and Hawaii-Aleutian.
 */
const REFERENCE = [
  ['US', '46402', 'Gary, IN', 'America/Chicago', '49 CFR 71.5, Lake County'],
  ['US', '47708', 'Evansville, IN', 'America/Chicago', '49 CFR 71.5, Vanderburgh County'],
  ['US', '89883', 'West Wendover, NV', 'America/Denver', '49 CFR 71.9, 64 FR 56705 (1999)'],
  ['US', '97914', 'Ontario, OR', 'America/Boise', '49 CFR 71.9, Malheur County'],
  ['US', '42101', 'Bowling Green, KY', 'America/Chicago', '49 CFR 71.5, Warren County'],
  ['US', '32401', 'Panama City, FL', 'America/Chicago', '49 CFR 71.5, Bay County'],
  ['US', '32301', 'Tallahassee, FL', 'America/New_York', '49 CFR 71.5, Leon County'],
  ['PR', '00901', 'San Juan, PR', 'America/Puerto_Rico', '49 CFR 71.3'],
] as const;

const BORDERS = [
  [
    'US',
    '32456',
    'Port St. Joe, FL',
    'America/New_York',
    '49 CFR 71.5, Gulf County south of the Intracoastal Waterway',
  ],
  ['US', '32465', 'Wewahitchka, FL', 'America/Chicago', '49 CFR 71.5, Gulf County north of it'],
  ['US', '37402', 'Chattanooga, TN', 'America/New_York', '49 CFR 71.5, Hamilton County'],
  ['US', '37347', 'Jasper, TN', 'America/Chicago', '49 CFR 71.5, Marion County'],
  ['US', '38555', 'Crossville, TN', 'America/Chicago', '49 CFR 71.5, Cumberland County'],
  ['US', '37854', 'Rockwood, TN', 'America/New_York', '49 CFR 71.5, Roane County'],
  ['US', '42718', 'Campbellsville, KY', 'America/New_York', '49 CFR 71.5, Taylor County'],
  ['US', '42728', 'Columbia, KY', 'America/Chicago', '49 CFR 71.5, Adair County'],
  ['US', '42633', 'Monticello, KY', 'America/Kentucky/Monticello', '49 CFR 71.5, Wayne County (eastern since 2000)'],
  ['US', '46534', 'Knox, IN', 'America/Indiana/Knox', '49 CFR 71.5, Starke County (central since 2006)'],
  ['US', '46601', 'South Bend, IN', 'America/Indiana/Indianapolis', '49 CFR 71.5, St. Joseph County'],
  ['US', '47586', 'Tell City, IN', 'America/Indiana/Tell_City', '49 CFR 71.5, Perry County (central since 2006)'],
  ['US', '47546', 'Jasper, IN', 'America/Indiana/Vincennes', '49 CFR 71.5, Dubois County (eastern since 2007)'],
  ['US', '49801', 'Iron Mountain, MI', 'America/Menominee', '49 CFR 71.5, Dickinson County'],
  ['US', '49855', 'Marquette, MI', 'America/Detroit', '49 CFR 71.5, Marquette County'],
  ['US', '58601', 'Dickinson, ND', 'America/Denver', '49 CFR 71.7, Stark County'],
  ['US', '58554', 'Mandan, ND', 'America/North_Dakota/New_Salem', '49 CFR 71.7, Morton County (central since 2003)'],
  ['US', '57501', 'Pierre, SD', 'America/Chicago', '49 CFR 71.7, Hughes County'],
  ['US', '57701', 'Rapid City, SD', 'America/Denver', '49 CFR 71.7, Pennington County'],
  ['US', '69101', 'North Platte, NE', 'America/Chicago', '49 CFR 71.7, Lincoln County'],
  ['US', '69153', 'Ogallala, NE', 'America/Denver', '49 CFR 71.7, Keith County'],
  ['US', '67701', 'Colby, KS', 'America/Chicago', '49 CFR 71.7, Thomas County'],
  ['US', '67735', 'Goodland, KS', 'America/Denver', '49 CFR 71.7, Sherman County'],
  ['US', '79901', 'El Paso, TX', 'America/Denver', '49 CFR 71.7, El Paso County'],
  ['US', '79855', 'Van Horn, TX', 'America/Chicago', '49 CFR 71.7, Culberson County'],
  ['US', '83501', 'Lewiston, ID', 'America/Los_Angeles', '49 CFR 71.9, Nez Perce County'],
  ['US', '83638', 'McCall, ID', 'America/Boise', '49 CFR 71.9, Valley County'],
  ['US', '97720', 'Burns, OR', 'America/Los_Angeles', '49 CFR 71.9, Harney County'],
  ['US', '97918', 'Vale, OR', 'America/Boise', '49 CFR 71.9, Malheur County'],
  ['US', '86515', 'Window Rock, AZ', 'America/Denver', '15 USC 260a: the Navajo Nation changes its clocks'],
  ['US', '86039', 'Kykotsmovi, AZ', 'America/Phoenix', 'ARS 1-242: the Hopi within the Navajo Nation do not'],
  ['US', '99546', 'Adak, AK', 'America/Adak', '49 CFR 71.12, west of 169°30′'],
  ['CA', 'P9N 1A1', 'Kenora, ON', 'America/Winnipeg', 'Time Act, RSO 1990 c T.9: west of 90°'],
  ['CA', 'P7B 1A1', 'Thunder Bay, ON', 'America/Toronto', 'Time Act, RSO 1990 c T.9: east of 90°'],
  ['CA', 'S9V 0A1', 'Lloydminster, SK', 'America/Edmonton', 'Time Act, RSS 1978 c T-14: the time of Alberta'],
  ['CA', 'V1C 1A1', 'Cranbrook, BC', 'America/Edmonton', 'East Kootenay keeps Mountain time (IANA: zone Edmonton)'],
  [
    'CA',
    'V1G 1A1',
    'Dawson Creek, BC',
    'America/Dawson_Creek',
    'Peace River keeps its clocks (IANA: zone Dawson_Creek)',
  ],
  ['CA', 'A2V 1A1', 'Labrador City, NL', 'America/Goose_Bay', 'Standard Time Act, RSNL 1990 c S-24: Labrador'],
  ['CA', 'G4T 1A1', 'Magdalen Islands, QC', 'America/Halifax', 'Legal Time Act, CQLR c T-5.1: Atlantic time'],
] as const;

describe('the zone of a postcode', () => {
  it.each([...REFERENCE, ...BORDERS])('%s %s %s is in %s (%s)', (country, postcode, _, zone) => {
    expect(zoneAt(country, postcode)?.zones).toEqual([zone]);
  });

  it('is found however the postcode is written', () => {
    for (const written of ['32401', ' 32401 ', '32401-1234', '32401 1234', '324011234'])
      expect(zoneAt('US', written)).toEqual({ zones: ['America/Chicago'], region: 'FL' });
    for (const written of ['K1A 0B1', 'k1a0b1', 'K1A-0B1', 'K1A'])
      expect(zoneAt('CA', written)).toEqual({ zones: ['America/Toronto'], region: 'ON' });
  });

  it('is that of the territory', () => {
    expect(zoneAt('US', '00901')).toEqual({ zones: ['America/Puerto_Rico'], region: 'PR' });
    expect(zoneAt('VI', '00802')?.zones).toEqual(['America/St_Thomas']);
    expect(zoneAt('US', '96910')?.zones).toEqual(['Pacific/Guam']);
    expect(zoneAt('US', '96799')?.zones).toEqual(['Pacific/Pago_Pago']);
    expect(zoneAt('FM', '96941')?.zones).toEqual(['Pacific/Pohnpei']);
  });

  it.each([
    ['09012', 'AE'],
    ['09999', undefined],
    ['09800', 'AE'],
    ['34002', 'AA'],
    ['96201', 'AP'],
    ['96698', 'AP'],
  ])('military mail %s tells no zone, wherever the post office is', (zip, region) => {
    expect(zoneAt('US', zip)).toEqual(region === undefined ? undefined : { zones: [], region });
  });

  it.each([
    ['P0T 1A0', 'ON'],
    ['V0C 1A0', 'BC'],
    ['S0P 0A0', 'SK'],
    ['G0G 1A0', 'QC'],
    ['X0A 0H0', 'NU'],
    ['X0E 0A0', 'NT'],
    ['H0H 0H0', 'QC'],
    ['E2E 1A1', 'NB'],
  ])('a Canadian code that is as large as a country or has no coordinates (%s) tells its province', (code, region) => {
    expect(zoneAt('CA', code)).toEqual({ zones: [], region });
  });

  it('wrong coordinates tell no zone: one New York ZIP lies in Kyrgyzstan', () => {
    expect(zoneAt('US', '10200')).toEqual({ zones: [], region: 'NY' });
  });

  it.each([
    ['US', '99999'],
    ['US', '3240'],
    ['US', 'K1A 0B1'],
    ['US', '32401-12'],
    ['US', ''],
    ['US', '__proto__'],
    ['CA', '32401'],
    ['CA', 'Z1A 0B1'],
    ['IT', '00185'],
    ['constructor', '32401'],
    ['', ''],
  ])('nothing is known of %s %j', (country, postcode) => {
    expect(zoneAt(country, postcode)).toBeUndefined();
  });

  it('never throws, and names only zones that exist', () => {
    const country = fc.oneof(fc.constantFrom('US', 'CA', 'PR', 'IT'), fc.string());
    const digit = fc.integer({ min: 0, max: 9 });
    const zip = fc.array(digit, { minLength: 3, maxLength: 10 }).map((digits) => digits.join(''));
    const canadian = fc.tuple(fc.stringMatching(/^[A-Z]$/), digit, fc.stringMatching(/^[A-Z]$/));
    const postcode = fc.oneof(
      zip,
      canadian.map((parts) => parts.join('')),
      fc.string(),
    );
    fc.assert(
      fc.property(country, postcode, (country, postcode) => {
        const { zones = [] } = zoneAt(country, postcode) ?? {};
        expect(zones.every((zone) => isValidZone(zone) && data.canonical[zone] === zone)).toBe(true);
      }),
    );
  });

  it('every ZIP keeps the time of its state, but for eight in Alabama that live by the clock of Georgia', () => {
    const { codes }: { codes: Record<string, { state: string }> } = createRequire(import.meta.url)('zipcodes');
    const clock = (zone: string): string =>
      [1, 4, 7, 10].map((month) => wallClock(Date.UTC(2027, month, 20), zone)).join();
    const clocks = new Map([...new Set(Object.values(data.canonical))].map((zone) => [zone, clock(zone)]));
    const regions = data.countries['US']?.regions ?? {};
    const others = Object.entries(codes).filter(([zip, { state }]) => {
      const [zone] = zoneAt('US', zip)?.zones ?? [];
      const ofState = regions[state]?.map((name) => clocks.get(name));
      return zone !== undefined && ofState !== undefined && !ofState.includes(clocks.get(zone));
    });
    expect(others.map(([zip, { state }]) => `${state} ${zip}`)).toEqual(
      ['36854', '36863', '36867', '36868', '36869', '36870', '36874', '36877'].map((zip) => `AL ${zip}`),
    );
  });
});
