/**
 * How many workflows the drainer wakes a second. Temporal shares its task queues fairly between brands, but the queue of a worker's cached
 * runs is first come, first served: with one brand's 5,000 events in it, another brand's order waited 7 s for its first task. The events
 * wait in the inbox instead, where brands take turns.
 *
 * The engine is behind when a run that was told does not get a worker. The drainer looks at one told run now and then, because no figure
 * of Temporal counts the tasks of cached runs. The rate falls by three tenths for each look that finds the run waiting, and rises by a tenth
 * otherwise, as congestion control on a network does. Each drainer finds its own share.
 */

/** Ms that a run may take to get a worker. */
const KEEPS_UP_WITHIN = 200;
/** A look costs the engine about half as much as a call: one is made after so many calls, or so many ms. */
const LOOK_EVERY = { calls: 5, ms: 1_000 };
/** Calls a second. Two cores carry about 50; an engine that is not behind gets ten times as many within ten seconds. */
const RATES = { least: 15, first: 30, most: 1_000 };
const FALLS = 0.7;
const RISES = 1.1;
/** Seconds whose calls may come at once. */
const BURST = 0.25;

export interface Pace<Ref> {
  /** How many workflows may be told now. Those of a round that has more brands than that are told all the same, and the next rounds make up for it. */
  room(): number;
  /** Calls a second, at present. */
  rate(): number;
  /** A workflow was told. */
  told(ref: Ref): void;
  /** Looks, if it is time to, whether the engine keeps up. */
  look(): Promise<void>;
}

/** `waits`: ms that the next task of a run has waited for a worker; 0 if it waits for none. `now`: wall ms. */
export function createPace<Ref>(waits: (ref: Ref) => Promise<number>, now = () => performance.now()): Pace<Ref> {
  let rate = RATES.first;
  let tokens = rate * BURST;
  let filledAt = now();
  /** The rate was used up since the last look. */
  let held = false;
  let sample: { readonly ref: Ref; readonly at: number } | undefined;
  let calls = 0;
  let lookedAt = now();

  return {
    rate: () => rate,
    room() {
      const at = now();
      tokens = Math.min(tokens + (rate * (at - filledAt)) / 1000, Math.max(1, rate * BURST));
      filledAt = at;
      return Math.max(0, Math.floor(tokens));
    },
    told(ref) {
      tokens -= 1;
      held ||= tokens < 1;
      calls += 1;
      sample ??= { ref, at: now() };
    },
    async look() {
      const at = now();
      if (!sample || at - Math.max(sample.at, lookedAt) < KEEPS_UP_WITHIN) return;
      if (!held && calls < LOOK_EVERY.calls && at - lookedAt < LOOK_EVERY.ms) return;
      const waited = Math.min(at - sample.at, await waits(sample.ref));
      lookedAt = now();
      calls = 0;
      if (waited >= KEEPS_UP_WITHIN) {
        // The same run is looked at again: the queue before it may be long.
        rate = Math.max(RATES.least, rate * FALLS);
        return;
      }
      sample = undefined;
      // A rate that nobody used has not been tried.
      if (held) rate = Math.min(RATES.most, rate * RISES);
      held = false;
    },
  };
}
