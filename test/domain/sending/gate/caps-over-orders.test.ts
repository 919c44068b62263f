import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { WaitingMessage, Sent } from '../../../../domain/sending/gate/caps.ts';
import { KINDS_BY_VALUE, CAP, CAP_PERIOD, MARKETING } from '../../../../domain/sending/gate/caps.ts';
import { maySend } from '../../../../domain/sending/gate/decision.ts';
import { DAY, HOUR } from '../../../../domain/time/duration.ts';
import type { MessageKind } from '../../../../domain/sending/message.ts';
import { kindRule } from '../../../../domain/sending/message.ts';
import { ROME_NOON, sendFacts } from '../../../helpers/send-facts.ts';

interface Wanted {
  readonly kind: MessageKind;
  readonly triggeredAt: number;
  /** When it is asked about next. */
  readonly at: number;
  readonly waits: boolean;
}

interface Lived {
  readonly sent: readonly Sent[];
  readonly dropped: readonly { readonly reason: string }[];
}

/** All orders of one person: every message is asked about when it is due, and again whenever it was told to wait. */
function live(asked: readonly { readonly kind: MessageKind; readonly hours: number }[]): Lived {
  let open: Wanted[] = asked.map(({ kind, hours }) => {
    const triggeredAt = ROME_NOON + hours * HOUR;
    return { kind, triggeredAt, at: triggeredAt, waits: false };
  });
  const sent: Sent[] = [];
  const dropped: { reason: string }[] = [];
  for (let round = 0; open.length > 0; round += 1) {
    if (round > 10_000) throw new Error('a message waits for ever');
    const [next, ...others] = open.toSorted((a, b) => a.at - b.at);
    if (!next) break;
    const { kind, triggeredAt, at: now } = next;
    const waitingMessages: WaitingMessage[] = others
      .filter(({ waits }) => waits)
      .map((one) => ({ kind: one.kind, until: one.at }));
    const lastMessageAt = sent.at(-1)?.at;
    const usefulUntil = triggeredAt + kindRule(kind).usefulFor;
    const decision = maySend(sendFacts({ kind, now, triggeredAt, usefulUntil, lastMessageAt, sent, waitingMessages }));
    if (decision.kind === 'send') sent.push({ kind, at: now });
    if (decision.kind === 'skip') dropped.push({ reason: decision.reason });
    open = decision.kind === 'wait' ? [...others, { ...next, at: decision.until, waits: true }] : others;
  }
  return { sent, dropped };
}

const marketing = fc.constantFrom(...KINDS_BY_VALUE.filter((kind) => kindRule(kind).topic !== 'tips'));
const wanted = fc.record({ kind: marketing, hours: fc.integer({ min: 0, max: 20 * 24 }) });

it('over all orders of a person the cap holds, and whatever it puts off is sent later or dropped with a reason', () => {
  fc.assert(
    fc.property(fc.array(wanted, { maxLength: 12 }), (asked) => {
      const { sent, dropped } = live(asked);
      expect(sent.length + dropped.length).toBe(asked.length);
      for (const { at } of sent) {
        const within = sent.filter((one) => one.at <= at && at - one.at < CAP_PERIOD && topicCounts(one.kind));
        expect(within.length).toBeLessThanOrEqual(CAP);
      }
      for (const { reason } of dropped) expect(['cap_reached', 'too_late']).toContain(reason);
    }),
  );
});

it('the last room of a week goes to the most valuable of those that wait for the same morning', () => {
  const busy = [1, 2].map((days) => ({ kind: 'loyalty_tier' as const, hours: -24 * days }));
  // Both fall due at night and are moved to the same morning.
  const night = 12;
  const { sent } = live([...busy, { kind: 'bundle_offer', hours: night }, { kind: 'rating_request', hours: night }]);
  expect(sent.slice(0, 3).map(({ kind }) => kind)).toEqual(['loyalty_tier', 'loyalty_tier', 'rating_request']);
  expect(sent[3]).toMatchObject({ kind: 'bundle_offer' });
  expect((sent[3]?.at ?? 0) - (sent[2]?.at ?? 0)).toBeGreaterThan(DAY);
});

function topicCounts(kind: MessageKind): boolean {
  const { topic } = kindRule(kind);
  return topic !== undefined && MARKETING.includes(topic);
}
