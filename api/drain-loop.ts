/** One loop over one outbox: looks, works, sleeps until something was stored, and backs off while the other side is away. */
import type { Logger } from 'pino';
import { traceOf } from './middleware.ts';

/** What one look has found. `more`: there may be further rows. `away`: the engine or the database did not answer. */
export interface Round {
  readonly more: boolean;
  readonly away: boolean;
  /** There are further rows, and the engine is not to be told of them before so many ms. */
  readonly inMs?: number;
}

export interface DrainLoop {
  /** Something was stored: look at once. */
  wake(): void;
  /** Ends after the calls under way. What is left stays stored. */
  stop(): Promise<void>;
}

const FIRST_BACKOFF = 100;
const LONGEST_BACKOFF = 5_000;

/**
 * `round` is given a way to ask whether the loop is stopping, so that it begins no further calls. `pollMs`: wall ms between two looks
 * when nothing wakes the loop, for what another process stored.
 */
export function startDrainLoop(
  name: string,
  round: (isStopping: () => boolean) => Promise<Round>,
  { log, pollMs }: { readonly log: Logger; readonly pollMs: number },
): DrainLoop {
  let stopping = false;
  let woken = false;
  let rouse = () => {};

  const pause = async (ms: number, untilWoken: boolean): Promise<void> => {
    if (stopping || (untilWoken && woken)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      rouse = () => {
        if (!stopping && !untilWoken) return;
        clearTimeout(timer);
        resolve();
      };
    });
  };

  const loop = async (): Promise<void> => {
    let backoff = 0;
    while (!stopping) {
      woken = false;
      const { more, away, inMs } = await round(() => stopping).catch((error: unknown): Round => {
        log.error({ kind: name, ...traceOf(error) }, 'drainer failed');
        return { more: false, away: true };
      });
      // An engine that is away is not asked more often because new orders come in.
      backoff = away ? Math.min(Math.max(backoff * 2, FIRST_BACKOFF), LONGEST_BACKOFF) : 0;
      if (away) await pause(backoff, false);
      else if (inMs !== undefined) await pause(inMs, false);
      else if (!more) await pause(pollMs, true);
    }
  };

  const ended = loop();
  return {
    wake() {
      woken = true;
      rouse();
    },
    async stop() {
      stopping = true;
      rouse();
      await ended;
    },
  };
}
