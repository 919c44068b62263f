import { describe, expect, it } from 'vitest';
import { createPace } from '../../engine/pace.ts';

/**
 * An engine that takes `carries(ms)` tasks a second, in their order, and a drainer that has always something to tell: a round every 50 ms.
 * Returns, for each second, the tasks told and the longest wait of a task that was taken, ms.
 */
async function run(seconds: number, carries: (at: number) => number, backlog = Infinity) {
  let now = 0;
  let capacity = 0;
  let untold = backlog;
  const queue: number[] = [];
  const taken = new Map<number, number>();
  let id = 0;
  const toldAt = new Map<number, number>();
  const pace = createPace<number>(
    (one) => Promise.resolve(taken.has(one) ? 0 : now - (toldAt.get(one) ?? 0)),
    () => now,
  );
  const told: number[] = [];
  const longest: number[] = [];
  while (now < seconds * 1000) {
    const second = Math.floor(now / 1000);
    capacity = Math.min(capacity + (carries(now) * 50) / 1000, Math.max(1, carries(now) * 0.05));
    for (; capacity >= 1 && queue.length > 0; capacity -= 1) {
      const next = queue.shift() ?? 0;
      taken.set(next, now);
      longest[second] = Math.max(longest[second] ?? 0, now - (toldAt.get(next) ?? 0));
    }
    await pace.look();
    for (let room = Math.min(pace.room(), untold); room > 0; room -= 1) {
      untold -= 1;
      id += 1;
      queue.push(id);
      toldAt.set(id, now);
      pace.told(id, 10);
      told[second] = (told[second] ?? 0) + 1;
    }
    now += 50;
  }
  return { told, longest, queue, rate: pace.rate() };
}
const sum = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0);

it.each([20, 40, 80, 300])(
  'a flood never makes the tasks of an engine that carries %i a second wait for more than 1.5 s',
  async (carries) => {
    const { longest, told } = await run(60, () => carries);
    expect(Math.max(...longest)).toBeLessThan(1_500);
    // The engine is busy nearly all the time: the flood is held back, and not the engine.
    expect(sum(told.slice(10))).toBeGreaterThan(carries * 50 * 0.75);
  },
);

it('an engine that gets slower while it is flooded is followed within seconds', async () => {
  const { longest } = await run(60, (at) => (at < 30_000 ? 300 : 40));
  expect(Math.max(...longest.slice(45))).toBeLessThan(1_500);
});

it('an engine that is not behind takes a thousand orders within fifteen seconds', async () => {
  const { told } = await run(15, () => 1_000, 1_000);
  expect(sum(told)).toBe(1_000);
});

it('workers that are away are told of at least fifteen orders a second, and of more when they are back', async () => {
  const { told, rate } = await run(60, (at) => (at < 30_000 ? 0 : 200));
  expect(Math.min(...told.slice(5, 29))).toBeGreaterThanOrEqual(14);
  expect(rate).toBeGreaterThan(100);
});

it('the backlog is looked at after every fifth call or after a second, and at most five times a second', async () => {
  let now = 0;
  let looks = 0;
  const pace = createPace<number>(
    () => {
      looks += 1;
      return Promise.resolve(0);
    },
    () => now,
  );
  // Five orders a second for ten seconds.
  for (; now < 10_000; now += 200) {
    await pace.look();
    expect(pace.room()).toBeGreaterThan(0);
    pace.told(now, 10);
  }
  expect(looks).toBeLessThanOrEqual(10);
  expect(looks).toBeGreaterThanOrEqual(8);
  // A rate that was not used up does not rise: the next flood would find it too high.
  expect(pace.rate()).toBe(15);
});

describe('calls that take long', () => {
  /** An engine whose runs always get a worker at once; each call takes `tookMs`. Returns the rate after each second. */
  async function rates(seconds: number, tookMs: (at: number) => number): Promise<readonly number[]> {
    let now = 0;
    const pace = createPace<number>(
      () => Promise.resolve(0),
      () => now,
    );
    const after: number[] = [];
    for (; now < seconds * 1000; now += 50) {
      await pace.look();
      for (let room = pace.room(); room > 0; room -= 1) pace.told(now, tookMs(now));
      if (now % 1000 === 950) after.push(pace.rate());
    }
    return after;
  }

  it('lower the rate although every run gets a worker', async () => {
    const after = await rates(40, (at) => (at < 20_000 ? 10 : 500));
    expect(after[19]).toBeGreaterThan(50);
    expect(after[25]).toBeLessThan(20);
  });

  it('lower it for no longer than they take: after a slow second it rises again', async () => {
    const after = await rates(40, (at) => (at >= 20_000 && at < 21_000 ? 500 : 10));
    expect(after[20]).toBeLessThan((after[19] ?? 0) / 2);
    expect(after.at(-1)).toBeGreaterThan((after[20] ?? 0) * 2);
  });

  it('do not lower it where the network alone takes as long', async () => {
    const after = await rates(20, () => 300);
    expect(after.at(-1)).toBeGreaterThan(50);
  });

  it('do not lower it for ever after the engine has moved to a place from which each answer takes longer', async () => {
    const after = await rates(600, (at) => (at < 20_000 ? 5 : 300));
    expect(after.at(-1)).toBeGreaterThan(50);
  });
});
