/** A block of messages, and the cost of each message, part by part. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PARTS } from './parts.ts';
import type { LoadParts } from './parts.ts';
import type { OrderNumber, LoadShop } from './shop.ts';

export interface BlockCost {
  /** CPU ms a message, in the order of `PARTS`. */
  readonly cpu: readonly number[];
  readonly total: number;
  readonly perSecond: number;
}

/** Plays the orders, this many at a time, and waits for `settledMs`, so that their remaining work is counted too. */
export async function playBlock(
  { usage }: LoadParts,
  shop: LoadShop,
  orders: readonly OrderNumber[],
  { rounds, settledMs, atATime = orders.length }: { rounds: number; settledMs: number; atATime?: number },
): Promise<BlockCost> {
  const before = usage();
  const from = performance.now();
  for (let index = 0; index < orders.length; index += atATime)
    await shop.flood(orders.slice(index, index + atATime), rounds);
  const seconds = (performance.now() - from) / 1000;
  await sleep(settledMs);
  const after = usage();
  const messages = orders.length * rounds;
  const cpu = PARTS.map((part) => (after[part].cpuMs - before[part].cpuMs) / messages);
  return { cpu, total: cpu.reduce((sum, ms) => sum + ms, 0), perSecond: messages / seconds };
}
