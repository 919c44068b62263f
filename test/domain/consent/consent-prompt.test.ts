import { describe, expect, it } from 'vitest';
import type { AppliedRules } from '../../../domain/rules/applied-rules.ts';
import { applyRules } from '../../../domain/rules/applied-rules.ts';
import type { ConsentEvent } from '../../../domain/consent/consent.ts';
import { consentsOf } from '../../../domain/consent/consent.ts';
import type { ConsentSituation } from '../../../domain/consent/consent-prompt.ts';
import { ASK_BEFORE, nextConsentPrompt } from '../../../domain/consent/consent-prompt.ts';
import { DAY } from '../../../domain/time/duration.ts';
import { addPeriod } from '../../../domain/time/period.ts';
import { rules } from '../../helpers/rules.ts';
import { applied, row } from '../../helpers/send-facts.ts';

const { packs } = rules;
const GIVEN = Date.UTC(2026, 2, 2, 9);

const RENEWED = row('kr.reconfirm', { kind: 'reconfirm', every: 'P2Y' });

let count = 0;
function said(action: ConsentEvent['action'], more: Partial<ConsentEvent> = {}): ConsentEvent {
  count += 1;
  return {
    id: String(count),
    class: 'promotional',
    night: false,
    action,
    basis: 'express_written',
    at: GIVEN,
    ...more,
  };
}

type More = Partial<Omit<ConsentSituation, 'consents' | 'rulesOf'>>;

function stepIn(places: readonly string[], events: readonly ConsentEvent[], more: More = {}) {
  const { now = GIVEN } = more;
  const rulesOf = (name: Parameters<typeof applyRules>[2]): AppliedRules => applyRules(packs, places, name, now);
  return nextConsentPrompt({ consents: consentsOf(events), rulesOf, lastAsked: {}, askedAbout: [], now, ...more });
}

describe('a confirmation', () => {
  const yes = said('granted', { id: '900' });

  it('is asked for at once where the law wants one over the number itself', () => {
    expect(stepIn(['DE'], [yes])).toEqual({ kind: 'send', send: 'consent_request', about: '900' });
    expect(stepIn(['IT', 'DE'], [yes])).toMatchObject({ send: 'consent_request' });
  });

  it('is not asked for where it is only advised, or by no law', () => {
    for (const place of ['BR', 'IT', 'US', 'default']) expect(stepIn([place], [yes])).toEqual({ kind: 'done' });
  });

  it('is asked for once, however often a box is ticked', () => {
    const lastAsked = { consent_request: GIVEN };
    const again = said('granted', { at: GIVEN + 20 * DAY });
    expect(stepIn(['DE'], [yes, again], { lastAsked, now: GIVEN + 20 * DAY })).toEqual({ kind: 'done' });
  });

  it('that never reached the person is asked for with the next box they tick, and not about the same one twice', () => {
    const askedAbout = ['900'];
    expect(stepIn(['DE'], [yes], { askedAbout })).toEqual({ kind: 'done' });
    const again = said('granted', { id: '901', at: GIVEN + DAY });
    expect(stepIn(['DE'], [yes, again], { askedAbout, now: GIVEN + DAY })).toMatchObject({ about: '901' });
  });

  it('is asked for again when the person has refused and come back', () => {
    const events = [yes, said('withdrawn', { at: GIVEN + DAY }), said('granted', { at: GIVEN + 2 * DAY })];
    const more = { lastAsked: { consent_request: GIVEN }, refusedAt: GIVEN + DAY, now: GIVEN + 2 * DAY };
    expect(stepIn(['DE'], events, more)).toMatchObject({ send: 'consent_request' });
  });

  it('is not asked for once it was given, nor of a person who has refused', () => {
    expect(stepIn(['DE'], [yes, said('confirmed', { at: GIVEN + 1 })])).toEqual({ kind: 'done' });
    expect(stepIn(['DE'], [yes, said('withdrawn', { at: GIVEN + 1 })])).toEqual({ kind: 'done' });
  });
});

describe('a renewal', () => {
  const end = addPeriod(GIVEN, 'P2Y');
  const yes = said('granted', { id: '901' });

  it('is asked for 30 days before two years are over in Korea, and waits until then', () => {
    expect(stepIn(['KR'], [yes])).toEqual({ kind: 'sleep', until: end - ASK_BEFORE });
    expect(stepIn(['KR'], [yes], { now: end - ASK_BEFORE })).toEqual({
      kind: 'send',
      send: 'consent_renewal',
      about: `901:${GIVEN}`,
      usefulUntil: end,
    });
  });

  it('is asked for once, and a consent that is not renewed ends without another question', () => {
    const lastAsked = { consent_renewal: end - ASK_BEFORE };
    expect(stepIn(['KR'], [yes], { lastAsked, now: end - DAY })).toEqual({ kind: 'done' });
    expect(stepIn(['KR'], [yes], { now: end })).toEqual({ kind: 'done' });
  });

  it('counts from the last yes', () => {
    const renewed = said('reconfirmed', { at: end - DAY });
    const until = addPeriod(end - DAY, 'P2Y') - ASK_BEFORE;
    expect(stepIn(['KR'], [yes, renewed], { now: end - DAY })).toEqual({ kind: 'sleep', until });
  });

  it('is asked for of a customer who has only bought, before two years are over in Canada', () => {
    const bought = said('granted', { basis: 'implied' });
    expect(stepIn(['CA'], [bought])).toEqual({ kind: 'sleep', until: end - ASK_BEFORE });
    expect(stepIn(['CA'], [said('granted')])).toEqual({ kind: 'done' });
  });

  it('is asked for before an end that was agreed on, wherever the person is', () => {
    const expiresAt = GIVEN + 90 * DAY;
    expect(stepIn(['IT'], [said('granted', { expiresAt })])).toEqual({ kind: 'sleep', until: expiresAt - ASK_BEFORE });
  });

  it('is not asked for of a consent that was to be short', () => {
    expect(stepIn(['IT'], [said('granted', { expiresAt: GIVEN + 20 * DAY })])).toEqual({ kind: 'done' });
  });

  it('of the night is asked for when that one ends', () => {
    const before = GIVEN - 100 * DAY;
    const night = said('granted', { night: true, at: before });
    expect(stepIn(['KR'], [yes, night])).toEqual({ kind: 'sleep', until: addPeriod(before, 'P2Y') - ASK_BEFORE });
  });

  it('is not asked for where the class needs no consent', () => {
    const rulesOf = (): AppliedRules => applied(row('x', { kind: 'consent', accepts: 'none' }), RENEWED);
    const step = (now: number) => ({ consents: consentsOf([yes]), rulesOf, lastAsked: {}, askedAbout: [], now });
    expect(nextConsentPrompt(step(GIVEN))).toEqual({ kind: 'done' });
    const asked = (): AppliedRules =>
      applied(
        row('x', { kind: 'consent', accepts: 'none' }),
        row('y', { kind: 'consent', accepts: ['express_written'] }),
        RENEWED,
      );
    expect(nextConsentPrompt({ ...step(GIVEN), rulesOf: asked })).toMatchObject({ kind: 'sleep' });
  });

  it('is not asked for about the night when the day was refused', () => {
    const night = said('granted', { night: true });
    const refused = said('withdrawn', { at: GIVEN + 1 });
    expect(stepIn(['KR'], [yes, night, refused], { now: GIVEN + DAY })).toEqual({ kind: 'done' });
  });

  it('is asked for once more when the last question is a month old, and not twice about one consent', () => {
    const now = end - DAY;
    const asked = (ago: number) => stepIn(['KR'], [yes], { now, lastAsked: { consent_renewal: now - ago } }).kind;
    expect([asked(ASK_BEFORE), asked(ASK_BEFORE - 1)]).toEqual(['send', 'done']);
    expect(stepIn(['KR'], [yes], { now, askedAbout: [`901:${GIVEN}`] })).toEqual({ kind: 'done' });
    const short = said('granted', { expiresAt: GIVEN + ASK_BEFORE });
    expect(stepIn(['IT'], [short])).toEqual({ kind: 'done' });
  });

  it('is not asked for of a person who has refused', () => {
    expect(stepIn(['KR'], [yes, said('withdrawn', { at: GIVEN + 1 })], { now: end - DAY })).toEqual({ kind: 'done' });
  });
});
