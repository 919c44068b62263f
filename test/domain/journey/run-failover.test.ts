import { describe, expect, it } from 'vitest';
import { compileJourney } from '../../../domain/journey/compiled-journey.ts';
import { HOUR, MINUTE } from '../../../domain/time/duration.ts';
import type { MessageStatus } from '../../../domain/orders/events.ts';
import { journeyFor } from '../../../domain/journey/journey.ts';
import type { SendMessageResult } from '../../../domain/sending/intent.ts';
import type { Run } from '../../../domain/journey/run.ts';
import {
  NEW_RUN,
  advance,
  isRuledOut,
  planOf,
  progressOf,
  stepOf,
  takeSettlements,
  wakeAt,
} from '../../../domain/journey/run.ts';
import { carry, outcomeOf, runOf } from '../../../workflows/order/carried-run.ts';
import { ALL_TRAITS } from '../../helpers/arbitraries.ts';
import { failoverJourney } from '../../helpers/failover.ts';

const NOW = Date.UTC(2026, 2, 3, 11);
const STEP = 'order_confirmation';
const [traits] = ALL_TRAITS;
if (!traits) throw new Error('there are traits');
const journey = compileJourney(journeyFor(failoverJourney, traits));

function placedRun(): Run {
  const placed = { id: 'placed', at: NOW, type: 'order_placed', placement: { contact: 'c', journey } } as const;
  return advance(NEW_RUN, { kind: 'facts', facts: [placed] }, NOW);
}

const carried = (run: Run) => carry(run, []);

/** The same run after continue-as-new. */
function continued(run: Run): Run {
  const json = JSON.stringify(carried(run));
  expect(Buffer.byteLength(json)).toBeLessThanOrEqual(4096);
  return runOf(JSON.parse(json) as ReturnType<typeof carry>);
}

const attempt = (channelIndex: number) =>
  ({ key: STEP, channelIndex, message: `message-${channelIndex}`, kind: 'order_confirmation' }) as const;
const sending = (run: Run, channelIndex: number): Run =>
  advance(run, { kind: 'sending', attempt: attempt(channelIndex) }, NOW);
const sent = (run: Run, channelIndex: number, result: SendMessageResult, now: number): Run =>
  advance(run, { kind: 'result', attempt: attempt(channelIndex), result }, now);
const reported = (run: Run, channelIndex: number, status: MessageStatus['status'], now: number): Run =>
  advance(run, { kind: 'report', message: attempt(channelIndex).message, status }, now);

/** The plan's entry of the step: the channel that comes next and when. */
function next(run: Run, now = NOW) {
  const { due, later } = planOf(run, now);
  const item = [...due, ...later].find(({ key }) => key === STEP);
  return item && { channelIndex: item.channelIndex, dueAt: item.dueAt };
}

const onTheFirst = (): Run => sent(sending(placedRun(), 0), 0, { kind: 'accepted' }, NOW);

describe('a run whose step has two channels', () => {
  it('plans the second for when the first has had its time, also after continue-as-new', () => {
    for (const run of [onTheFirst(), continued(onTheFirst())]) {
      expect(next(run)).toEqual({ channelIndex: 1, dueAt: NOW + 10 * MINUTE });
      expect(wakeAt(run, planOf(run, NOW))).toBe(NOW + 10 * MINUTE);
      expect(progressOf(run, STEP)).toBeUndefined();
    }
  });

  it.each(['delivered', 'read'] as const)('is done with the step once the first is %s', (of) => {
    const run = reported(continued(onTheFirst()), 0, of, NOW + MINUTE);
    expect(next(run)).toBeUndefined();
    expect(progressOf(run, STEP)).toBe('sent');
    expect(carried(run)).not.toHaveProperty('awaited');
  });

  it.each(['rejected', 'undeliverable'] as const)('turns to the second at once when the first is %s', (of) => {
    const run = reported(continued(onTheFirst()), 0, of, NOW + MINUTE);
    expect(next(run, NOW + MINUTE)).toEqual({ channelIndex: 1, dueAt: NOW + MINUTE });
  });

  it('goes by a receipt that was there before the answer of the provider', () => {
    const arrived = reported(sending(placedRun(), 0), 0, 'delivered', NOW);
    expect(progressOf(sent(arrived, 0, { kind: 'accepted' }, NOW), STEP)).toBe('sent');
    const rejected = reported(sending(placedRun(), 0), 0, 'rejected', NOW);
    expect(next(sent(rejected, 0, { kind: 'accepted' }, NOW))).toEqual({ channelIndex: 1, dueAt: NOW });
  });

  it('ignores reports about the first once the second has gone out, and reports about messages that no run waits for', () => {
    const run = sent(sending(onTheFirst(), 1), 1, { kind: 'accepted' }, NOW + 10 * MINUTE);
    for (const [index, status] of [
      [0, 'delivered'],
      [0, 'rejected'],
      [7, 'rejected'],
    ] as const)
      expect(reported(run, index, status, NOW + HOUR)).toEqual(run);
  });

  it('settles an unclear first beside the second, and does not send it again', () => {
    const unclear = sent(sending(placedRun(), 0), 0, { kind: 'unknown', settleAt: NOW + HOUR }, NOW);
    expect(next(unclear)).toEqual({ channelIndex: 1, dueAt: NOW + 10 * MINUTE });
    const both = sent(sending(unclear, 1), 1, { kind: 'unknown', settleAt: NOW + 2 * HOUR }, NOW + 10 * MINUTE);
    const [[first], again] = takeSettlements(continued(both), NOW + HOUR);
    expect(first).toMatchObject(attempt(0));
    expect(first && isRuledOut(again, first, NOW + HOUR)).toBe(true);
    const [[second], then] = takeSettlements(again, NOW + 2 * HOUR);
    expect(second).toMatchObject(attempt(1));
    expect(second && isRuledOut(then, second, NOW + 2 * HOUR)).toBe(false);
  });

  it('turns at once when an unclear first is given up before its time is over', () => {
    const run = sent(sending(placedRun(), 0), 0, { kind: 'unknown', settleAt: NOW + MINUTE }, NOW);
    const [[unclear], settling] = takeSettlements(run, NOW + MINUTE);
    if (!unclear) throw new Error('nothing to settle');
    const asked = advance(settling, { kind: 'sending', attempt: unclear }, NOW + MINUTE);
    expect(next(asked)).toEqual({ channelIndex: 1, dueAt: NOW + 10 * MINUTE });
    const result = { kind: 'failed', reason: 'outcome_unknown_given_up' } as const;
    const given = advance(asked, { kind: 'result', attempt: unclear, result }, NOW + MINUTE);
    expect(next(given)).toEqual({ channelIndex: 1, dueAt: NOW + MINUTE });
  });

  it('counts the step as sent when the first has arrived while the second waited', () => {
    const result = { kind: 'skip', reason: 'delivered_elsewhere' } as const;
    const run = sent(sending(onTheFirst(), 1), 1, result, NOW + 10 * MINUTE);
    expect(outcomeOf(run, false, NOW)).toMatchObject({ sent: 1, skipped: 0, failed: 0 });
  });

  it('keeps the step over continue-as-new while one of its messages is unclear', () => {
    const run = sent(sending(onTheFirst(), 1), 1, { kind: 'unknown', settleAt: NOW + HOUR }, NOW + 10 * MINUTE);
    expect(stepOf(continued(run), STEP)).toBeDefined();
    expect(stepOf(continued(reported(onTheFirst(), 0, 'delivered', NOW)), STEP)).toBeUndefined();
  });
});
