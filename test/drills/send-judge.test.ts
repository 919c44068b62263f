import { describe, expect, it } from 'vitest';
import type { ReconcileFinding } from '../../domain/sending/reconcile.ts';
import { judgeBeyond } from './send/beyond.ts';
import type { Judged, SendLedgerEntry, SendTakenMessage, Verdict } from './send/judge.ts';
import { judgeSends } from './send/judge.ts';
import type { DrilledClass, PlannedSend } from './send/plan.ts';

const PHONE = '+4741000001';

function planned(messageClass: DrilledClass): PlannedSend {
  const fate = { way: 'queue', point: 'in_flight', fault: 'timeout_after', lagMs: 0, receipts: false } as const;
  return { order: 'drill-1', phone: PHONE, class: messageClass, ...fate };
}

function entry(overrides: Partial<SendLedgerEntry> = {}): SendLedgerEntry {
  return { message: 'm-1', order: 'drill-1', state: 'accepted', reason: null, clientRefs: ['ref-1'], ...overrides };
}

const GIVEN_UP = { state: 'given_up', reason: 'outcome_unknown_given_up' } as const;

const taken = (...clientRefs: readonly string[]): SendTakenMessage[] =>
  clientRefs.map((clientRef) => ({ to: PHONE, clientRef }));

function verdictOn(
  messageClass: DrilledClass,
  ledger: readonly SendLedgerEntry[],
  log: readonly SendTakenMessage[],
): Verdict | undefined {
  return judgeSends([planned(messageClass)], ledger, log).messages[0]?.verdict;
}

describe('the judge of the send drill', () => {
  it.each([
    ['accepted', 'accepted'],
    ['delivered', 'delivered'],
    ['read', 'read'],
  ] as const)('finds a message in order that was taken once and is %s', (_, state) => {
    expect(verdictOn('transactional', [entry({ state })], taken('ref-1'))).toBe('once');
  });

  it('finds a message duplicated that was taken twice, by one attempt or by two, whatever the ledger says', () => {
    const two = entry({ clientRefs: ['ref-1', 'ref-2'] });
    expect(verdictOn('transactional', [two], taken('ref-1', 'ref-2'))).toBe('duplicated');
    expect(verdictOn('promotional', [entry(GIVEN_UP)], taken('ref-1', 'ref-1'))).toBe('duplicated');
  });

  it.each(['planned', 'submitted', 'unknown', 'accepted', 'delivered'] as const)(
    'finds a message lost that the provider has not taken and the ledger has as %s',
    (state) => {
      expect(verdictOn('promotional', [entry({ state })], [])).toBe('lost');
    },
  );

  it('finds a message lost that the ledger has never heard of', () => {
    expect(verdictOn('promotional', [], [])).toBe('lost');
  });

  it('takes giving up for an explanation from a promotion that was submitted, and from no other message', () => {
    expect(verdictOn('promotional', [entry(GIVEN_UP)], [])).toBe('given_up');
    expect(verdictOn('transactional', [entry(GIVEN_UP)], [])).toBe('lost');
    expect(verdictOn('promotional', [entry({ ...GIVEN_UP, clientRefs: [] })], [])).toBe('lost');
    expect(verdictOn('promotional', [entry({ ...GIVEN_UP, reason: 'given_up_by_operator' })], [])).toBe('lost');
  });

  it.each(['planned', 'submitted', 'unknown', 'rejected', 'undeliverable', 'skipped'] as const)(
    'finds a message unexplained that was taken and the ledger has as %s',
    (state) => {
      expect(verdictOn('transactional', [entry({ state })], taken('ref-1'))).toBe('unexplained');
    },
  );

  it('finds a message unexplained that was given up and taken, or that the ledger has twice', () => {
    expect(verdictOn('promotional', [entry(GIVEN_UP)], taken('ref-1'))).toBe('unexplained');
    expect(verdictOn('transactional', [entry(), entry({ message: 'm-2' })], taken('ref-1'))).toBe('unexplained');
  });

  it('counts what the provider took with a reference of no attempt, of another order, or with none', () => {
    const others = [...taken('ref-9'), { to: PHONE, clientRef: null }, { to: '+4741000009', clientRef: 'ref-1' }];
    const { messages, strangers } = judgeSends([planned('transactional')], [entry()], [...taken('ref-1'), ...others]);
    expect([messages[0]?.verdict, strangers]).toEqual(['once', 3]);
  });
});

describe('beyond T2', () => {
  const judged = (messageClass: DrilledClass, verdict: Verdict, message: string): Judged => ({
    ...planned(messageClass),
    message,
    verdict,
  });
  const found = (...findings: readonly ReconcileFinding[]) => Map.groupBy(findings, ({ message }) => message);

  it('a transactional message that came twice is explained by what the reconciliation found', () => {
    const messages = [judged('transactional', 'duplicated', 'a'), judged('transactional', 'duplicated', 'b')];
    const findings = found(
      { what: 'taken_after_not_sent', message: 'a', attempt: 1 },
      { what: 'sent_again_after_t2', message: 'a', attempt: 2 },
      { what: 'in_both', message: 'b', attempt: 1 },
    );
    expect(judgeBeyond(messages, findings)).toMatchObject({ transactionalTwice: 2, unexplained: 1 });
  });

  it('a row that nothing explains is not made good by another one of its message', () => {
    const findings = found(
      { what: 'taken_after_not_sent', message: 'a', attempt: 1 },
      { what: 'sent_twice', message: 'a', attempt: 2 },
    );
    expect(judgeBeyond([judged('transactional', 'duplicated', 'a')], findings)).toMatchObject({ unexplained: 1 });
  });

  it('a promotion that came twice is counted apart, and one that was given up and taken has to be found', () => {
    const messages = [judged('promotional', 'duplicated', 'a'), judged('promotional', 'unexplained', 'b')];
    const findings = found({ what: 'taken_after_given_up', message: 'b', attempt: 1 });
    expect(judgeBeyond(messages, findings)).toMatchObject({
      promotionalTwice: 1,
      givenUpThoughTaken: 1,
      unexplained: 1,
    });
  });

  it('a lost message is lost there too', () => {
    expect(judgeBeyond([judged('transactional', 'lost', 'a')], found())).toMatchObject({ lost: 1 });
  });
});
