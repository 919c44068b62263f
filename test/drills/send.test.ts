import { afterAll, expect, it } from 'vitest';
import type { Program } from '../../drills/programs.ts';
import { startProgram } from '../../drills/programs.ts';
import { BUGS } from '../../drills/send/channel.ts';

/** The drill starts its own servers, sends for half a minute and waits for what a killed worker leaves behind. */
const LIMIT = 300_000;

const running = new Set<Program>();
afterAll(async () => {
  for (const program of running) program.kill('SIGTERM');
  await Promise.all([...running].map(({ ended }) => ended));
});

interface Outcome {
  readonly code: number | NodeJS.Signals;
  readonly figures: Readonly<Record<string, number>>;
  /** All that it said. */
  readonly output: string;
}

/** Runs `npm run drill:send -- ARGS` to its end. Throws with all it said if its last line is no JSON. */
async function drill(...args: readonly string[]): Promise<Outcome> {
  const program = startProgram(['drills/send.ts', ...args]);
  running.add(program);
  const code = await program.ended;
  running.delete(program);
  const output = program.output();
  try {
    return { code, output, figures: JSON.parse(output.trim().split('\n').at(-1) ?? '') as Outcome['figures'] };
  } catch {
    throw new Error(`the drill ended with ${code}:\n${output}`);
  }
}

it(
  'killed at every point, under every fault, each message is taken once or given up for its reason',
  async () => {
    const { code, figures, output } = await drill('--small');
    expect(figures, output).toEqual({ messages: 264, duplicated: 0, lost: 0, unexplained: 0 });
    expect(code).toBe(0);
  },
  LIMIT,
);

/** What each of them does to messages. */
const SHOWS = { blind_retry: 'duplicated', claim_then_skip: 'lost', settle_at_once: 'duplicated' } as const;

it(
  'the drill finds each of the planted bugs',
  async () => {
    const outcomes = await Promise.all(BUGS.map(async (bug) => ({ bug, ...(await drill('--bug', bug)) })));
    for (const { bug, code, figures, output } of outcomes) {
      expect(figures[SHOWS[bug]], output).toBeGreaterThan(0);
      expect(code, output).toBe(1);
    }
  },
  LIMIT,
);
