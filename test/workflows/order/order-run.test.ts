import { expect, it } from 'vitest';
import { compileJourney } from '../../../domain/journey/compiled-journey.ts';
import { DAY } from '../../../domain/time/duration.ts';
import type { Fact, MessageStatus } from '../../../domain/orders/events.ts';
import { NO_FACTS } from '../../../domain/orders/facts.ts';
import { applyAll } from '../../../domain/orders/fold.ts';
import { loadStandardJourney } from '../../../journeys/load.ts';
import { gateQuestion } from '../../../workflows/order/order-journey.ts';
import { planOf } from '../../../domain/journey/run.ts';
import { carry, outcomeOf } from '../../../workflows/order/carried-run.ts';
import { isHistoryLong } from '../../../workflows/order/continue-as-new.ts';
import { OrderRun } from '../../../workflows/order/order-run.ts';
import { PLACED_AT } from '../../helpers/arbitraries.ts';
import { countWalks } from '../../helpers/count-walks.ts';

type Told = Exclude<Fact, MessageStatus>;

/** The standard journey, but every update is told by itself, as a shop's own journey may have it. */
const standard = loadStandardJourney();
const steps = standard.steps.map(({ after, ...step }) =>
  after === undefined || step.when === 'updated' ? step : { ...step, after },
);
const placement = { contact: 'c', journey: compileJourney({ ...standard, steps }) };
const placed: Told = { id: 'order_placed', at: PLACED_AT, type: 'order_placed', placement };
const updates = (count: number): Told[] =>
  Array.from({ length: count }, (_, index) => ({ id: `u${index}`, at: PLACED_AT + index, type: 'order_updated' }));

it('ten thousand facts that come one by one are applied together, once', () => {
  const { facts, walks } = countWalks(applyAll(NO_FACTS, updates(10)));
  const carried = {
    contact: 'c',
    journey: placement.journey,
    state: { facts, handled: {}, notBefore: {}, struck: [] },
    settling: {},
    commands: [],
    timeline: [],
  };
  const run = new OrderRun({ brand: 'b', order: 'o', carried });
  for (const fact of updates(10_000)) run.learn(PLACED_AT, fact);
  expect(walks.updates).toBe(0);
  expect(planOf(run.run, PLACED_AT).due).toHaveLength(1);
  expect(planOf(run.run, PLACED_AT + DAY).due.length + planOf(run.run, PLACED_AT + DAY).skips.length).toBe(10_000);
  expect(walks.updates).toBe(1);
});

it('ten thousand steps that end at once leave one line each, the last forty of them in the run', () => {
  const run = new OrderRun({ brand: 'b', order: 'o' });
  run.learn(PLACED_AT, placed, ...updates(10_000), { id: 'x', at: PLACED_AT, type: 'order_cancelled' });
  const { skips } = planOf(run.run, PLACED_AT);
  run.take({ kind: 'ruled_out', skips }, PLACED_AT);
  expect(planOf(run.run, PLACED_AT).skips).toEqual([]);
  expect(outcomeOf(run.run, run.erased, PLACED_AT)).toEqual({
    outcome: 'completed',
    sent: 0,
    skipped: skips.length,
    failed: 0,
  });
  expect(run.run.lines).toHaveLength(40);
});

it('a run is handed on when the server asks, and by itself long before the server refuses more', () => {
  expect(isHistoryLong({ length: 150, suggested: false })).toBe(false);
  expect(isHistoryLong({ length: 5, suggested: true })).toBe(true);
  expect(isHistoryLong({ length: 2_000, suggested: false })).toBe(true);
});

it('a command that one run has carried out is not carried out again by the next one', () => {
  const run = new OrderRun({ brand: 'b', order: 'o' });
  run.learn(PLACED_AT, placed);
  for (let command = 1; command <= 21; command += 1) expect(run.commands.isNew(`command-${command}`)).toBe(true);
  const carried = JSON.parse(JSON.stringify(carry(run.run, run.commands.seen))) as ReturnType<typeof carry>;
  const next = new OrderRun({ brand: 'b', order: 'o', carried });
  for (let command = 2; command <= 21; command += 1) expect(next.commands.isNew(`command-${command}`)).toBe(false);
  expect(next.commands.isNew('command-22')).toBe(true);
});

it('a message is planned with the last fact that its run was told of, also in the run after', () => {
  const run = new OrderRun({ brand: 'b', order: 'o' });
  run.learn(PLACED_AT, placed, ...updates(3));
  const questionOf = (of: OrderRun) => {
    const [due] = planOf(of.run, PLACED_AT + DAY).due;
    if (!due) throw new Error('nothing is due');
    return gateQuestion(of, due, 'order_confirmation', PLACED_AT);
  };
  expect(questionOf(run).heard).toBe('u2');
  expect(questionOf(new OrderRun({ brand: 'b', order: 'o', carried: carry(run.run, run.commands.seen) })).heard).toBe(
    'u2',
  );
  const { heard: _heard, ...before } = carry(run.run, run.commands.seen);
  expect(questionOf(new OrderRun({ brand: 'b', order: 'o', carried: before }))).not.toHaveProperty('heard');
});
