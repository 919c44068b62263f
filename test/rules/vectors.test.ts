/** The vectors every change of the rules is measured by: places, edges, holidays, clock changes, dates from which a rule holds. */
import { describe, expect, it } from 'vitest';
import { DAY, HOUR } from '../../domain/time/duration.ts';
import type { MessageKind } from '../../domain/sending/message.ts';
import type { TestPerson } from '../helpers/people.ts';
import { decided, written } from '../helpers/people.ts';

const OFFER: MessageKind = 'bundle_offer';

/** `send`, or the reason and the rule. */
function answer(person: TestPerson, moment: string, kind: MessageKind = OFFER): string {
  const { decision } = decided(person, kind, moment);
  return decision.kind === 'send' ? 'send' : `${decision.kind} ${decision.reason}`;
}

describe('a Florida number', () => {
  const panamaCity = { phone: '+18505550123', country: 'US', region: 'FL', postcode: '32401' };
  const tallahassee = { ...panamaCity, postcode: '32301' };
  const somewhere = { phone: '+18505550123', country: 'US', region: 'FL' };

  it.each([
    // Hours are 08-20 in Florida, whose west keeps Central time.
    ['2027-03-02T08:30-05:00', 'wait quiet_hours', 'send', 'wait quiet_hours'],
    ['2027-03-02T09:00-05:00', 'send', 'send', 'send'],
    ['2027-03-02T19:59-05:00', 'send', 'send', 'send'],
    ['2027-03-02T20:30-05:00', 'send', 'wait quiet_hours', 'wait quiet_hours'],
  ])('at %s: by ZIP 32401 %s, by ZIP 32301 %s, without one %s', (moment, central, eastern, both) => {
    expect(answer(panamaCity, moment)).toBe(central);
    expect(answer(tallahassee, moment)).toBe(eastern);
    expect(answer(somewhere, moment)).toBe(both);
  });

  it('at a New York address has the rules of both', () => {
    const moved = { phone: '+13055550123', country: 'US', region: 'NY', postcode: '10001' };
    const { where } = decided(moved, OFFER, '2027-03-02T12:00-05:00');
    expect(where.jurisdictions).toEqual(expect.arrayContaining(['US-FL', 'US-NY']));
    expect(answer(moved, '2027-03-02T19:59-05:00')).toBe('send');
    expect(answer(moved, '2027-03-02T20:00-05:00')).toBe('wait quiet_hours');
  });

  it('gets three about one subject in 24 hours; the fourth is skipped when it would wait past its use', () => {
    const noon = Date.parse('2027-03-02T12:00-05:00');
    const three = [1, 2, 3].map((hours) => ({ kind: OFFER, at: noon - hours * HOUR }));
    const caps = [{ rule: 'cap.week', max: 9, per: 7 * DAY, topics: ['offers'] as const }];
    const person = { ...tallahassee, sent: three, caps };
    const short = decided(person, OFFER, '2027-03-02T12:00-05:00', { usefulUntil: noon + 20 * HOUR });
    expect(short.decision).toMatchObject({ kind: 'skip', reason: 'cap_reached' });
    const long = decided(person, OFFER, '2027-03-02T12:00-05:00');
    expect(long.decision).toMatchObject({ kind: 'wait', reason: 'cap_reached', until: noon + 21 * HOUR });
    expect(long.decision.rule).toMatch(/^us-fl\./);
    expect(decided({ ...person, sent: three.slice(1) }, OFFER, '2027-03-02T12:00-05:00').decision.kind).toBe('send');
  });
});

describe('the edges of the hours', () => {
  const texas = { phone: '+12145550123', country: 'US', region: 'TX', postcode: '75201' };
  const kentucky = { phone: '+15025550123', country: 'US', region: 'KY', postcode: '40202' };
  const connecticut = { phone: '+12035550123', country: 'US', region: 'CT', postcode: '06510' };
  it.each([
    ['a Texan Sunday at 11:59', texas, '2027-03-07T11:59-06:00', 'wait quiet_hours'],
    ['a Texan Sunday at 12:00', texas, '2027-03-07T12:00-06:00', 'send'],
    ['Kentucky at 09:59', kentucky, '2027-03-02T09:59-05:00', 'wait quiet_hours'],
    ['Kentucky at 10:00', kentucky, '2027-03-02T10:00-05:00', 'send'],
    ['Connecticut at 19:59', connecticut, '2027-03-02T19:59-05:00', 'send'],
    ['Connecticut at 20:00', connecticut, '2027-03-02T20:00-05:00', 'wait quiet_hours'],
  ])('%s', (_, person, moment, expected) => {
    expect(answer(person, moment)).toBe(expected);
  });
});

describe('France', () => {
  const paris = { phone: '+33612345678', country: 'FR', postcode: '75001', sender: 'BottegaSole' };
  const strasbourg = { ...paris, postcode: '67000' };
  it.each([
    ['a Saturday at 19:59', paris, '2027-07-10T19:59+02:00', 'send'],
    ['a Saturday at 21:59', paris, '2027-07-10T21:59+02:00', 'wait quiet_hours'],
    ['a Sunday', paris, '2027-07-11T12:00+02:00', 'wait quiet_hours'],
    ['14 July', paris, '2027-07-14T12:00+02:00', 'wait quiet_hours'],
    ['Good Friday in Paris', paris, '2027-03-26T12:00+01:00', 'send'],
    ['Good Friday in Alsace', strasbourg, '2027-03-26T12:00+01:00', 'wait quiet_hours'],
  ])('%s', (_, person, moment, expected) => {
    expect(answer(person, moment)).toBe(expected);
  });

  it('gets news of an order at 03:00', () => {
    expect(answer(paris, '2027-07-14T03:00+02:00', 'shipped')).toBe('send');
  });
});

describe('Korea', () => {
  const seoul: TestPerson = { phone: '+821012345678', country: 'KR' };
  const day = (moment: string) => ({ promotional: written(Date.parse(moment) - DAY) });
  const withNight = (moment: string): TestPerson => ({ ...seoul, consents: { day: day(moment), night: day(moment) } });
  it.each([
    ['2027-03-02T20:59+09:00', 'send', 'send'],
    ['2027-03-02T21:00+09:00', 'wait quiet_hours', 'send'],
    ['2027-03-02T07:59+09:00', 'wait quiet_hours', 'send'],
  ])('at %s: %s, and %s to a person who has consented to the night', (moment, without, consented) => {
    expect(answer(seoul, moment)).toBe(without);
    expect(answer(withNight(moment), moment)).toBe(consented);
  });

  it('a consent from a sale lasts six months', () => {
    const sale = (at: string): TestPerson => ({
      ...seoul,
      consents: { day: { promotional: { ...written(Date.parse(at)), basis: 'soft_opt_in' } as never }, night: {} },
    });
    expect(answer(sale('2026-09-03T12:00+09:00'), '2027-03-02T12:00+09:00')).toBe('send');
    expect(answer(sale('2026-09-02T12:00+09:00'), '2027-03-02T12:00+09:00')).toBe('skip consent_expired');
  });

  it('a consent in words is over after two years without another yes', () => {
    const old = { day: { promotional: written(Date.parse('2025-03-02T12:00+09:00')) }, night: {} };
    expect(answer({ ...seoul, consents: old }, '2027-03-02T11:59+09:00')).toBe('send');
    expect(answer({ ...seoul, consents: old }, '2027-03-02T12:00+09:00')).toBe('skip consent_expired');
  });
});

describe('the clock changes', () => {
  const newYork = { phone: '+12125550123', country: 'US', region: 'NY', postcode: '10001' };

  it('a night that has no 02:30 and one that has two 01:30 end at 08:00 on the wall', () => {
    for (const moment of ['2027-03-14T03:30-04:00', '2027-11-07T01:30-04:00', '2027-11-07T01:30-05:00']) {
      const { decision } = decided(newYork, OFFER, moment);
      const opening = Date.parse(moment.startsWith('2027-03') ? '2027-03-14T08:00-04:00' : '2027-11-07T08:00-05:00');
      if (decision.kind !== 'wait') throw new Error(decision.kind);
      expect(decision.until - opening).toBeGreaterThanOrEqual(0);
      expect(decision.until - opening).toBeLessThan(HOUR);
    }
  });
});

describe('a refusal in the United States', () => {
  const newYork = { phone: '+12125550123', country: 'US', region: 'NY', postcode: '10001' };
  const refused = (moment: string): TestPerson => ({
    ...newYork,
    consents: {
      day: {
        promotional: written(Date.parse(moment) - 9 * DAY),
        service_feedback: { state: 'withdrawn', ref: '2', at: Date.parse(moment) - DAY },
      },
      night: {},
    },
  });
  it.each([
    ['2027-01-30T04:00-05:00', false],
    ['2027-01-31T12:00-05:00', true],
    ['2027-02-01T12:00-05:00', true],
  ])('of one class at %s is one of all: %s', (moment, ofAll) => {
    const { decision } = decided(refused(moment), OFFER, moment);
    expect(decision.kind === 'skip' && decision.reason === 'no_consent').toBe(ofAll);
  });
});

describe('an unknown zone', () => {
  it('refuses what sells, lets news of an order through, and says why', () => {
    // A soldier's number is from home and its owner is not: ZIP 09012 is military mail.
    const soldier = { phone: '+12125550123', country: 'US', region: 'AE', postcode: '09012' };
    expect(answer(soldier, '2027-03-02T12:00-05:00')).toBe('skip unknown_zone');
    expect(decided(soldier, OFFER, '2027-03-02T12:00-05:00').where).toMatchObject({ zoneSource: 'unknown', zones: [] });
    expect(answer(soldier, '2027-03-02T12:00-05:00', 'shipped')).toBe('send');
    expect(answer(soldier, '2027-03-02T03:00-05:00', 'delivered')).toBe('send');
  });
});

describe('a decision says what it was made by', () => {
  it('with rules, packs in their version, places, zone and its source, wall clock and consent', () => {
    const milano = { phone: '+393331234567', country: 'IT', postcode: '20121' };
    const { decision, where } = decided(milano, OFFER, '2027-03-07T12:00+01:00');
    expect(decision).toMatchObject({ kind: 'wait', reason: 'quiet_hours' });
    expect(decision.rule).toMatch(/^it\./);
    expect(where).toMatchObject({
      jurisdictions: ['IT'],
      zones: ['Europe/Rome'],
      zoneSource: 'address',
      localTime: '2027-03-07T12:00',
      consent: '1',
    });
    expect(where.packs).toEqual([expect.stringMatching(/^IT@[0-9a-f]{12}$/)]);
    expect(where.rules).toContain(decision.rule);
  });
});

describe("a customer's own zone", () => {
  it('adds the rules of its country to those of the address and the number, where it tells one', () => {
    const milano = { phone: '+393331234567', country: 'IT', postcode: '20121' };
    const { where } = decided({ ...milano, zone: 'Asia/Seoul' }, OFFER, '2027-03-02T12:00+09:00');
    expect(where).toMatchObject({ zones: ['Asia/Seoul'], zoneSource: 'customer' });
    expect(where.jurisdictions).toEqual(['IT', 'KR']);
    // Rome's is the zone of three countries.
    expect(decided({ ...milano, zone: 'Europe/Rome' }, OFFER, '2027-03-02T12:00+01:00').where.jurisdictions).toEqual([
      'IT',
    ]);
    expect(decided({ ...milano, zone: 'Mars/Olympus' }, OFFER, '2027-03-02T12:00+01:00').where.jurisdictions).toEqual([
      'IT',
    ]);
  });
});
