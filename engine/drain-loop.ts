/** A loop over one outbox: it looks, works, sleeps until something is stored, and backs off while the engine or the database is away. */
import type { Logger } from 'pino';
import { traceOf } from '../telemetry/log.ts';

/** Result of one look. `more`: there may be further rows. `away`: the engine or the database did not answer. */
export interface Round {
  readonly more: boolean;
  readonly away: boolean;
  /** Ms for which the engine must not be told of further rows, if there are any. */
  readonly inMs?: number;
}

export interface DrainLoop {
  /** A row was stored: the loop looks at once. */
  wake(): void;
  /** Ends after the calls under way. Other rows stay stored. */
  stop(): Promise<void>;
}

const FIRST_BACKOFF = 100;
const LONGEST_BACKOFF = 5_000;

/**
 * `round` gets a function that tells whether the loop is stopping, so that it begins no further calls. `pollMs`: wall ms between two
 * looks when nothing wakes the loop, for rows that another process stored.
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
      // A new order does not shorten the wait while the engine is away.
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
