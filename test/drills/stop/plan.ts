/** The plan of each race of the STOP drill. Drawn from a seed: the same seed gives the same races. */
import { createHash } from 'node:crypto';
import type { MessageKind } from '../../../domain/sending/message.ts';

/** Ways to say no. */
export const SCENARIOS = {
  stop: 'STOP',
  old_number: 'STOP to a number the brand sent from before',
  burst: 'STOP, START and STOP again, in any order of arrival',
  two_orders: 'STOP against two orders of one person at once',
  withdrawal: 'consent withdrawn through the API',
  newcomer: 'STOP of a number that is becoming a contact',
} as const;
export type StopScenario = keyof typeof SCENARIOS;

/** When the no comes, seen from the send. */
export const MOMENTS = {
  before: 'stored before the send begins',
  at_once: 'starts at the same time, give or take',
  at_gate: 'starts when the gate has been read',
  within: 'stored between the gate and the submission',
  at_call: 'starts when the submission is committed',
  after: 'starts when the send has ended',
} as const;
export type StopMoment = keyof typeof MOMENTS;

/** Moments whose winner is open. In the others it is known, and the drill only proves that it is so. */
export const CONTESTED: readonly StopMoment[] = ['at_once', 'at_gate'];

export interface RacePlan {
  readonly index: number;
  readonly scenario: StopScenario;
  readonly moment: StopMoment;
  /** The message that is about to be sent. */
  readonly kind: MessageKind;
  /** Through the API of a process of its own, signed as the provider signs, or by the function that its route calls. */
  readonly through: 'api' | 'function';
  /** Head starts, in units of the time that a no takes on this machine. */
  readonly noAfter: number;
  readonly sendAfter: number;
  /** The order in which the texts of a burst arrive, as positions in it. */
  readonly arrival: readonly number[];
}

const SCENARIO_NAMES = Object.keys(SCENARIOS) as StopScenario[];
const OFTEN: readonly StopMoment[] = ['before', ...CONTESTED, ...CONTESTED, ...CONTESTED, 'within', 'at_call', 'after'];
const ARRIVALS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;
/** Urgent, so that two to one person need no distance; and two that need consent. */
const KINDS = { any: 'shipped', consented: ['rating_request', 'bundle_offer'] } as const;

export function planRace(seed: string, index: number): RacePlan {
  const draw = drawsOf(seed, index);
  const scenario = pick(SCENARIO_NAMES, draw);
  const consented = pick(KINDS.consented, draw);
  return {
    index,
    scenario,
    moment: pick(OFTEN, draw),
    kind: scenario === 'withdrawal' || (scenario !== 'two_orders' && draw() < 0.25) ? consented : KINDS.any,
    // A signed HTTP request costs several times the function; a quarter still are 2,500 of 10,000.
    through: draw() < 0.25 ? 'api' : 'function',
    noAfter: 2 * draw(),
    sendAfter: 2 * draw(),
    arrival: pick(ARRIVALS, draw),
  };
}

/** Numbers in [0, 1), two bytes of a hash each. */
function drawsOf(seed: string, index: number): () => number {
  const bytes = createHash('sha256').update(`${seed} ${index}`).digest();
  let at = 0;
  return () => {
    const value = bytes.readUInt16BE(at) / 0x1_0000;
    at += 2;
    return value;
  };
}

function pick<T>(from: readonly T[], draw: () => number): T {
  const picked = from[Math.floor(draw() * from.length)];
  if (picked === undefined) throw new Error('nothing to pick from');
  return picked;
}
