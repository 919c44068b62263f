import { expect, it } from 'vitest';
import { BUGS } from '../../drills/send/channel.ts';
import { runDrill } from '../helpers/drill.ts';

/** The drill starts its own servers, sends for half a minute and waits for what a killed worker leaves behind. */
const LIMIT = 300_000;

it(
  'killed at every point, under every fault, each message is taken once or given up for its reason',
  async () => {
    const { code, figures, output } = await runDrill('send', '--small');
    expect(figures, output).toEqual({ messages: 132, duplicated: 0, lost: 0, unexplained: 0 });
    expect(code).toBe(0);
  },
  LIMIT,
);

/** The effect of each of them on messages. */
const SHOWS = { blind_retry: 'duplicated', claim_then_skip: 'lost', settle_at_once: 'duplicated' } as const;

it(
  'the drill finds each of the planted bugs',
  async () => {
    const outcomes = await Promise.all(BUGS.map(async (bug) => ({ bug, ...(await runDrill('send', '--bug', bug)) })));
    for (const { bug, code, figures, output } of outcomes) {
      expect(figures[SHOWS[bug]], output).toBeGreaterThan(0);
      expect(code, output).toBe(1);
    }
  },
  LIMIT,
);
