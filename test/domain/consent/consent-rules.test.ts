import { describe, expect, it } from 'vitest';
import { consentEnd, consentFor, nightConsentStands } from '../../../domain/consent/consent-rules.ts';
import { DAY } from '../../../domain/time/duration.ts';
import { ROME_NOON, applied, granted, only, row, withdrawn } from '../../helpers/send-facts.ts';

const WORDS = row('it.consent', { kind: 'consent', accepts: ['express', 'express_written'] });
const WRITTEN = row('us.consent', { kind: 'consent', accepts: ['express_written'] }, 'US');
const SOFT = row('fr.consent', { kind: 'consent', accepts: ['express', 'express_written', 'soft_opt_in'] }, 'FR');
const enough = { kind: 'enough', ref: '1' };
const lacking = (reason: string, rule: string) => ({ kind: 'lacking', reason, rule });

describe('a consent', () => {
  it('has to be of a kind that every place accepts', () => {
    const given = only({ promotional: granted('express') });
    expect(consentFor('promotional', given, {}, applied(WORDS), ROME_NOON)).toEqual(enough);
    expect(consentFor('promotional', given, {}, applied(WORDS, WRITTEN), ROME_NOON)).toEqual(
      lacking('no_consent', 'us.consent'),
    );
    expect(
      consentFor('promotional', only({ promotional: granted('soft_opt_in') }), {}, applied(SOFT), ROME_NOON),
    ).toEqual(enough);
    expect(
      consentFor('promotional', only({ promotional: granted('soft_opt_in') }), {}, applied(SOFT, WORDS), ROME_NOON),
    ).toEqual(lacking('no_consent', 'it.consent'));
  });

  it('of another class counts for nothing', () => {
    expect(
      consentFor('promotional', only({ service_feedback: granted() }), {}, applied(WORDS), ROME_NOON),
    ).toMatchObject(lacking('no_consent', 'it.consent'));
  });

  it('is not needed where no place asks for one, and a refusal counts all the same', () => {
    const free = applied(row('it.news', { kind: 'consent', accepts: 'none' }));
    expect(consentFor('transactional', only({}), {}, free, ROME_NOON)).toEqual({ kind: 'enough' });
    expect(consentFor('transactional', only({ transactional: withdrawn() }), {}, free, ROME_NOON)).toMatchObject({
      reason: 'no_consent',
    });
  });

  it('in words needs to be confirmed over the number where a place wants that; a soft opt-in has nothing to confirm', () => {
    const confirmed = row(
      'de.consent',
      { kind: 'consent', accepts: ['express', 'soft_opt_in'], doubleOptIn: 'required' },
      'DE',
    );
    const given = granted('express');
    expect(consentFor('promotional', only({ promotional: given }), {}, applied(confirmed), ROME_NOON)).toEqual(
      lacking('not_confirmed', 'de.consent'),
    );
    expect(
      consentFor(
        'promotional',
        only({ promotional: { ...given, confirmed: true } as typeof given }),
        {},
        applied(confirmed),
        ROME_NOON,
      ),
    ).toEqual(enough);
    expect(
      consentFor('promotional', only({ promotional: granted('soft_opt_in') }), {}, applied(confirmed), ROME_NOON),
    ).toEqual(enough);
  });
});

describe('a consent ends', () => {
  const given = Date.UTC(2026, 0, 31);
  const implied = row('ca.consent', { kind: 'consent', accepts: ['express', 'implied'] }, 'CA');
  const twoYears = row('ca.expiry', { kind: 'consent_expiry', of: 'implied', after: 'P2Y' }, 'CA');

  it('with the period of its basis, and a stronger basis does not', () => {
    const rules = applied(implied, twoYears);
    const last = Date.UTC(2028, 0, 31) - 1;
    const consents = only({ promotional: granted('implied', given) });
    expect(consentFor('promotional', consents, {}, rules, last)).toEqual(enough);
    expect(consentFor('promotional', consents, {}, rules, last + 1)).toEqual(lacking('consent_expired', 'ca.expiry'));
    expect(consentFor('promotional', only({ promotional: granted('express', given) }), {}, rules, last + DAY)).toEqual(
      enough,
    );
  });

  it('when it was not renewed in time, counted from the last yes', () => {
    const rules = applied(WORDS, row('kr.reconfirm', { kind: 'reconfirm', every: 'P2Y' }, 'KR'));
    const consent = granted('express', given);
    expect(consentFor('promotional', only({ promotional: consent }), {}, rules, Date.UTC(2028, 0, 31))).toEqual(
      lacking('consent_expired', 'kr.reconfirm'),
    );
    if (consent.state === 'granted')
      expect(consentEnd({ ...consent, renewedAt: Date.UTC(2027, 11, 1) }, rules).at).toBe(Date.UTC(2029, 11, 1));
  });

  it('with the first of its ends, in whatever order the rules stand', () => {
    const later = row('ca.later', { kind: 'consent_expiry', of: 'implied', after: 'P3Y' }, 'CA');
    const consent = granted('implied', given);
    if (consent.state !== 'granted') throw new Error('not granted');
    for (const rules of [applied(twoYears, later), applied(later, twoYears)])
      expect(consentEnd(consent, rules)).toEqual({ at: Date.UTC(2028, 0, 31), rule: 'ca.expiry' });
    expect(consentEnd(consent, applied()).at).toBe(Infinity);
    expect(consentEnd(consent, applied(row('kr', { kind: 'reconfirm', every: 'P1Y' }))).at).toBe(Infinity);
  });

  it('on the day that was said when it was recorded', () => {
    const consent = { ...granted('express', given), expiresAt: ROME_NOON };
    expect(consentFor('promotional', only({ promotional: consent }), {}, applied(WORDS), ROME_NOON)).toEqual(
      lacking('consent_expired', 'consent.expires'),
    );
  });
});

describe('a refusal', () => {
  const all = row('us.revoke.all', { kind: 'revocation', covers: 'all' }, 'US');
  const one = row('us.revoke.class', { kind: 'revocation', covers: 'class' }, 'US');
  const said = only({
    promotional: granted('express_written', ROME_NOON - 2 * DAY),
    service_feedback: withdrawn(ROME_NOON - DAY),
  });

  it('of one kind of message is one of all where the law says so, until a later yes', () => {
    expect(consentFor('promotional', said, {}, applied(WRITTEN, one), ROME_NOON)).toEqual(enough);
    expect(consentFor('promotional', said, {}, applied(WRITTEN, all), ROME_NOON)).toEqual(
      lacking('no_consent', 'us.revoke.all'),
    );
    const again = only({ ...said.day, promotional: granted('express_written', ROME_NOON) });
    expect(consentFor('promotional', again, {}, applied(WRITTEN, all), ROME_NOON)).toEqual(enough);
    const atOnce = only({ ...said.day, promotional: granted('express_written', ROME_NOON - DAY) });
    expect(consentFor('promotional', atOnce, {}, applied(WRITTEN, all), ROME_NOON)).toEqual(
      lacking('no_consent', 'us.revoke.all'),
    );
  });

  it('of one kind is what is missing of another that nothing was said about, where it is one of all', () => {
    const refused = only({ service_feedback: withdrawn(0) });
    expect(consentFor('promotional', refused, {}, applied(WRITTEN, all), ROME_NOON)).toEqual(
      lacking('no_consent', 'us.revoke.all'),
    );
    expect(consentFor('promotional', only({}), {}, applied(WRITTEN, all), ROME_NOON)).toEqual(
      lacking('no_consent', 'us.consent'),
    );
  });

  it('is told as one of its own kind', () => {
    const refused = only({ promotional: withdrawn() });
    expect(consentFor('promotional', refused, {}, applied(WRITTEN), ROME_NOON)).toEqual(
      lacking('no_consent', 'consent.promotional.withdrawn'),
    );
  });
});

describe('a list of people who do not want to be written to', () => {
  const dnc = row('sg.dnc', { kind: 'list_check', list: 'sg_dnc', validFor: 'P21D' }, 'SG');
  const soft = only({ promotional: granted('soft_opt_in') });
  const asked = (listed: boolean, daysAgo: number) => ({ sg_dnc: { listed, at: ROME_NOON - daysAgo * DAY } });

  it('is asked first where there is no consent in words, and its answer holds for a limited time', () => {
    const rules = applied(SOFT, dnc);
    expect(consentFor('promotional', soft, {}, rules, ROME_NOON)).toEqual(lacking('list_unchecked', 'sg.dnc'));
    expect(consentFor('promotional', soft, asked(false, 20), rules, ROME_NOON)).toEqual(enough);
    expect(consentFor('promotional', soft, asked(false, 21), rules, ROME_NOON)).toEqual(
      lacking('list_unchecked', 'sg.dnc'),
    );
    expect(consentFor('promotional', soft, asked(true, 1), rules, ROME_NOON)).toEqual(lacking('on_a_list', 'sg.dnc'));
  });

  it('says no for ever and is asked once where its answer has no end', () => {
    const once = row('sg.dnc', { kind: 'list_check', list: 'sg_dnc' }, 'SG');
    expect(consentFor('promotional', soft, asked(false, 4000), applied(SOFT, once), ROME_NOON)).toEqual(enough);
    expect(consentFor('promotional', soft, asked(true, 4000), applied(SOFT, once), ROME_NOON)).toEqual(
      lacking('on_a_list', 'sg.dnc'),
    );
    expect(consentFor('promotional', soft, {}, applied(SOFT, once), ROME_NOON)).toEqual(
      lacking('list_unchecked', 'sg.dnc'),
    );
  });

  it('is one of several, all of which are asked', () => {
    const second = row('sg.other', { kind: 'list_check', list: 'other' }, 'SG');
    expect(consentFor('promotional', soft, asked(false, 1), applied(SOFT, dnc, second), ROME_NOON)).toEqual(
      lacking('list_unchecked', 'sg.other'),
    );
  });

  it('does not outweigh a yes to this brand', () => {
    expect(
      consentFor('promotional', only({ promotional: granted() }), asked(true, 1), applied(SOFT, dnc), ROME_NOON),
    ).toEqual(enough);
  });
});

describe('the consent to the night', () => {
  const rules = applied(row('kr.reconfirm', { kind: 'reconfirm', every: 'P2Y' }, 'KR'));
  const night = (consent: ReturnType<typeof granted>) => ({ day: {}, night: { promotional: consent } });

  it('is one of its own, in words, and ends like any other', () => {
    expect(nightConsentStands('promotional', only({ promotional: granted() }), rules, ROME_NOON)).toBe(false);
    expect(nightConsentStands('promotional', night(granted()), rules, ROME_NOON)).toBe(true);
    expect(nightConsentStands('promotional', night(granted('soft_opt_in')), rules, ROME_NOON)).toBe(false);
    expect(nightConsentStands('promotional', night(granted('express', ROME_NOON - 731 * DAY)), rules, ROME_NOON)).toBe(
      false,
    );
    expect(nightConsentStands('promotional', night(withdrawn()), rules, ROME_NOON)).toBe(false);
  });
});
