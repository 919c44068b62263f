import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../../domain/sending/gate/decision.ts';
import { ASKED_EVERY, maySend } from '../../../../domain/sending/gate/decision.ts';
import { DAY, HOUR, MINUTE } from '../../../../domain/time/duration.ts';
import type { GateGuard } from '../../../../domain/journey/guard.ts';
import type { MessageKind } from '../../../../domain/sending/message.ts';
import { MESSAGE_KINDS, isMessageKind, kindRule } from '../../../../domain/sending/message.ts';
import type { SkipReason } from '../../../../domain/sending/reason.ts';
import { NO_PREFERENCES } from '../../../../domain/consent/choices.ts';
import { SKIP_REASONS, WAIT_REASONS } from '../../../../domain/sending/reason.ts';
import { loadStandardJourney } from '../../../../journeys/load.ts';
import type { Differs } from '../../../helpers/send-facts.ts';
import { ROME_NOON, granted, only, sendFacts, withdrawn } from '../../../helpers/send-facts.ts';

const KINDS = Object.keys(MESSAGE_KINDS).filter(isMessageKind);
const kindsOf = (name: string): MessageKind[] => KINDS.filter((kind) => kindRule(kind).class === name);
const ALL_GUARDS: readonly GateGuard[] = ['member', 'reordered', 'asked_recently'];
const NIGHT = Date.UTC(2026, 5, 1, 23);

const decide = (differs: Differs): Decision => maySend(sendFacts(differs));
const skip = (reason: SkipReason, rule: string): Decision => ({ kind: 'skip', reason, rule });
const gifts = (...ago: number[]) => ago.map((ms) => ({ kind: 'bundle_offer' as const, at: ROME_NOON - ms }));
const customer = (holds: GateGuard) => ({ member: false, reordered: false, asked_recently: false, [holds]: true });

describe('a message', () => {
  it.each(KINDS)('%s is sent when nothing speaks against it', (kind) => {
    expect(decide({ kind })).toEqual({ kind: 'send', rule: 'all_clear' });
  });

  const refusals: readonly (readonly [Differs, SkipReason, string])[] = [
    [{ deliveredElsewhere: true }, 'delivered_elsewhere', 'channel.delivered'],
    [{ sender: undefined }, 'no_sender', 'channel.sender'],
    [{ address: undefined }, 'no_address', 'address'],
    [{ freeTextUntil: ROME_NOON }, 'reply_window', 'channel.reply_window'],
    [{ address: { suppressed: false, range: '+881' } }, 'number_range', 'range.+881'],
    [{ served: ['GB', 'FR'] }, 'country_not_served', 'country.IT'],
    [{ address: { suppressed: true } }, 'opted_out', 'suppression'],
    [{ consents: only({ promotional: withdrawn() }) }, 'no_consent', 'consent.promotional.withdrawn'],
    [{ consents: only({}) }, 'no_consent', 'home.consent'],
    [{ preferences: { ...NO_PREFERENCES, topicsOff: ['offers'] } }, 'topic_off', 'preference.offers'],
    [{ preferences: { ...NO_PREFERENCES, channelsOff: ['sms'] } }, 'channel_off', 'preference.sms'],
    [{ guards: ['member'], customer: customer('member') }, 'already_member', 'guard.member'],
    [{ guards: ['reordered'], customer: customer('reordered') }, 'reordered', 'guard.reordered'],
    [{ guards: ['asked_recently'], customer: customer('asked_recently') }, 'asked_recently', 'guard.asked_recently'],
    [{ zones: [] }, 'unknown_zone', 'zone'],
    [{ usefulUntil: ROME_NOON - 1 }, 'too_late', 'useful'],
    [{ sent: gifts(1, 2, 3), usefulUntil: ROME_NOON + DAY }, 'cap_reached', 'cap.week'],
  ];

  it.each(refusals)('%j is a refusal with its rule', (differs, reason, rule) => {
    expect(decide({ kind: 'bundle_offer', ...differs })).toEqual(skip(reason, rule));
  });

  it('gives the first of several reasons in one fixed order', () => {
    // Later ones first, so that each earlier one takes over from all below it; consents exclude each other.
    let differs: Differs = {};
    const order = [...refusals].filter(([, , rule]) => !rule.endsWith('withdrawn')).toReversed();
    for (const [next, reason] of order) {
      differs = {
        ...differs,
        ...next,
        guards: [...(differs.guards ?? []), ...(next.guards ?? [])].toSorted(
          (a, b) => ALL_GUARDS.indexOf(a) - ALL_GUARDS.indexOf(b),
        ),
      };
      if (next.customer)
        differs = { ...differs, customer: { ...sendFacts(differs).customer, ...onlyTrue(next.customer) } };
      expect(decide({ kind: 'bundle_offer', ...differs })).toMatchObject({ kind: 'skip', reason });
    }
  });

  function onlyTrue(flags: Readonly<Record<GateGuard, boolean>>): Partial<Record<GateGuard, boolean>> {
    return Object.fromEntries(Object.entries(flags).filter(([, holds]) => holds));
  }

  it('is refused or made to wait by the gate with these reasons, the others of the list come from the plan, the text and the provider', () => {
    const ofThePlan: readonly SkipReason[] = [
      ...([
        'order_cancelled',
        'order_returned',
        'order_refunded',
        'superseded',
        'collected',
        'open_case',
        'low_rating',
        'item_returned',
        'at_pickup',
        'not_arrived',
      ] as const),
      ...(['already_rated', 'skipped_by_operator', 'messages_cancelled_by_operator'] as const),
    ];
    const ofTheGate = refusals.map(([, reason]) => reason);
    const ofTheRules = [
      'not_confirmed',
      'consent_expired',
      'list_unchecked',
      'on_a_list',
      'no_common_hours',
      'category',
    ];
    const ofTheNumber = ['number_limit', 'spend_limit', 'number_corrected'];
    const ofThePromise = ['already_told'];
    const ofTheText = ['missing_data', 'no_text_in_language'];
    const others = [...ofThePlan, ...ofTheRules, ...ofTheNumber, ...ofThePromise, ...ofTheText, 'next_channel'];
    expect(new Set([...ofTheGate, ...others])).toEqual(new Set(Object.keys(SKIP_REASONS)));
    const ofTheSend = ['slot', 'provider_busy', 'provider_down', 'outcome_unknown', 'number_corrected', 'spend_limit'];
    const ofPeople = ['open_case', 'paused_by_customer', 'paused_by_operator', 'erasure_planned', 'held_for_agent'];
    expect(
      new Set(['quiet_hours', 'too_close', 'cap_reached', 'stopped', 'delay_told', ...ofPeople, ...ofTheSend]),
    ).toEqual(new Set(Object.keys(WAIT_REASONS)));
  });

  it('because the order was paid back as a whole: what no step of the standard journey sends then, and nothing else', () => {
    const steps = loadStandardJourney().steps.flatMap(({ act, unless }) =>
      'send' in act ? [{ kind: act.send, unless }] : [],
    );
    const sent = new Set(steps.filter(({ unless }) => !unless?.includes('refunded')).map(({ kind }) => kind));
    const never = new Set(steps.map(({ kind }) => kind).filter((kind) => !sent.has(kind)));
    const refused = KINDS.filter((kind) => decide({ kind, ended: 'order_refunded' }).kind === 'skip');
    expect(never.size).toBeGreaterThan(5);
    expect(new Set(refused)).toEqual(never);
    expect(decide({ kind: 'care_tips', ended: 'order_refunded' })).toEqual(
      skip('order_refunded', 'order.order_refunded'),
    );
  });

  it('asks only for the guards of its step', () => {
    const all = { member: true, reordered: true, asked_recently: true };
    expect(decide({ kind: 'bundle_offer', customer: all }).kind).toBe('send');
  });
});

describe('consent', () => {
  it.each([...kindsOf('promotional'), ...kindsOf('service_feedback')])('%s needs consent of its own', (kind) => {
    const messageClass = kindRule(kind).class;
    expect(decide({ kind, consents: only({}) })).toEqual(skip('no_consent', 'home.consent'));
    expect(decide({ kind, consents: only({ transactional: granted() }) }).kind).toBe('skip');
    expect(decide({ kind, consents: only({ [messageClass]: granted() }) }).kind).toBe('send');
  });

  it.each(kindsOf('transactional'))('%s needs none, but respects that it was withdrawn', (kind) => {
    expect(decide({ kind, consents: only({}) }).kind).toBe('send');
    expect(decide({ kind, consents: only({ transactional: withdrawn() }) })).toEqual(
      skip('no_consent', 'consent.transactional.withdrawn'),
    );
  });

  it.each(KINDS.filter((kind) => kindRule(kind).class !== 'compliance'))('%s is never sent after STOP', (kind) => {
    expect(decide({ kind, address: { suppressed: true } })).toEqual(skip('opted_out', 'suppression'));
    expect(decide({ kind, address: { suppressed: true }, inReply: true }).kind).toBe('skip');
  });

  it('is missing: a stopped number is never told that messages are back', () => {
    expect(decide({ kind: 'opt_in_confirmed', address: { suppressed: true } })).toEqual(
      skip('opted_out', 'suppression'),
    );
  });

  it.each([
    'opt_out_confirmed',
    'opt_out_or_order',
    'help',
    'access_code',
    'erasure_planned',
    'erasure_cancelled',
  ] as const)('%s passes a suppression: it is about it', (kind) => {
    expect(decide({ kind, address: { suppressed: true }, now: NIGHT }).kind).toBe('send');
  });
});

describe('while an erasure can be taken back', () => {
  const asked = { erasureDueAt: ROME_NOON + 5 * HOUR };
  const aboutOrders = (kind: MessageKind) => kindRule(kind).topic === 'orders' || kindRule(kind).class === 'compliance';

  it.each(KINDS)('%s', (kind) => {
    const decision = decide({ kind, ...asked, usefulUntil: ROME_NOON + 14 * DAY });
    if (aboutOrders(kind)) expect(decision.kind).toBe('send');
    else expect(decision).toMatchObject({ kind: 'wait', reason: 'erasure_planned', until: asked.erasureDueAt });
  });

  it('what waits for it is asked about again when its time is over and it has not begun', () => {
    const decision = decide({ kind: 'care_tips', erasureDueAt: ROME_NOON - 1, usefulUntil: ROME_NOON + 14 * DAY });
    expect(decision).toMatchObject({ kind: 'wait', reason: 'erasure_planned', until: ROME_NOON + ASKED_EVERY });
  });
});

describe('an unknown zone', () => {
  it.each(KINDS)('%s', (kind) => {
    const sells = ['promotional', 'service_feedback'].includes(kindRule(kind).class);
    expect(decide({ kind, zones: [], now: NIGHT })).toEqual(
      sells ? skip('unknown_zone', 'zone') : { kind: 'send', rule: 'all_clear' },
    );
  });
});

describe('quiet hours', () => {
  it('defer what keeps the day to the next window, with the rule of the window', () => {
    const decision = decide({ kind: 'delivered', now: NIGHT });
    expect(decision).toMatchObject({ kind: 'wait', reason: 'quiet_hours', rule: 'home.courtesy' });
    const opening = Date.UTC(2026, 5, 2, 6);
    const until = decision.kind === 'wait' ? decision.until : 0;
    expect(until).toBeGreaterThanOrEqual(opening);
    expect(until).toBeLessThan(opening + 30 * MINUTE);
  });

  it.each(KINDS.filter((kind) => kindRule(kind).hours === 'any'))('%s does not keep them', (kind) => {
    expect(decide({ kind, now: NIGHT }).kind).toBe('send');
  });

  it('that outlast the use of a message end it', () => {
    expect(decide({ kind: 'delivered', now: NIGHT, usefulUntil: NIGHT + HOUR })).toEqual(
      skip('too_late', 'home.courtesy'),
    );
  });

  it('a promotion keeps off the edges of its window, order news does not', () => {
    const opening = Date.UTC(2026, 5, 2, 7); // 09:00 in Rome
    expect(decide({ kind: 'bundle_offer', now: opening + 9 * MINUTE })).toMatchObject({
      kind: 'wait',
      rule: 'home.hours',
    });
    expect(decide({ kind: 'bundle_offer', now: opening + 10 * MINUTE }).kind).toBe('send');
    expect(decide({ kind: 'delivered', now: opening - HOUR }).kind).toBe('send');
  });

  it('suit every zone a person may be in', () => {
    // 09:30 in New York is 06:30 in Los Angeles.
    const now = Date.UTC(2026, 5, 1, 13, 30);
    const zones = ['America/New_York', 'America/Los_Angeles'];
    expect(decide({ kind: 'delivered', now, zones })).toMatchObject({ kind: 'wait', reason: 'quiet_hours' });
    expect(decide({ kind: 'delivered', now: now + 2 * HOUR, zones }).kind).toBe('send');
  });
});
