import { expect, it } from 'vitest';
import { SEND_BUGS } from './send/channel.ts';
import { runDrillProgram } from '../helpers/drill.ts';

/** The drill starts its own servers, sends for half a minute and waits for what a killed worker leaves behind: 65 s, and 170 s beside much else. */
const LIMIT = 900_000;

it(
  'killed at every point, under every fault, each message is taken once or given up for its reason',
  async () => {
    const { code, figures, output } = await runDrillProgram('send', '--small');
    expect(figures, output).toEqual({ messages: 132, duplicated: 0, lost: 0, unexplained: 0 });
    expect(code).toBe(0);
  },
  LIMIT,
);

it(
  'the drill finds each of the planted bugs',
  async () => {
    const { code, figures, output } = await runDrillProgram('send', '--bug', SEND_BUGS.join());
    const some = expect.toSatisfy((count: number) => count > 0) as number;
    expect(figures, output).toMatchObject({
      found: {
        blind_retry: { duplicated: some },
        claim_then_skip: { lost: some },
        settle_at_once: { duplicated: some },
      },
    });
    expect(code).toBe(1);
  },
  LIMIT,
);
