import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../domain/time/duration.ts';
import {
  MAX_SUBMISSIONS,
  NPS_PERIOD,
  QUESTION_OPEN_FOR,
  RECEIPTS,
  LAST_SETTLE_AFTER,
  SETTLE_RULES,
  nextSettleAt,
  receiptRank,
  resendsUnknown,
  retryDelay,
  skippedState,
  stateOfReceipt,
  mayBeTakenFor,
  MAX_REDELIVERIES,
  nextRedelivery,
} from '../../../domain/sending/ledger.ts';
import { MESSAGE_CLASSES } from '../../../domain/sending/message.ts';
import type { SkipReason } from '../../../domain/sending/reason.ts';
import { SKIP_REASONS } from '../../../domain/sending/reason.ts';
import fc from 'fast-check';

describe('the message ledger', () => {
  it('tells expired, capped and suppressed messages from those that were only skipped', () => {
    const special = {
      too_late: 'expired',
      cap_reached: 'capped',
      number_limit: 'capped',
      spend_limit: 'capped',
      number_range: 'suppressed',
      country_not_served: 'suppressed',
      opted_out: 'suppressed',
      no_consent: 'suppressed',
      not_confirmed: 'suppressed',
      consent_expired: 'suppressed',
      list_unchecked: 'suppressed',
      on_a_list: 'suppressed',
      topic_off: 'suppressed',
      channel_off: 'suppressed',
      category: 'suppressed',
      no_address: 'suppressed',
    };
    for (const reason of Object.keys(SKIP_REASONS) as SkipReason[])
      expect(skippedState(reason), reason).toBe({ ...special }[reason as keyof typeof special] ?? 'skipped');
  });

  it('ranks receipts: what was delivered is not undone by a late word of failure', () => {
    const ranked = [...RECEIPTS].toSorted((a, b) => receiptRank(a) - receiptRank(b));
    expect(ranked).toEqual(['submitted', 'undeliverable', 'rejected', 'delivered', 'read']);
    expect(receiptRank('submitted')).toBeGreaterThan(0);
  });

  it('knows the state that each receipt brings', () => {
    expect(RECEIPTS.map(stateOfReceipt)).toEqual(['accepted', 'undeliverable', 'rejected', 'delivered', 'read']);
  });

  it('sends a message of unknown outcome once more only when it is transactional', () => {
    expect(MESSAGE_CLASSES.filter(resendsUnknown)).toEqual(['transactional']);
    expect(MAX_SUBMISSIONS).toBe(2);
  });

  it('tries a refused message again ever more rarely, at last every quarter of an hour', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 60].map((refusals) => retryDelay(refusals) / MINUTE)).toEqual([
      0.5, 1, 2, 4, 8, 15, 15, 15,
    ]);
  });

  it('looks at 2 minutes and at an hour after the last moment at which the provider can have taken a message', () => {
    const since = mayBeTakenFor(SETTLE_RULES);
    const [first, last] = [since + 2 * MINUTE, since + HOUR];
    expect([0, first - 1, first, last - 1, last].map((now) => nextSettleAt(0, now, SETTLE_RULES))).toEqual([
      first,
      first,
      last,
      last,
      undefined,
    ]);
    expect(LAST_SETTLE_AFTER).toBe(last);
  });

  it('waits two weeks for an answer and half a year before the next NPS question', () => {
    expect([QUESTION_OPEN_FOR, NPS_PERIOD]).toEqual([14 * DAY, 180 * DAY]);
  });
});

const NOON = Date.UTC(2026, 2, 3, 11);

it('a message that failed for a moment is sent again after 5 minutes, then twice as long each time, five times in all', () => {
  const delays = Array.from({ length: 6 }, (_, before) => nextRedelivery(before, NOON + DAY, NOON));
  expect(delays.map((at) => at && (at - NOON) / MINUTE)).toEqual([5, 10, 20, 40, 80, undefined]);
});

it('it is sent again also in the last moment in which it is of use', () => {
  expect(nextRedelivery(0, NOON + 5 * MINUTE, NOON)).toBe(NOON + 5 * MINUTE);
  expect(nextRedelivery(0, NOON + 5 * MINUTE - 1, NOON)).toBeUndefined();
});

it('it is never sent again after it has become useless', () => {
  const moments = fc.tuple(fc.nat({ max: MAX_REDELIVERIES + 2 }), fc.integer({ min: -DAY, max: DAY }));
  fc.assert(
    fc.property(moments, ([before, useful]) => {
      const at = nextRedelivery(before, NOON + useful, NOON);
      expect(at === undefined || (at > NOON && at <= NOON + useful)).toBe(true);
    }),
  );
});
