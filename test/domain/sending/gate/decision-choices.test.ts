import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../../domain/sending/gate/decision.ts';
import { CALM_AFTER_CASE } from '../../../../domain/sending/gate/case-hold.ts';
import { ASKED_EVERY, MIN_SPACING, maySend } from '../../../../domain/sending/gate/decision.ts';
import { DAY, HOUR, MINUTE } from '../../../../domain/time/duration.ts';
import type { MessageKind } from '../../../../domain/sending/message.ts';
import {
  CONSENT_QUESTIONS,
  MESSAGE_KINDS,
  asksForConsent,
  isMessageKind,
  kindRule,
} from '../../../../domain/sending/message.ts';
import type { Preferences } from '../../../../domain/consent/choices.ts';
import { NO_PREFERENCES } from '../../../../domain/consent/choices.ts';
import type { Differs } from '../../../helpers/send-facts.ts';
import { ROME_NOON, applied, granted, hours, row, sendFacts } from '../../../helpers/send-facts.ts';

const KINDS = Object.keys(MESSAGE_KINDS).filter(isMessageKind);
const decide = (differs: Differs): Decision => maySend(sendFacts(differs));
const chosen = (kind: MessageKind, preferences: Partial<Preferences>, differs: Differs = {}): Decision =>
  decide({ kind, preferences: { ...NO_PREFERENCES, ...preferences }, ...differs });

describe('what a customer has chosen', () => {
  it.each(CONSENT_QUESTIONS)('%s is not put on a channel that is off', (kind) => {
    expect(chosen(kind, { channelsOff: ['sms'] })).toMatchObject({ kind: 'skip', reason: 'channel_off' });
  });

  it.each(KINDS.filter((kind) => kindRule(kind).topic !== undefined))(
    '%s is not sent once its topic is off',
    (kind) => {
      const { topic } = kindRule(kind);
      if (topic === undefined) throw new Error('no topic');
      expect(chosen(kind, { topicsOff: [topic] })).toEqual({
        kind: 'skip',
        reason: 'topic_off',
        rule: `preference.${topic}`,
      });
      expect(chosen(kind, { channelsOff: ['sms'] })).toMatchObject({ reason: 'channel_off' });
      expect(chosen(kind, { channelsOff: ['rcs'] }).kind).toBe('send');
    },
  );

  it.each(KINDS.filter((kind) => kindRule(kind).class === 'compliance'))('%s is owed, whatever was chosen', (kind) => {
    const everything: Preferences = {
      topicsOff: ['orders', 'offers'],
      channelsOff: ['sms'],
      mostPerWeek: 0,
      pausedUntil: ROME_NOON + DAY,
    };
    expect(chosen(kind, everything).kind).toBe('send');
  });

  it('a break holds everything back but news of an order, and no longer', () => {
    const pausedUntil = ROME_NOON + 3 * DAY;
    for (const kind of KINDS) {
      const { class: messageClass, topic } = kindRule(kind);
      const decision = chosen(kind, { pausedUntil });
      if (messageClass === 'compliance' || topic === 'orders') expect(decision.kind, kind).toBe('send');
      else
        expect(decision, kind).toEqual({
          kind: 'wait',
          until: pausedUntil,
          reason: 'paused_by_customer',
          rule: 'preference.pause',
        });
      expect(chosen(kind, { pausedUntil: ROME_NOON }).kind, kind).toBe('send');
    }
  });

  it('one message a week is one, tips included, and news of an order as ever', () => {
    const sent = [{ kind: 'care_tips' as const, at: ROME_NOON - 3 * DAY }];
    expect(chosen('bundle_offer', { mostPerWeek: 1 }, { sent })).toMatchObject({
      until: ROME_NOON + 4 * DAY,
      rule: 'preference.frequency',
    });
    expect(chosen('setup_guide', { mostPerWeek: 1 }, { sent })).toMatchObject({ reason: 'cap_reached' });
    expect(chosen('shipped', { mostPerWeek: 1 }, { sent }).kind).toBe('send');
    expect(chosen('setup_guide', {}, { sent }).kind).toBe('send');
  });
});

describe('a reply that may be an opt-out', () => {
  it('holds feedback, promotions and questions about consents until an agent has looked; news of an order goes on', () => {
    for (const kind of KINDS) {
      const capped = ['promotional', 'service_feedback'].includes(kindRule(kind).class);
      const decision = decide({ kind, held: true, openCase: true });
      if (capped || asksForConsent(kind))
        expect(decision, kind).toEqual({
          kind: 'wait',
          until: ROME_NOON + ASKED_EVERY,
          reason: 'held_for_agent',
          rule: 'case.unclear_opt_out',
        });
      else expect(decision.kind, kind).toBe('send');
    }
  });

  it('that no agent reads in time ends the message', () => {
    expect(decide({ kind: 'bundle_offer', held: true, usefulUntil: ROME_NOON })).toMatchObject({
      kind: 'skip',
      reason: 'too_late',
    });
  });
});

describe('a case of the customer', () => {
  const ASKS_OR_SELLS = KINDS.filter(
    (kind) => ['promotional', 'service_feedback'].includes(kindRule(kind).class) && kind !== 'review_invitation',
  );
  const usefulUntil = ROME_NOON + 5 * DAY;

  it('holds feedback and promotions of every order while it is open, asked about once a day; all else goes on', () => {
    for (const kind of KINDS)
      if (ASKS_OR_SELLS.includes(kind))
        expect(decide({ kind, openCase: true, usefulUntil }), kind).toEqual({
          kind: 'wait',
          until: ROME_NOON + DAY,
          reason: 'open_case',
          rule: 'case.any_order',
        });
      else expect(decide({ kind, openCase: true, usefulUntil }).kind, kind).toBe('send');
  });

  it('ends what is of no use any more, a minute before that, so that the reason is the case', () => {
    const ask = (left: number) => decide({ kind: 'bundle_offer', openCase: true, usefulUntil: ROME_NOON + left });
    expect(ask(HOUR)).toMatchObject({ kind: 'wait', until: ROME_NOON + HOUR - MINUTE });
    expect(ask(MINUTE)).toEqual({ kind: 'skip', reason: 'too_late', rule: 'case.any_order' });
  });

  it('leaves a day of calm when it is closed, or half of the time that is left', () => {
    const ask = (closedAgo: number, left: number) =>
      decide({ kind: 'rating_request', caseClosedAt: ROME_NOON - closedAgo, usefulUntil: ROME_NOON + left });
    expect(ask(HOUR, 3 * DAY)).toEqual({
      kind: 'wait',
      until: ROME_NOON - HOUR + CALM_AFTER_CASE,
      reason: 'open_case',
      rule: 'case.calm',
    });
    expect(ask(0, 10 * HOUR)).toMatchObject({ kind: 'wait', until: ROME_NOON + 5 * HOUR });
    expect(ask(5 * HOUR, 5 * HOUR).kind).toBe('send');
    expect(ask(CALM_AFTER_CASE, DAY).kind).toBe('send');
  });

  it('leaves a day between the messages that it held, for a week, unless the second would be too late', () => {
    const ask = (kind: MessageKind, differs: Differs) =>
      decide({ kind, caseClosedAt: ROME_NOON - 2 * DAY, lastMessageAt: ROME_NOON - 3 * HOUR, usefulUntil, ...differs });
    for (const kind of [...ASKS_OR_SELLS, 'care_tips', 'check_in'] as const)
      expect(ask(kind, {}), kind).toEqual({
        kind: 'wait',
        until: ROME_NOON - 3 * HOUR + DAY,
        reason: 'too_close',
        rule: 'spacing.after_case',
      });
    for (const kind of ['pickup_reminder', 'review_invitation', 'shipped'] as const)
      expect(ask(kind, {}).kind, kind).toBe('send');
    expect(ask('bundle_offer', { usefulUntil: ROME_NOON + 20 * HOUR }).kind).toBe('send');
    expect(ask('bundle_offer', { caseClosedAt: ROME_NOON - 8 * DAY }).kind).toBe('send');
    expect(ask('bundle_offer', { lastMessageAt: ROME_NOON - HOUR, usefulUntil: ROME_NOON + 20 * HOUR })).toMatchObject({
      until: ROME_NOON - HOUR + MIN_SPACING,
      rule: 'spacing',
    });
  });

  it('that is closed lifts no refusal', () => {
    for (const kind of ASKS_OR_SELLS)
      for (const closed of [{}, { caseClosedAt: ROME_NOON - 2 * DAY }] as const) {
        expect(decide({ kind, address: { suppressed: true }, ...closed })).toMatchObject({ reason: 'opted_out' });
        expect(decide({ kind, held: true, ...closed, usefulUntil })).toMatchObject({ reason: 'held_for_agent' });
      }
  });
});

describe('a place and a number far from it', () => {
  const rules = applied(
    row('home.consent', { kind: 'consent', accepts: ['express'] }),
    row('kr.hours', hours('09:00', '18:00')),
  );

  it('share the hours of what sells, and news of an order keeps those of the place', () => {
    const places: Differs = { zones: ['Asia/Seoul'], allZones: ['Asia/Seoul', 'Europe/Rome'], guardBand: false };
    // 17:00 in Seoul is 10:00 in Rome.
    const shared = Date.UTC(2026, 5, 1, 8);
    expect(decide({ kind: 'rating_request', rules, ...places, now: shared }).kind).toBe('send');
    expect(decide({ kind: 'rating_request', rules, ...places, now: shared - 2 * HOUR })).toMatchObject({
      reason: 'quiet_hours',
    });
    const news = applied(row('kr.hours', hours('09:00', '18:00')));
    expect(decide({ kind: 'delivered', rules: news, ...places, now: shared - 2 * HOUR }).kind).toBe('send');
  });

  it('without a shared hour nothing is promised: it ends with a reason of its own', () => {
    const places: Differs = { zones: ['Asia/Seoul'], allZones: ['Asia/Seoul', 'America/New_York'] };
    expect(decide({ kind: 'rating_request', rules, ...places })).toEqual({
      kind: 'skip',
      reason: 'no_common_hours',
      rule: 'kr.hours',
    });
  });
});

describe('a sender', () => {
  const network = row('us.sender', { kind: 'sender', kinds: ['long_number', 'toll_free'], twoWay: true }, 'US');
  const emirates = row(
    'ae.sender',
    { kind: 'sender', kinds: ['alphanumeric'], prefix: 'AD-', maxLength: 11, twoWay: false },
    'AE',
  );

  it.each([
    ['a name in the United States', 'US', network, { name: 'BottegaSole', kind: 'alphanumeric' }, false],
    ['a number in the United States', 'US', network, { name: '+12065550100', kind: 'long_number' }, true],
    ['a name to an Italian number at a US address', 'IT', network, { name: 'BottegaSole', kind: 'alphanumeric' }, true],
    ['AD-SOLE in the Emirates', 'AE', emirates, { name: 'AD-SOLE', kind: 'alphanumeric' }, true],
    ['SOLE in the Emirates', 'AE', emirates, { name: 'SOLE', kind: 'alphanumeric' }, false],
    ['a long AD- name in the Emirates', 'AE', emirates, { name: 'AD-BOTTEGASOLE', kind: 'alphanumeric' }, false],
  ] as const)('%s', (_, country, rule, sender, usable) => {
    const rules = applied(row('home.consent', { kind: 'consent', accepts: 'none' }), rule);
    const decision = decide({ kind: 'shipped', rules, sender, address: { suppressed: false, country } });
    expect(decision).toEqual(
      usable ? { kind: 'send', rule: 'all_clear' } : { kind: 'skip', reason: 'no_sender', rule: rule.id },
    );
  });
});

describe("a place's cap", () => {
  const rulesWith = (scope: 'contact' | 'class' | 'subject') =>
    applied(
      row('home.consent', { kind: 'consent', accepts: ['express'] }),
      row('home.cap', { kind: 'cap', max: 1, per: 'PT24H', scope }),
    );
  const counted = (scope: 'contact' | 'class' | 'subject', before: MessageKind): string =>
    decide({ kind: 'bundle_offer', rules: rulesWith(scope), sent: [{ kind: before, at: ROME_NOON - HOUR }] }).kind;

  it('counts a person, a class of messages or a subject, as its row says', () => {
    const by = (before: MessageKind) =>
      (['contact', 'class', 'subject'] as const).map((scope) => counted(scope, before));
    expect(by('replenishment')).toEqual(['wait', 'wait', 'wait']);
    expect(by('review_invitation')).toEqual(['wait', 'wait', 'send']);
    expect(by('rating_request')).toEqual(['wait', 'send', 'send']);
    expect(by('shipped')).toEqual(['send', 'send', 'send']);
  });
});

describe('a kind that the operator of a channel counts as a promotion', () => {
  const raised: Differs = { kind: 'delivered', class: 'promotional', channel: 'rcs', sender: 'agent' };
  const selling = applied(
    row('home.consent', { kind: 'consent', accepts: ['express'] }),
    row('home.hours', hours('09:00', '20:00')),
  );

  it('keeps the rules of one there, and may still go out on another channel for what it is', () => {
    expect(decide({ ...raised, rules: selling }).kind).toBe('send');
    const refused = decide({ ...raised, rules: selling, consents: { day: {}, night: {} } });
    expect(refused).toEqual({ kind: 'skip', reason: 'category', rule: 'home.consent' });
    const night = ROME_NOON + 10 * HOUR;
    expect(decide({ ...raised, rules: selling, now: night })).toMatchObject({ reason: 'category', rule: 'home.hours' });
    expect(decide({ kind: 'delivered', consents: { day: {}, night: {} } }).kind).toBe('send');
  });

  it('is refused for what is true of it on every channel with that reason', () => {
    expect(decide({ ...raised, rules: selling, address: { suppressed: true } })).toMatchObject({ reason: 'opted_out' });
  });
});

describe('a consent that is not enough', () => {
  it('is a refusal with the reason of its kind', () => {
    const confirmed = applied(row('de.consent', { kind: 'consent', accepts: ['express'], doubleOptIn: 'required' }));
    expect(decide({ kind: 'bundle_offer', rules: confirmed })).toMatchObject({
      kind: 'skip',
      reason: 'not_confirmed',
      rule: 'de.consent',
    });
    const renewed = applied(
      row('kr.consent', { kind: 'consent', accepts: ['express'] }),
      row('kr.reconfirm', { kind: 'reconfirm', every: 'P2Y' }),
    );
    const consents = { day: { promotional: granted('express', ROME_NOON - 731 * DAY) }, night: {} };
    expect(decide({ kind: 'bundle_offer', rules: renewed, consents })).toMatchObject({
      reason: 'consent_expired',
      rule: 'kr.reconfirm',
    });
  });
});
