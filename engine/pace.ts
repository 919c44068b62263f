/**
 * The number of workflows that the drainer wakes per second. Temporal shares its task queues fairly between brands,
 * but the queue of a worker's cached runs is first come, first served: behind 5,000 events of one brand, an order of
 * another brand waited 7 s for its first task. So events wait in the inbox, where brands take turns.
 *
 * The engine is behind if its calls are much slower than the fastest one, or if a run that was told does not get a
 * worker. No figure of Temporal counts the tasks of cached runs, so the drainer looks at one told run now and then.
 * The rate falls by three tenths for each round of slow calls and for each look that finds the run waiting. It rises
 * by a tenth for each other look, like congestion control in a network. Several drainers each find their own share.
 */

/**
 * The engine keeps up if a run gets a worker within this time, ms, and if no call is slower than the fastest call by
 * more than this. The fastest call shows the delay of the network, so a distant engine does not count as slow.
 */
const KEEPS_UP_WITHIN = 200;
/**
 * The fastest call is forgotten after half of this time (ms) at the earliest, and after all of it at the latest.
 * Otherwise an engine that has moved further away would be told at the lowest rate for ever. An engine that is behind
 * for longer is still noticed by the runs that wait.
 */
const FASTEST_KEPT = 300_000;
/** A look costs the engine about half as much as a call, so one is made only after this many calls or ms. */
const LOOK_EVERY = { calls: 5, ms: 1_000 };
/**
 * Calls a second. Two cores carry about 50, and fewer while runs are started. An engine that keeps up gets the
 * highest rate within ten seconds.
 */
const RATES = { least: 15, first: 15, most: 1_000 };
const FALLS = 0.7;
const RISES = 1.1;
/** Seconds of calls that may be made at once. */
const BURST = 0.25;

export interface Pace<Ref> {
  /**
   * The number of workflows that may be told now. A round with more brands still tells one workflow of each brand,
   * and the next rounds tell fewer.
   */
  room(): number;
  /** Calls a second, now. */
  rate(): number;
  /** Records that a workflow was told, and that the call took `ms`. */
  told(ref: Ref, ms: number): void;
  /** Looks whether the engine keeps up, if a look is due. */
  look(): Promise<void>;
}

/** `waits`: ms for which a run's next task has waited for a worker; 0 if it waits for none. `now`: wall ms. */
export function createPace<Ref>(waits: (ref: Ref) => Promise<number>, now = () => performance.now()): Pace<Ref> {
  let rate = RATES.first;
  let tokens = rate * BURST;
  let filledAt = now();
  /** True if the whole rate was used since the last look. */
  let held = false;
  let sample: { readonly ref: Ref; readonly at: number } | undefined;
  let calls = 0;
  let lookedAt = now();
  /**
   * Ms of the fastest call in the present half of `FASTEST_KEPT` and in the half before, and of the slowest call
   * since the last round.
   */
  let fastest = Infinity;
  let fastestBefore = Infinity;
  let fastestSince = now();
  let slowest = 0;

  const fall = (): void => {
    rate = Math.max(RATES.least, rate * FALLS);
  };

  return {
    rate: () => rate,
    room() {
      const at = now();
      tokens = Math.min(tokens + (rate * (at - filledAt)) / 1000, Math.max(1, rate * BURST));
      filledAt = at;
      return Math.max(0, Math.floor(tokens));
    },
    told(ref, ms) {
      fastest = Math.min(fastest, ms);
      slowest = Math.max(slowest, ms);
      tokens -= 1;
      held ||= tokens < 1;
      calls += 1;
      sample ??= { ref, at: now() };
    },
    async look() {
      const at = now();
      const isSlow = slowest >= Math.min(fastest, fastestBefore) + KEEPS_UP_WITHIN;
      if (at - fastestSince >= FASTEST_KEPT / 2) {
        fastestBefore = fastest;
        fastest = Infinity;
        fastestSince = at;
      }
      slowest = 0;
      if (isSlow) {
        fall();
        return;
      }
      if (!sample || at - Math.max(sample.at, lookedAt) < KEEPS_UP_WITHIN) return;
      if (!held && calls < LOOK_EVERY.calls && at - lookedAt < LOOK_EVERY.ms) return;
      const waited = Math.min(at - sample.at, await waits(sample.ref));
      lookedAt = now();
      calls = 0;
      if (waited >= KEEPS_UP_WITHIN) {
        // The next look is at the same run, because the queue before it may be long.
        fall();
        return;
      }
      sample = undefined;
      // A rate that was not used up has not been tested, so it does not rise.
      if (held) rate = Math.min(RATES.most, rate * RISES);
      held = false;
    },
  };
}
