import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sent } from '../../../../domain/sending/gate/caps.ts';
import { CAP, CAP_PERIOD, isCapped } from '../../../../domain/sending/gate/caps.ts';
import type { Decision } from '../../../../domain/sending/gate/decision.ts';
import { MIN_SPACING, maySend } from '../../../../domain/sending/gate/decision.ts';
import { DAY, HOUR, MINUTE } from '../../../../domain/time/duration.ts';
import type { MessageKind } from '../../../../domain/sending/message.ts';
import { MESSAGE_KINDS, isMessageKind, kindRule } from '../../../../domain/sending/message.ts';
import type { SkipReason } from '../../../../domain/sending/reason.ts';
import { REPLY_WINDOW } from '../../../../domain/sending/gate/gate.ts';
import type { Differs } from '../../../helpers/send-facts.ts';
import { ROME_NOON, only, sendFacts } from '../../../helpers/send-facts.ts';

const KINDS = Object.keys(MESSAGE_KINDS).filter(isMessageKind);
const NIGHT = Date.UTC(2026, 5, 1, 23);

const decide = (differs: Differs): Decision => maySend(sendFacts(differs));
const gifts = (ago: readonly number[], now = ROME_NOON): Sent[] =>
  ago.map((ms) => ({ kind: 'bundle_offer', at: now - ms }));
const skip = (reason: SkipReason, rule: string): Decision => ({ kind: 'skip', reason, rule });

describe('an answer', () => {
  const offer: Differs = { kind: 'review_invitation', inReply: true, triggeredAt: NIGHT };

  it('is given at once in the night, however recent and many the messages before it', () => {
    const busy = { lastMessageAt: NIGHT - 1, sent: gifts([1, 2, 3], NIGHT) };
    expect(decide({ ...offer, now: NIGHT, ...busy }).kind).toBe('send');
    expect(decide({ ...offer, now: NIGHT + REPLY_WINDOW, ...busy }).kind).toBe('send');
    expect(REPLY_WINDOW).toBe(10 * MINUTE);
  });

  it('later than ten minutes is a message like any other', () => {
    expect(decide({ ...offer, now: NIGHT + REPLY_WINDOW + 1 })).toMatchObject({ kind: 'wait', reason: 'quiet_hours' });
  });

  it('still needs consent and a known zone', () => {
    expect(decide({ ...offer, now: NIGHT, consents: only({}) })).toMatchObject({ reason: 'no_consent' });
    expect(decide({ ...offer, now: NIGHT, zones: [] })).toMatchObject({ reason: 'unknown_zone' });
  });
});

describe('two messages to one person', () => {
  it('are two hours apart', () => {
    const spaced = (ago: number): Decision => decide({ kind: 'setup_guide', lastMessageAt: ROME_NOON - ago });
    expect(spaced(MIN_SPACING - 1)).toEqual({
      kind: 'wait',
      until: ROME_NOON + 1,
      reason: 'too_close',
      rule: 'spacing',
    });
    expect(spaced(MIN_SPACING).kind).toBe('send');
    expect(MIN_SPACING).toBe(2 * HOUR);
  });

  it.each(KINDS.filter((kind) => kindRule(kind).urgent))('%s is urgent and does not wait', (kind) => {
    expect(decide({ kind, lastMessageAt: ROME_NOON - 1 }).kind).toBe('send');
  });

  it('a spacing that outlasts the use of the second ends it', () => {
    expect(decide({ kind: 'setup_guide', lastMessageAt: ROME_NOON, usefulUntil: ROME_NOON + HOUR })).toEqual(
      skip('too_late', 'spacing'),
    );
  });
});

describe('the cap', () => {
  const capped = (kind: MessageKind, ...daysAgo: number[]): Decision =>
    decide({ kind, sent: gifts(daysAgo.map((days) => days * DAY)) });

  it.each(KINDS)('%s is capped when it is feedback or a promotion', (kind) => {
    const counts = isCapped(kindRule(kind).class);
    expect(counts).toBe(['promotional', 'service_feedback'].includes(kindRule(kind).class));
    expect(capped(kind, 1, 2, 3).kind).toBe(counts ? 'wait' : 'send');
  });

  it('is three in seven days over all orders, and waits until the oldest of them leaves', () => {
    expect([CAP, CAP_PERIOD]).toEqual([3, 7 * DAY]);
    expect(capped('bundle_offer', 1, 2).kind).toBe('send');
    const waits = { kind: 'wait', until: ROME_NOON + 2 * DAY, reason: 'cap_reached', rule: 'cap.week' };
    expect(capped('bundle_offer', 1, 5, 2)).toEqual(waits);
    expect(capped('bundle_offer', 1, 7, 2).kind).toBe('send');
    expect(capped('bundle_offer', 1, 5, 2, 6)).toEqual(waits);
  });

  it('that outlasts the use of a message ends it', () => {
    const sent = gifts([1, 2, 3].map((hours) => hours * HOUR));
    expect(decide({ kind: 'nps_request', sent, usefulUntil: ROME_NOON + 6 * DAY })).toEqual(
      skip('cap_reached', 'cap.week'),
    );
  });

  it('is never exceeded, and every wait ends', () => {
    const kind = fc.constantFrom(...KINDS.filter((each) => isCapped(kindRule(each).class)));
    fc.assert(
      fc.property(fc.array(fc.tuple(kind, fc.integer({ min: 0, max: 30 * 24 })), { maxLength: 12 }), (asked) => {
        const sent: Sent[] = [];
        for (const [each, hours] of asked.toSorted((a, b) => a[1] - b[1])) {
          const triggeredAt = ROME_NOON + hours * HOUR;
          const usefulUntil = triggeredAt + kindRule(each).usefulFor;
          const at = settle({ kind: each, triggeredAt, usefulUntil }, sent);
          if (at !== undefined) sent.push({ kind: each, at });
        }
        for (const { at } of sent)
          expect(sent.filter((other) => other.at <= at && at - other.at < CAP_PERIOD).length).toBeLessThanOrEqual(CAP);
      }),
    );
  });

  /** Asks again whenever it is told to wait; the moment of sending, or undefined. */
  function settle(differs: Differs & { readonly triggeredAt: number }, sent: readonly Sent[]): number | undefined {
    for (let now = Math.max(differs.triggeredAt, ...sent.map(({ at }) => at)); ;) {
      const decision = decide({ ...differs, now, sent, lastMessageAt: sent.at(-1)?.at });
      if (decision.kind === 'send') return now;
      if (decision.kind === 'skip') return undefined;
      expect(decision.until).toBeGreaterThan(now);
      now = decision.until;
    }
  }
});

describe('out for delivery', () => {
  const scan = (triggeredAt: number, now: number, zones: readonly string[]): Decision =>
    decide({ kind: 'out_for_delivery', triggeredAt, now, zones });

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
    for (const zones of [
      ['America/Los_Angeles', 'America/New_York'],
      ['America/New_York', 'America/Los_Angeles'],
    ]) {
      expect(scan(triggeredAt, midnightInNewYork - 1, zones).kind).toBe('send');
      expect(scan(triggeredAt, midnightInNewYork, zones).kind).toBe('skip');
    }
  });

  it('without a zone is good for its 24 hours', () => {
    expect(decide({ kind: 'out_for_delivery', zones: [], usefulUntil: ROME_NOON }).kind).toBe('send');
    expect(decide({ kind: 'out_for_delivery', zones: [], usefulUntil: ROME_NOON - 1 })).toEqual(
      skip('too_late', 'useful.same_day'),
    );
  });
});
