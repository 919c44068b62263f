/** An installation on virtual time. The workflows are told of everything that is stored before the time moves on. */
import { setTimeout as pause } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Db } from '../db/connection/connect.ts';
import { countPending } from '../db/orders/inbox.ts';
import { countUnstarted } from '../db/outbox/outbox.ts';

export interface VirtualTime {
  now(): Promise<number>;
  /**
   * Lets time pass until a moment (epoch ms), with every timer before it. A moment in the past only waits for the
   * inbox.
   */
  advanceTo(moment: number): Promise<void>;
  /** Resolves when the workflows have been told everything that is stored. */
  settled(): Promise<void>;
}

const POLL_MS = 5;
/** Wall time: an inbox that does not get empty within it shows a fault. */
const SETTLE_LIMIT_MS = 30_000;

export function virtualTime(environment: TestWorkflowEnvironment, db: Db): VirtualTime {
  const now = (): Promise<number> => environment.currentTimeMs();
  async function settled(): Promise<void> {
    for (let waited = 0; waited < SETTLE_LIMIT_MS; waited += POLL_MS) {
      if ((await countPending(db)) + (await countUnstarted(db)) === 0) return;
      await pause(POLL_MS);
    }
    throw new Error('the inbox does not empty: is the drainer running?');
  }
  return {
    now,
    settled,
    advanceTo: async (moment) => {
      await settled();
      const ahead = moment - (await now());
      if (ahead > 0) await environment.sleep(ahead);
    },
  };
}
