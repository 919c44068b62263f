/** `bench:load -- --waiting 10000`: the memory of orders that only wait. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { MINUTE } from '../../domain/time/duration.ts';
import { table, verdict } from '../../kit/report.ts';
import type { LoadParts, PartUsage } from './parts.ts';
import { PARTS } from './parts.ts';
import type { LoadShop } from './shop.ts';

export interface Waiting {
  readonly orders: number;
  readonly restMs: number;
  /** No further orders are placed after this time, minutes. */
  readonly minutes: number;
}

const OURS = ['api', 'orders', 'send'] as const;
const AT_A_TIME = 250;
const POLL_MS = 500;
/** If the runs have not begun by then, the bench has failed. */
const BEGUN_WITHIN_MS = 300_000;

/** Places the orders, waits until each has a run, and compares the memory of our processes at rest before and after. */
export async function measureWaiting(
  parts: LoadParts,
  shop: LoadShop,
  client: Client,
  { orders, restMs, minutes }: Waiting,
): Promise<boolean> {
  const begun = performance.now();
  const runs = async (): Promise<number> => (await client.workflow.count('WorkflowType = "orderJourney"')).count;
  await sleep(restMs);
  const before = parts.usage();
  const known = await runs();
  const { out } = shop.counts();
  let placed = 0;
  while (placed < orders && performance.now() - begun < minutes * MINUTE) {
    const next = shop.take(Math.min(AT_A_TIME, orders - placed));
    await shop.placeWaiting(next);
    placed += next.length;
  }
  const deadline = performance.now() + BEGUN_WITHIN_MS;
  for (let count = await runs(); count < known + placed; count = await runs()) {
    parts.assertAlive();
    if (performance.now() > deadline) throw new Error(`${count - known} of ${placed} orders have a run`);
    await sleep(POLL_MS);
  }
  await sleep(restMs);
  const after = parts.usage();
  const sent = shop.counts().out - out;
  console.log(`\n${placed} orders were placed and wait; MB, and what they have added\n`);
  table([
    ['part', 'RSS', 'added', 'PSS', 'added'],
    ...PARTS.map((part) => [
      part,
      Math.round(after[part].rssMb),
      Math.round(after[part].rssMb - before[part].rssMb),
      Math.round(after[part].pssMb),
      Math.round(after[part].pssMb - before[part].pssMb),
    ]),
  ]);
  if (sent > 0) console.log(`${sent} messages went out: these orders did not only wait`);
  return verdict({ waiting: placed, addedMb: Math.round(rssOfOurs(after) - rssOfOurs(before)) }, sent === 0);
}

function rssOfOurs(usage: PartUsage): number {
  return OURS.reduce((sum, part) => sum + usage[part].rssMb, 0);
}
