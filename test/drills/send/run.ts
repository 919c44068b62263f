/** The course of the send drill: batch after batch until nothing moves any more. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kills } from './kills.ts';
import type { Batch } from './plan.ts';
import type { SendStage } from './stage.ts';

/**
 * Time after the last batch. A message that is not settled by then never will be: a refused message alone waits for
 * 30 s.
 */
const LONGEST_SETTLING_MS = 180_000;
const LOOK_EVERY_MS = 200;

/** Places all orders and kills the workers under them. Afterwards every message is settled, or time is up. */
export async function runSends(stage: SendStage, kills: Kills, batches: readonly Batch[]): Promise<void> {
  for (const [index, batch] of batches.entries()) {
    await stage.place(batch);
    await kills.hit(batch);
    console.log(`batch ${index + 1} of ${batches.length}: ${batch.length} messages, ${kills.done()} workers killed`);
  }
  const deadline = performance.now() + LONGEST_SETTLING_MS;
  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    while (performance.now() < deadline && !(await isSo())) await sleep(LOOK_EVERY_MS);
  };
  await until(async () => (await stage.unsettled()) === 0);
  // A send whose worker was killed is given to another one, which has to leave alone what is settled.
  for (const { order } of batches.flat()) await until(() => stage.isIdle(order));
}
