import pino from 'pino';
import { expect, it } from 'vitest';
import { startPeriodic } from '../../engine/periodic.ts';

function logged() {
  const lines: string[] = [];
  const log = pino(
    { level: 'info' },
    { write: (line: string) => lines.push((JSON.parse(line) as { msg: string }).msg) },
  );
  return { lines, log };
}

it('a task that fails again and again is logged once, and so is its first success', async () => {
  const { lines, log } = logged();
  const rounds: number[] = [];
  const works = [false, false, false, true, true, false, false];
  await new Promise<void>((resolve) => {
    startPeriodic({ everyMs: 0, failed: 'not looked', log }, async (round) => {
      rounds.push(round);
      if (round === works.length) {
        resolve();
        return true;
      }
      if (works[round] === false) throw new Error('away');
      return false;
    });
  });
  expect(rounds).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(lines).toEqual(['not looked', 'works again', 'not looked']);
});

it('a stopped task ends its round under way and begins no other', async () => {
  const { log } = logged();
  let begun = 0;
  let ended = 0;
  const periodic = startPeriodic({ everyMs: 0, failed: 'not looked', log }, async () => {
    begun += 1;
    await new Promise((resolve) => setTimeout(resolve, 5));
    ended += 1;
  });
  await periodic.stop();
  expect([begun, ended]).toEqual([1, 1]);
});
