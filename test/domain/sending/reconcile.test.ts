import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../domain/time/duration.ts';
import { LAST_SETTLE_AFTER, SETTLE_RULES } from '../../../domain/sending/ledger.ts';
import type { LedgerAttempt, RecordedSend } from '../../../domain/sending/reconcile.ts';
import { EXPLAINED, compare, isExplained } from '../../../domain/sending/reconcile.ts';

const SENT = Date.UTC(2026, 2, 3, 11);
const T2 = LAST_SETTLE_AFTER;
const PERIOD = { from: SENT - DAY, until: SENT + DAY, now: SENT + 2 * DAY };

let count = 0;

/** An accepted attempt of a message of its own, unless told otherwise. */
function attempt(differs: Partial<LedgerAttempt> = {}): LedgerAttempt {
  count += 1;
  const base: LedgerAttempt = {
    message: `message-${count}`,
    number: 1,
    clientRef: `ref-${count}`,
    submittedAt: SENT,
    outcome: 'accepted',
    settledBy: 'answer',
    failed: false,
    state: 'delivered',
    usefulUntil: SENT + DAY,
    redrivenAt: [],
  };
  return { ...base, ...differs };
}

/** Its outcome is unknown. */
function unclear(differs: Partial<LedgerAttempt> = {}): LedgerAttempt {
  const { settledBy: _answer, ...open } = attempt({ outcome: 'unknown', state: 'unknown' });
  return { ...open, ...differs };
}

function recordOf({ clientRef }: LedgerAttempt, differs: Partial<RecordedSend> = {}): RecordedSend {
  count += 1;
  return { providerId: `provider-${count}`, clientRef, receipt: 'delivered', at: SENT + 1000, ...differs };
}

function judged(attempts: readonly LedgerAttempt[], records: readonly RecordedSend[], now = PERIOD.now): string[] {
  return compare(attempts, records, { ...PERIOD, now }, SETTLE_RULES).findings.map(({ what }) => what);
}

describe('one attempt and what the provider has of it', () => {
  it.each([
    ['accepted, and there', attempt(), true, 'in_both'],
    ['accepted, and not there', attempt(), false, 'missing_at_provider'],
    ['refused, and not there', attempt({ outcome: 'refused', state: 'rejected' }), false, 'not_taken'],
    ['refused, and there', attempt({ outcome: 'refused', state: 'rejected' }), true, 'refused_but_taken'],
    ['given up, and not there', unclear({ state: 'given_up' }), false, 'given_up'],
    ['given up, and there', unclear({ state: 'given_up' }), true, 'taken_after_given_up'],
    [
      'given up by the records, and there',
      unclear({ outcome: 'not_sent', settledBy: 'records', state: 'given_up' }),
      true,
      'taken_after_given_up',
    ],
    [
      'not sent by the records, and there',
      unclear({ outcome: 'not_sent', settledBy: 'records', state: 'expired' }),
      true,
      'taken_after_not_sent',
    ],
    [
      'not sent by an operator, and there',
      unclear({ outcome: 'not_sent', settledBy: 'operator', state: 'expired' }),
      true,
      'released_though_taken',
    ],
    ['still open after its message was useful', unclear(), false, 'never_settled'],
  ])('%s', (_, one, there, what) => {
    expect(judged([one], there ? [recordOf(one)] : [])).toEqual([what]);
  });

  it.each([[true], [false]])('an outcome that is still being settled is no discrepancy (on record: %s)', (there) => {
    const { outcome: _none, ...crashed } = unclear({ state: 'submitted' });
    for (const one of [unclear(), crashed])
      expect(judged([one], there ? [recordOf(one)] : [], SENT + HOUR)).toEqual(['still_open']);
  });

  it('what was accepted within the lag of the records may not be there yet', () => {
    const one = attempt();
    expect(judged([one], [], SENT + T2 - 1)).toEqual(['not_recorded_yet']);
    expect(judged([one], [], SENT + T2)).toEqual(['missing_at_provider']);
  });

  it('one that the provider has twice is a discrepancy', () => {
    const one = attempt();
    expect(judged([one], [recordOf(one), recordOf(one)])).toEqual(['taken_twice']);
  });

  it("a record without our reference is found by the provider's id", () => {
    const one = attempt({ providerId: 'provider-x' });
    const record = { providerId: 'provider-x', receipt: 'delivered', at: SENT } as const;
    expect(judged([one], [record])).toEqual(['in_both']);
  });
});

describe('a message that the provider has taken twice', () => {
  const first = unclear({ state: 'delivered' });
  const second = (differs: Partial<LedgerAttempt>) =>
    attempt({ message: first.message, number: 2, submittedAt: SENT + T2, ...differs });
  const both = (a: LedgerAttempt, b: LedgerAttempt) => judged([b, a], [recordOf(a), recordOf(b)]);

  it('is explained when the second was submitted after T2 of an unknown first', () => {
    expect(both(first, second({}))).toEqual(['taken_after_not_sent', 'sent_again_after_t2']);
    const late = { ...first, outcome: 'accepted', settledBy: 'receipt' } as const;
    expect(both(late, second({}))).toEqual(['in_both', 'sent_again_after_t2']);
  });

  it('is a discrepancy when it came a moment before T2, or when the first was known to be taken', () => {
    expect(both(first, second({ submittedAt: SENT + T2 - 1 }))[1]).toBe('sent_twice');
    expect(both(attempt({ message: first.message }), second({}))[1]).toBe('sent_twice');
  });

  it('is explained when an operator has sent it again in between, and only then', () => {
    const soon = { submittedAt: SENT + MINUTE };
    expect(both(first, second({ ...soon, redrivenAt: [SENT + 1000] }))[1]).toBe('sent_again_by_operator');
    expect(both(first, second({ ...soon, redrivenAt: [SENT - 1000] }))[1]).toBe('sent_twice');
  });

  it('has reached the person once when the first did not arrive', () => {
    const refused = { ...first, outcome: 'accepted', settledBy: 'answer', failed: true } as const;
    expect(both(refused, second({ submittedAt: SENT + MINUTE }))).toEqual(['in_both', 'in_both']);
  });
});

describe('a record that belongs to no attempt', () => {
  it('with a reference is a discrepancy, without one it is another program’s', () => {
    const unknown = { providerId: 'p1', clientRef: 'nobody', receipt: 'delivered', at: SENT } as const;
    const foreign = { providerId: 'p2', receipt: 'delivered', at: SENT } as const;
    const { findings, foreign: strangers } = compare([], [unknown, foreign], PERIOD, SETTLE_RULES);
    expect(findings).toEqual([{ what: 'unknown_reference', providerId: 'p1' }]);
    expect(strangers).toBe(1);
  });

  it('of another period is that period’s business, as is an attempt', () => {
    const before = attempt({ submittedAt: PERIOD.from - 1 });
    const stranger = { providerId: 'p1', clientRef: 'nobody', receipt: 'delivered', at: PERIOD.until + 1 } as const;
    expect(judged([before], [recordOf(before), stranger])).toEqual([]);
  });
});

it('every explanation is told from every discrepancy', () => {
  expect(Object.keys(EXPLAINED).every((what) => isExplained(what as keyof typeof EXPLAINED))).toBe(true);
  expect(isExplained('sent_twice')).toBe(false);
});
