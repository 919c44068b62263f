import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../domain/decision.ts';
import { CAP, CAP_PERIOD, MIN_SPACING, REPLY_WINDOW, isCapped, maySend } from '../../domain/decision.ts';
import { DAY, HOUR, MINUTE } from '../../domain/duration.ts';
import type { GateGuard } from '../../domain/journey.ts';
import type { MessageKind } from '../../domain/message.ts';
import { MESSAGE_KINDS, isMessageKind, kindRule } from '../../domain/message.ts';
import type { SkipReason } from '../../domain/reason.ts';
import { SKIP_REASONS, WAIT_REASONS } from '../../domain/reason.ts';
import type { Differs } from '../helpers/send-facts.ts';
import { NOON, sendFacts } from '../helpers/send-facts.ts';

const KINDS = Object.keys(MESSAGE_KINDS).filter(isMessageKind);
const kindsOf = (name: string): MessageKind[] => KINDS.filter((kind) => kindRule(kind).class === name);
const ALL_GUARDS: readonly GateGuard[] = ['member', 'reordered', 'asked_recently'];
const NIGHT = Date.UTC(2026, 5, 1, 23);

const decide = (differs: Differs): Decision => maySend(sendFacts(differs));
const skip = (reason: SkipReason, rule: string): Decision => ({ kind: 'skip', reason, rule });
const customer = (holds: GateGuard) => ({ member: false, reordered: false, asked_recently: false, [holds]: true });

describe('a message', () => {
  it.each(KINDS)('%s is sent when nothing speaks against it', (kind) => {
    expect(decide({ kind })).toEqual({ kind: 'send', rule: 'all_clear' });
  });

  const refusals: readonly (readonly [Differs, SkipReason, string])[] = [
    [{ address: undefined }, 'no_address', 'address'],
    [{ address: { suppressed: true } }, 'opted_out', 'suppression'],
    [{ consent: { promotional: 'withdrawn' } }, 'no_consent', 'consent.promotional.withdrawn'],
    [{ consent: {} }, 'no_consent', 'consent.promotional'],
    [{ guards: ['member'], customer: customer('member') }, 'already_member', 'guard.member'],
    [{ guards: ['reordered'], customer: customer('reordered') }, 'reordered', 'guard.reordered'],
    [{ guards: ['asked_recently'], customer: customer('asked_recently') }, 'asked_recently', 'guard.asked_recently'],
    [{ zones: [] }, 'unknown_zone', 'zone'],
    [{ usefulUntil: NOON - 1 }, 'too_late', 'useful'],
    [{ cappedAt: [NOON - 1, NOON - 2, NOON - 3], usefulUntil: NOON + DAY }, 'cap_reached', 'cap.week'],
  ];

  it.each(refusals)('%j is a refusal with its rule', (differs, reason, rule) => {
    expect(decide({ kind: 'bundle_offer', ...differs })).toEqual(skip(reason, rule));
  });

  it('gives the first of several reasons in one fixed order', () => {
    // Later ones first, so that each earlier one takes over from all below it; consents exclude each other.
    let differs: Differs = {};
    const order = [...refusals].filter(([, , rule]) => !rule.endsWith('withdrawn')).toReversed();
    for (const [next, reason] of order) {
      differs = { ...differs, ...next, guards: [...(differs.guards ?? []), ...(next.guards ?? [])].toSorted((a, b) => ALL_GUARDS.indexOf(a) - ALL_GUARDS.indexOf(b)) };
      if (next.customer) differs = { ...differs, customer: { ...sendFacts(differs).customer, ...onlyTrue(next.customer) } };
      expect(decide({ kind: 'bundle_offer', ...differs })).toMatchObject({ kind: 'skip', reason });
    }
  });

  function onlyTrue(flags: Readonly<Record<GateGuard, boolean>>): Partial<Record<GateGuard, boolean>> {
    return Object.fromEntries(Object.entries(flags).filter(([, holds]) => holds));
  }

  it('is refused or made to wait by the gate with these reasons, the others of the list come from the plan, the text and the provider', () => {
    const ofThePlan: readonly SkipReason[] = [
      ...(['order_cancelled', 'order_returned', 'order_refunded', 'superseded', 'collected', 'open_case', 'low_rating'] as const),
      ...(['already_rated', 'skipped_by_operator', 'messages_cancelled_by_operator'] as const),
    ];
    const ofTheGate = refusals.map(([, reason]) => reason);
    expect(new Set([...ofTheGate, ...ofThePlan, 'missing_data'])).toEqual(new Set(SKIP_REASONS));
    expect(WAIT_REASONS).toEqual(['quiet_hours', 'too_close', 'cap_reached', 'provider_busy', 'outcome_unknown']);
  });

  it('asks only for the guards of its step', () => {
    const all = { member: true, reordered: true, asked_recently: true };
    expect(decide({ kind: 'bundle_offer', customer: all }).kind).toBe('send');
  });
});

describe('consent', () => {
  it.each([...kindsOf('promotional'), ...kindsOf('service_feedback')])('%s needs consent of its own', (kind) => {
    const messageClass = kindRule(kind).class;
    expect(decide({ kind, consent: {} })).toEqual(skip('no_consent', `consent.${messageClass}`));
    expect(decide({ kind, consent: { transactional: 'granted' } }).kind).toBe('skip');
    expect(decide({ kind, consent: { [messageClass]: 'granted' } }).kind).toBe('send');
  });

  it.each(kindsOf('transactional'))('%s needs none, but respects that it was withdrawn', (kind) => {
    expect(decide({ kind, consent: {} }).kind).toBe('send');
    expect(decide({ kind, consent: { transactional: 'withdrawn' } })).toEqual(skip('no_consent', 'consent.transactional.withdrawn'));
  });

  it.each(KINDS.filter((kind) => kindRule(kind).class !== 'compliance'))('%s is never sent after STOP', (kind) => {
    expect(decide({ kind, address: { suppressed: true } })).toEqual(skip('opted_out', 'suppression'));
    expect(decide({ kind, address: { suppressed: true }, inReply: true }).kind).toBe('skip');
  });

  it.each(kindsOf('compliance'))('%s passes a suppression: it is about it', (kind) => {
    expect(decide({ kind, address: { suppressed: true }, now: NIGHT }).kind).toBe('send');
  });
});

describe('an unknown zone', () => {
  it.each(KINDS)('%s', (kind) => {
    const sells = ['promotional', 'service_feedback'].includes(kindRule(kind).class);
    expect(decide({ kind, zones: [], now: NIGHT })).toEqual(sells ? skip('unknown_zone', 'zone') : { kind: 'send', rule: 'all_clear' });
  });
});

describe('quiet hours', () => {
  it('defer what keeps the day to the next window, with the rule of the window', () => {
    const decision = decide({ kind: 'delivered', now: NIGHT });
    expect(decision).toMatchObject({ kind: 'wait', reason: 'quiet_hours', rule: 'default.daytime' });
    const opening = Date.UTC(2026, 5, 2, 6);
    const until = decision.kind === 'wait' ? decision.until : 0;
    expect(until).toBeGreaterThanOrEqual(opening);
    expect(until).toBeLessThan(opening + 30 * MINUTE);
  });

  it.each(KINDS.filter((kind) => kindRule(kind).hours === 'any'))('%s does not keep them', (kind) => {
    expect(decide({ kind, now: NIGHT }).kind).toBe('send');
  });

  it('that outlast the use of a message end it', () => {
    expect(decide({ kind: 'delivered', now: NIGHT, usefulUntil: NIGHT + HOUR })).toEqual(skip('too_late', 'default.daytime'));
  });

  it('a promotion keeps off the edges of its window, order news does not', () => {
    const opening = Date.UTC(2026, 5, 2, 7); // 09:00 in Rome
    expect(decide({ kind: 'bundle_offer', now: opening + 9 * MINUTE })).toMatchObject({ kind: 'wait', rule: 'default.promotional' });
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

describe('an answer', () => {
  const offer: Differs = { kind: 'review_invitation', inReply: true, triggeredAt: NIGHT };

  it('is given at once in the night, however recent and many the messages before it', () => {
    const busy = { lastMessageAt: NIGHT - 1, cappedAt: [NIGHT - 1, NIGHT - 2, NIGHT - 3] };
    expect(decide({ ...offer, now: NIGHT, ...busy }).kind).toBe('send');
    expect(decide({ ...offer, now: NIGHT + REPLY_WINDOW, ...busy }).kind).toBe('send');
    expect(REPLY_WINDOW).toBe(10 * MINUTE);
  });

  it('later than ten minutes is a message like any other', () => {
    expect(decide({ ...offer, now: NIGHT + REPLY_WINDOW + 1 })).toMatchObject({ kind: 'wait', reason: 'quiet_hours' });
  });

  it('still needs consent and a known zone', () => {
    expect(decide({ ...offer, now: NIGHT, consent: {} })).toMatchObject({ reason: 'no_consent' });
    expect(decide({ ...offer, now: NIGHT, zones: [] })).toMatchObject({ reason: 'unknown_zone' });
  });
});

describe('two messages to one person', () => {
  it('are two hours apart', () => {
    const spaced = (ago: number): Decision => decide({ kind: 'setup_guide', lastMessageAt: NOON - ago });
    expect(spaced(MIN_SPACING - 1)).toEqual({ kind: 'wait', until: NOON + 1, reason: 'too_close', rule: 'spacing' });
    expect(spaced(MIN_SPACING).kind).toBe('send');
    expect(MIN_SPACING).toBe(2 * HOUR);
  });

  it.each(KINDS.filter((kind) => kindRule(kind).urgent))('%s is urgent and does not wait', (kind) => {
    expect(decide({ kind, lastMessageAt: NOON - 1 }).kind).toBe('send');
  });

  it('a spacing that outlasts the use of the second ends it', () => {
    expect(decide({ kind: 'setup_guide', lastMessageAt: NOON, usefulUntil: NOON + HOUR })).toEqual(skip('too_late', 'spacing'));
  });
});

describe('the cap', () => {
  const capped = (kind: MessageKind, ...daysAgo: number[]): Decision => decide({ kind, cappedAt: daysAgo.map((days) => NOON - days * DAY) });

  it.each(KINDS)('%s is capped when it is feedback or a promotion', (kind) => {
    const counts = isCapped(kindRule(kind).class);
    expect(counts).toBe(['promotional', 'service_feedback'].includes(kindRule(kind).class));
    expect(capped(kind, 1, 2, 3).kind).toBe(counts ? 'wait' : 'send');
  });

  it('is three in seven days over all orders, and waits until the oldest of them leaves', () => {
    expect([CAP, CAP_PERIOD]).toEqual([3, 7 * DAY]);
    expect(capped('bundle_offer', 1, 2).kind).toBe('send');
    const waits = { kind: 'wait', until: NOON + 2 * DAY, reason: 'cap_reached', rule: 'cap.week' };
    expect(capped('bundle_offer', 1, 5, 2)).toEqual(waits);
    expect(capped('bundle_offer', 1, 7, 2).kind).toBe('send');
    expect(capped('bundle_offer', 1, 5, 2, 6)).toEqual(waits);
  });

  it('that outlasts the use of a message ends it', () => {
    const cappedAt = [1, 2, 3].map((hours) => NOON - hours * HOUR);
    expect(decide({ kind: 'nps_request', cappedAt, usefulUntil: NOON + 6 * DAY })).toEqual(skip('cap_reached', 'cap.week'));
  });

  it('is never exceeded, and every wait ends', () => {
    const kind = fc.constantFrom(...kindsOf('promotional'), ...kindsOf('service_feedback'));
    fc.assert(
      fc.property(fc.array(fc.tuple(kind, fc.integer({ min: 0, max: 30 * 24 })), { maxLength: 12 }), (asked) => {
        const sent: number[] = [];
        for (const [each, hours] of asked.toSorted((a, b) => a[1] - b[1])) {
          const triggeredAt = NOON + hours * HOUR;
          const usefulUntil = triggeredAt + kindRule(each).usefulFor;
          const at = settle({ kind: each, triggeredAt, usefulUntil }, sent);
          if (at !== undefined) sent.push(at);
        }
        for (const at of sent) expect(sent.filter((other) => other <= at && at - other < CAP_PERIOD).length).toBeLessThanOrEqual(CAP);
      }),
    );
  });

  /** Asks again whenever it is told to wait; the moment of sending, or undefined. */
  function settle(differs: Differs & { readonly triggeredAt: number }, sent: readonly number[]): number | undefined {
    for (let now = Math.max(differs.triggeredAt, ...sent); ; ) {
      const decision = decide({ ...differs, now, cappedAt: sent, lastMessageAt: sent.at(-1) });
      if (decision.kind === 'send') return now;
      if (decision.kind === 'skip') return undefined;
      expect(decision.until).toBeGreaterThan(now);
      now = decision.until;
    }
  }
});

describe('out for delivery', () => {
  const scan = (triggeredAt: number, now: number, zones: readonly string[]): Decision => decide({ kind: 'out_for_delivery', triggeredAt, now, zones });

  // The local day ends at 22:00 UTC in summer and at 23:00 in winter; the two days of the change have 23 and 25 hours.
  it.each([
    ['a summer day', Date.UTC(2026, 5, 1, 6), Date.UTC(2026, 5, 1, 22)],
    ['a winter day', Date.UTC(2026, 11, 1, 6), Date.UTC(2026, 11, 1, 23)],
    ['the day the clock goes forward', Date.UTC(2026, 2, 29, 0, 30), Date.UTC(2026, 2, 29, 22)],
    ['the day the clock goes back', Date.UTC(2026, 9, 25, 0, 30), Date.UTC(2026, 9, 25, 23)],
  ])('is worth nothing once %s has ended', (_, triggeredAt, end) => {
    expect(scan(triggeredAt, end - 1, ['Europe/Rome']).kind).toBe('send');
    expect(scan(triggeredAt, end, ['Europe/Rome'])).toEqual(skip('too_late', 'useful.same_day'));
  });

  it('ends with the earliest day of the zones a person may be in, in whatever order they are named', () => {
    const triggeredAt = Date.UTC(2026, 5, 1, 14);
    const midnightInNewYork = Date.UTC(2026, 5, 2, 4);
    for (const zones of [['America/Los_Angeles', 'America/New_York'], ['America/New_York', 'America/Los_Angeles']]) {
      expect(scan(triggeredAt, midnightInNewYork - 1, zones).kind).toBe('send');
      expect(scan(triggeredAt, midnightInNewYork, zones).kind).toBe('skip');
    }
  });

  it('without a zone is good for its 24 hours', () => {
    expect(decide({ kind: 'out_for_delivery', zones: [], usefulUntil: NOON }).kind).toBe('send');
    expect(decide({ kind: 'out_for_delivery', zones: [], usefulUntil: NOON - 1 })).toEqual(skip('too_late', 'useful.same_day'));
  });
});
