/** A workflow of an order that does nothing. It shows the cost of the engine itself. */
import {
  CancellationScope,
  condition,
  defineSignal,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { FloorActivities, FloorInput } from './floor-contract.ts';

export const poke = defineSignal('poke');

const { look } = proxyLocalActivities<FloorActivities>({ startToCloseTimeout: '10 seconds' });

/**
 * Each signal starts its share of the local activities, of the timers (each cancels the one before) and of the
 * activities on a queue of their own.
 */
export async function floorOrder({ sendQueue, signals, locals, timers, activities }: FloorInput): Promise<void> {
  const { send } = proxyActivities<FloorActivities>({ taskQueue: sendQueue, startToCloseTimeout: '15 seconds' });
  let heard = 0;
  setHandler(poke, () => void (heard += 1));
  let timer = new CancellationScope();
  for (let round = 0; round < signals; round += 1) {
    await condition(() => heard > round);
    for (let count = ofRound(locals, round, signals); count > 0; count -= 1) await look(round);
    const sending = Array.from({ length: ofRound(activities, round, signals) }, () => send(round));
    for (let count = ofRound(timers, round, signals); count > 0; count -= 1) {
      timer.cancel();
      timer = new CancellationScope();
      void timer.run(() => sleep('30 days')).catch(endOnly);
    }
    await Promise.all(sending);
  }
  await condition(() => false);
}

/** The share of a round in a total that is divided as evenly as possible. */
function ofRound(total: number, round: number, rounds: number): number {
  return Math.floor((total * (round + 1)) / rounds) - Math.floor((total * round) / rounds);
}

function endOnly(error: unknown): void {
  if (!isCancellation(error)) throw error;
}
