import { describe, expect, it } from 'vitest';
import { compileJourney } from '../../../domain/journey/compiled-journey.ts';
import { HOUR, MINUTE } from '../../../domain/time/duration.ts';
import type { MessageStatus } from '../../../domain/orders/events.ts';
import { journeyFor } from '../../../domain/journey/journey.ts';
import { heard, sending, sent } from '../../../workflows/order/hops.ts';
import { JourneyRun } from '../../../workflows/order/journey-run.ts';
import { ALL_TRAITS } from '../../helpers/arbitraries.ts';
import { failoverJourney } from '../../helpers/failover.ts';

const NOW = Date.UTC(2026, 2, 3, 11);
const STEP = 'order_confirmation';
const ref = { brand: 'sole', order: '1' };
const [traits] = ALL_TRAITS;
if (!traits) throw new Error('there are traits');
const journey = compileJourney(journeyFor(failoverJourney, traits));

function placedRun(): JourneyRun {
  const run = new JourneyRun(ref);
  run.learn({ id: 'placed', at: NOW, type: 'order_placed', placement: { contact: 'c', journey } });
  return run;
}

/** The same run after continue-as-new. */
function continued(run: JourneyRun): JourneyRun {
  const json = JSON.stringify(run.carry());
  expect(Buffer.byteLength(json)).toBeLessThanOrEqual(4096);
  return new JourneyRun({ ...ref, carried: JSON.parse(json) as ReturnType<JourneyRun['carry']> });
}

const leg = (hop: number) => ({ key: STEP, hop, message: `message-${hop}`, kind: 'order_confirmation' }) as const;
const status = (hop: number, of: MessageStatus['status']): MessageStatus => ({
  id: `status-${hop}-${of}`,
  at: NOW,
  type: 'message_status',
  message: leg(hop).message,
  status: of,
});

/** The plan's entry of the step: the channel that comes next and when. */
function next(run: JourneyRun, now = NOW) {
  const { due, later } = run.plan(now);
  const item = [...due, ...later].find(({ key }) => key === STEP);
  return item && { hop: item.hop, dueAt: item.dueAt };
}

function onTheFirst(): JourneyRun {
  const run = placedRun();
  sending(run, leg(0));
  sent(run, leg(0), { kind: 'accepted' }, NOW);
  return run;
}

describe('a run whose step has two channels', () => {
  it('plans the second for when the first has had its time, also after continue-as-new', () => {
    for (const run of [onTheFirst(), continued(onTheFirst())]) {
      expect(next(run)).toEqual({ hop: 1, dueAt: NOW + 10 * MINUTE });
      expect(run.wakeAt(run.plan(NOW))).toBe(NOW + 10 * MINUTE);
      expect(run.progressOf(STEP)).toBeUndefined();
    }
  });

  it.each(['delivered', 'read'] as const)('is done with the step once the first is %s', (of) => {
    const run = continued(onTheFirst());
    heard(run, status(0, of), NOW + MINUTE);
    expect(next(run)).toBeUndefined();
    expect(run.progressOf(STEP)).toBe('sent');
    expect(run.carry()).not.toHaveProperty('awaited');
  });

  it.each(['rejected', 'undeliverable'] as const)('turns to the second at once when the first is %s', (of) => {
    const run = continued(onTheFirst());
    heard(run, status(0, of), NOW + MINUTE);
    expect(next(run, NOW + MINUTE)).toEqual({ hop: 1, dueAt: NOW + MINUTE });
  });

  it('goes by a receipt that was there before the answer of the provider', () => {
    const arrived = placedRun();
    sending(arrived, leg(0));
    heard(arrived, status(0, 'delivered'), NOW);
    sent(arrived, leg(0), { kind: 'accepted' }, NOW);
    expect(arrived.progressOf(STEP)).toBe('sent');
    const rejected = placedRun();
    sending(rejected, leg(0));
    heard(rejected, status(0, 'rejected'), NOW);
    sent(rejected, leg(0), { kind: 'accepted' }, NOW);
    expect(next(rejected)).toEqual({ hop: 1, dueAt: NOW });
  });

  it('ignores reports about the first once the second has gone out, and reports about messages that no run waits for', () => {
    const run = onTheFirst();
    sending(run, leg(1));
    sent(run, leg(1), { kind: 'accepted' }, NOW + 10 * MINUTE);
    const before = JSON.stringify(run.carry());
    run.dirty = false;
    for (const one of [status(0, 'delivered'), status(0, 'rejected'), status(7, 'rejected')])
      heard(run, one, NOW + HOUR);
    expect(JSON.stringify(run.carry())).toBe(before);
    expect(run.dirty).toBe(false);
  });

  it('settles an unclear first beside the second, and does not send it again', () => {
    const run = placedRun();
    sending(run, leg(0));
    sent(run, leg(0), { kind: 'unknown', settleAt: NOW + HOUR }, NOW);
    expect(next(run)).toEqual({ hop: 1, dueAt: NOW + 10 * MINUTE });
    sending(run, leg(1));
    sent(run, leg(1), { kind: 'unknown', settleAt: NOW + 2 * HOUR }, NOW + 10 * MINUTE);
    const again = continued(run);
    const [first] = again.takeSettlements(NOW + HOUR);
    expect(first).toMatchObject(leg(0));
    expect(first && again.isRuledOut(first, NOW + HOUR)).toBe(true);
    const [second] = again.takeSettlements(NOW + 2 * HOUR);
    expect(second).toMatchObject(leg(1));
    expect(second && again.isRuledOut(second, NOW + 2 * HOUR)).toBe(false);
  });

  it('turns at once when an unclear first is given up before its time is over', () => {
    const run = placedRun();
    sending(run, leg(0));
    sent(run, leg(0), { kind: 'unknown', settleAt: NOW + MINUTE }, NOW);
    const [unclear] = run.takeSettlements(NOW + MINUTE);
    if (!unclear) throw new Error('nothing to settle');
    sending(run, unclear);
    expect(next(run)).toEqual({ hop: 1, dueAt: NOW + 10 * MINUTE });
    sent(run, unclear, { kind: 'failed', reason: 'outcome_unknown_given_up' }, NOW + MINUTE);
    expect(next(run)).toEqual({ hop: 1, dueAt: NOW + MINUTE });
  });

  it('counts the step as sent when the first has arrived while the second waited', () => {
    const run = onTheFirst();
    sending(run, leg(1));
    sent(run, leg(1), { kind: 'skip', reason: 'delivered_elsewhere' }, NOW + 10 * MINUTE);
    expect(run.outcome()).toMatchObject({ sent: 1, skipped: 0, failed: 0 });
  });

  it('keeps the step over continue-as-new while one of its messages is unclear', () => {
    const run = onTheFirst();
    sending(run, leg(1));
    sent(run, leg(1), { kind: 'unknown', settleAt: NOW + HOUR }, NOW + 10 * MINUTE);
    expect(continued(run).hasStep(STEP)).toBe(true);
    const settled = onTheFirst();
    heard(settled, status(0, 'delivered'), NOW);
    expect(continued(settled).hasStep(STEP)).toBe(false);
  });
});
