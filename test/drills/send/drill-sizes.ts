/**
 * The parts of the send drill that are run: all of it, a small part with every point and fault, or the part that shows
 * a planted bug.
 */
import type { SettleRules } from '../../../domain/sending/ledger.ts';
import type { BatchShape, Conditions, CallFault } from './plan.ts';
import { FAULTS, ORDER_POINTS, POINTS } from './plan.ts';

export interface DrillSize {
  readonly settling: SettleRules;
  /** Messages whose records appear later than T2 are judged apart. */
  readonly shapes: readonly BatchShape[];
}

/** On a machine that is busy with the drill itself seconds pass between a commit and its call. */
const CALL = { callWithin: 4_000, answerWithin: 2_000 };

/** Every lag with and without receipts. */
function conditionsWithin(settleAfter: number): Conditions[] {
  return [0, settleAfter / 2, settleAfter].flatMap((lagMs) => [false, true].map((receipts) => ({ lagMs, receipts })));
}

/** Taken, but the answer does not say so. */
const TAKEN_IN_SILENCE: readonly CallFault[] = [
  'timeout_after',
  '5xx_after',
  'reset_after',
  'stalled_body',
  'broken_body',
];

/** T2 is above the 15 s after which Temporal hands the send of a dead worker to another: lag matters after a kill too. */
const FULL_SETTLING: SettleRules = { ...CALL, lookUpAfter: 5_000, settleAfter: 20_000 };
const FULL_CONDITIONS = conditionsWithin(FULL_SETTLING.settleAfter);
/** Three batches of two copies meet all six conditions. */
const FULL_ROUNDS = 3;

/** 11 points x 12 faults x 2 classes x 6 conditions: 1,584 messages, and 72 beyond T2. */
export const FULL: DrillSize = {
  settling: FULL_SETTLING,
  shapes: [
    // First, so that all of it is on record when the rest is done.
    {
      points: ['in_flight', 'answered', 'no_kill'],
      faults: [...TAKEN_IN_SILENCE, 'none'],
      copies: 2,
      conditions: [{ lagMs: 3 * FULL_SETTLING.settleAfter, receipts: false }],
    },
    ...POINTS.flatMap((point) =>
      Array.from({ length: FULL_ROUNDS }, () => ({
        points: [point],
        faults: FAULTS,
        copies: 2,
        conditions: FULL_CONDITIONS,
      })),
    ),
  ],
};

const SMALL_SETTLING: SettleRules = { ...CALL, lookUpAfter: 2_000, settleAfter: 6_000 };
const small = (points: BatchShape['points']): BatchShape => ({
  points,
  faults: FAULTS,
  copies: 1,
  inTurn: true,
  conditions: conditionsWithin(SMALL_SETTLING.settleAfter),
});

/** Every point with every fault once, the classes in turn: 132 messages, several points to a kill, as each kill costs two workers' starts of 3 s. */
export const SMALL: DrillSize = {
  settling: SMALL_SETTLING,
  shapes: [
    small([...ORDER_POINTS, 'send_begun', 'gate_read', 'submitted']),
    small(['no_kill']),
    small(['in_flight', 'answered', 'recorded', 'completed']),
  ],
};

const BUG_SETTLING: SettleRules = { ...CALL, lookUpAfter: 1_000, settleAfter: 8_000 };
const BUG_CONDITIONS: readonly Conditions[] = [{ lagMs: BUG_SETTLING.settleAfter, receipts: false }];

/**
 * Sends whose outcome a kill or a fault leaves unknown. `copies`: of each combination, at least as many as there are bugs, so that each bug
 * meets each combination.
 */
export function sizeForBugs(copies: number): DrillSize {
  return {
    settling: BUG_SETTLING,
    shapes: [
      {
        points: ['submitted', 'in_flight', 'answered'],
        faults: ['none', 'reset_after'],
        copies,
        conditions: BUG_CONDITIONS,
      },
      { points: ['no_kill'], faults: TAKEN_IN_SILENCE, copies, conditions: BUG_CONDITIONS },
    ],
  };
}
