import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { giveBackAtRest } from '../../../app/runtime/memory-at-rest.ts';

/** At rest is less than 1.5 % of a core: on a busy machine a look and what the test runner does take more than that of 100 ms. */
const LOOK_EVERY = 250;

function work(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

/** Garbage that nothing else has a reason to collect. */
function litter(): WeakRef<object> {
  return new WeakRef({ what: 'litter' });
}

it('memory of a thread that has come to rest is given back, once after each time of work', async () => {
  const stop = giveBackAtRest(LOOK_EVERY);
  try {
    for (let times = 0; times < 2; times += 1) {
      const left = litter();
      await sleep(LOOK_EVERY);
      work(2 * LOOK_EVERY);
      while (left.deref() !== undefined) await sleep(LOOK_EVERY);
      expect(left.deref()).toBeUndefined();
    }
  } finally {
    stop();
  }
});
