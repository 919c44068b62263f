import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cap, WaitingMessage, Sent } from '../../../../domain/sending/gate/caps.ts';
import { KINDS_BY_VALUE, REDUCIBLE_TOPICS, MARKETING, waitForCaps } from '../../../../domain/sending/gate/caps.ts';
import { DAY, HOUR, MINUTE } from '../../../../domain/time/duration.ts';
import { TOPICS, kindRule, kindsAbout } from '../../../../domain/sending/message.ts';
import { ROME_NOON } from '../../../helpers/send-facts.ts';

const WEEK: Cap = { rule: 'cap.week', max: 3, per: 7 * DAY, topics: MARKETING };
const sent = (...daysAgo: number[]): Sent[] =>
  daysAgo.map((days) => ({ kind: 'bundle_offer', at: ROME_NOON - days * DAY }));
const marketing = fc.constantFrom(...KINDS_BY_VALUE.filter((kind) => kindRule(kind).topic !== 'tips'));

describe('room for a message', () => {
  it('is there until a cap is full, and again when the oldest that counts has left', () => {
    expect(waitForCaps('bundle_offer', [WEEK], sent(1, 2), [], ROME_NOON)).toBeUndefined();
    expect(waitForCaps('bundle_offer', [WEEK], sent(1, 2, 5), [], ROME_NOON)).toEqual({
      until: ROME_NOON + 2 * DAY,
      rule: 'cap.week',
    });
    expect(waitForCaps('bundle_offer', [WEEK], sent(1, 2, 7), [], ROME_NOON)).toBeUndefined();
  });

  it('is never taken away from news of an order, whatever was sent', () => {
    for (const kind of ['shipped', 'delivered', 'order_cancelled'] as const)
      expect(waitForCaps(kind, [WEEK, { ...WEEK, max: 0 }], sent(0, 0, 0, 0), [], ROME_NOON)).toBeUndefined();
  });

  it('of several caps is there when the last of them has some', () => {
    const caps = [WEEK, { rule: 'us-fl.cap', max: 3, per: DAY, topics: ['offers'] } as const];
    const lately = [...sent(0.1, 0.2, 0.3), ...sent(6)];
    expect(waitForCaps('bundle_offer', caps, lately, [], ROME_NOON)).toMatchObject({ rule: 'cap.week' });
    expect(waitForCaps('bundle_offer', caps.slice(1), lately, [], ROME_NOON)).toEqual({
      until: ROME_NOON + 0.7 * DAY,
      rule: 'us-fl.cap',
    });
    expect(waitForCaps('bundle_offer', caps.toReversed(), lately, [], ROME_NOON)).toMatchObject({ rule: 'cap.week' });
  });

  it('of two caps that end together is told by the one named first', () => {
    const other = { ...WEEK, rule: 'it.cap' };
    expect(waitForCaps('bundle_offer', [WEEK, other], sent(1, 2, 5), [], ROME_NOON)).toMatchObject({
      rule: 'cap.week',
    });
    expect(waitForCaps('bundle_offer', [other, WEEK], sent(1, 2, 5), [], ROME_NOON)).toMatchObject({ rule: 'it.cap' });
  });

  it('of one topic is not filled by another', () => {
    const offers: Cap = { rule: 'us-ok.cap', max: 3, per: DAY, topics: ['offers'] };
    expect(waitForCaps('rating_request', [offers], sent(0, 0, 0), [], ROME_NOON)).toBeUndefined();
  });

  it('that a customer has chosen counts tips, too; the general cap does not', () => {
    const chosen: Cap = { rule: 'preference.frequency', max: 1, per: 7 * DAY, topics: REDUCIBLE_TOPICS };
    const tip: Sent[] = [{ kind: 'setup_guide', at: ROME_NOON - DAY }];
    expect(waitForCaps('rating_request', [chosen], tip, [], ROME_NOON)).toMatchObject({ until: ROME_NOON + 6 * DAY });
    expect(waitForCaps('rating_request', [{ ...WEEK, max: 1 }], tip, [], ROME_NOON)).toBeUndefined();
  });

  it('is none where a brand allows nothing, without an end that never comes', () => {
    expect(waitForCaps('bundle_offer', [{ ...WEEK, max: 0 }], [], [], ROME_NOON)).toEqual({
      until: ROME_NOON + 7 * DAY,
      rule: 'cap.week',
    });
  });
});

describe('the last room', () => {
  const waitingMessage = (kind: WaitingMessage['kind'], hours = 3): WaitingMessage => ({
    kind,
    until: ROME_NOON + hours * HOUR,
  });

  it('is left to a more valuable message that waits', () => {
    expect(
      waitForCaps('bundle_offer', [WEEK], sent(1, 2), [waitingMessage('rating_request')], ROME_NOON),
    ).toMatchObject({
      rule: 'cap.week.value',
    });
    expect(
      waitForCaps('rating_request', [WEEK], sent(1, 2), [waitingMessage('bundle_offer')], ROME_NOON),
    ).toBeUndefined();
  });

  it('is not left to one that comes back after the cap has room again', () => {
    for (const hours of [7 * 24, 8 * 24])
      expect(
        waitForCaps('bundle_offer', [WEEK], sent(1, 2), [waitingMessage('rating_request', hours)], ROME_NOON),
      ).toBeUndefined();
  });

  it('is asked about again 15 minutes after the last of the more valuable messages is due; an overdue one counts as due now', () => {
    const waiting = [
      waitingMessage('rating_request', 5),
      waitingMessage('nps_request', 3),
      waitingMessage('review_invitation', -2),
    ];
    expect(waitForCaps('bundle_offer', [WEEK], sent(1), waiting, ROME_NOON)?.until).toBe(
      ROME_NOON + 5 * HOUR + 15 * MINUTE,
    );
    expect(waitForCaps('bundle_offer', [WEEK], sent(1, 2), waiting.slice(2), ROME_NOON)?.until).toBe(
      ROME_NOON + 15 * MINUTE,
    );
  });

  it('has an order for everything but news of an order', () => {
    expect(KINDS_BY_VALUE.toSorted()).toEqual(kindsAbout(TOPICS.filter((topic) => topic !== 'orders')).toSorted());
  });

  it('goes to one of two: they never both wait for each other', () => {
    fc.assert(
      fc.property(marketing, marketing, fc.integer({ min: 0, max: 2 }), (one, other, used) => {
        const before = sent(...Array.from({ length: used }, (_, day) => day + 1));
        const first = waitForCaps(one, [WEEK], before, [waitingMessage(other)], ROME_NOON);
        const second = waitForCaps(other, [WEEK], before, [waitingMessage(one)], ROME_NOON);
        expect(first === undefined || second === undefined).toBe(true);
      }),
    );
  });

  it('waiting for it always ends later than now, so that it is asked about again', () => {
    const someSent = fc.array(
      fc.record({ kind: marketing, at: fc.integer({ min: ROME_NOON - 10 * DAY, max: ROME_NOON }) }),
    );
    const waitingMessages = fc.array(
      fc.record({ kind: marketing, until: fc.integer({ min: ROME_NOON - HOUR, max: ROME_NOON + 10 * DAY }) }),
    );
    fc.assert(
      fc.property(
        marketing,
        someSent,
        waitingMessages,
        fc.integer({ min: 0, max: 5 }),
        (kind, before, waiting, max) => {
          const room = waitForCaps(kind, [{ ...WEEK, max }], before, waiting, ROME_NOON);
          if (room) expect(room.until).toBeGreaterThan(ROME_NOON);
          else expect(before.filter(({ at }) => ROME_NOON - at < WEEK.per).length).toBeLessThan(max);
        },
      ),
    );
  });
});
