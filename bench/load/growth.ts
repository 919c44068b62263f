/**
 * `bench:load -- --growth`: whether a message costs more when there are more orders, and which statements get dearer.
 */
import { loadavg } from 'node:os';
import { shortened, forgetStatements, statementCosts } from './statements.ts';
import { playBlock } from './block.ts';
import type { LoadParts } from './parts.ts';
import { PARTS } from './parts.ts';
import type { LoadShop } from './shop.ts';
import { MINUTE } from '../../domain/time/duration.ts';
import { table, verdict } from '../../kit/report.ts';

export interface Growth {
  /** Orders in the end. */
  readonly until: number;
  /** No block is begun after this time, minutes. */
  readonly minutes: number;
  readonly rounds: number;
  readonly settledMs: number;
}

const BLOCKS = 6;
/** Orders at a time. If a whole block were one flood, its queue would be minutes long. */
const AT_A_TIME = 50;
const RISERS_SHOWN = 8;

/**
 * Prints each block when it has ended. True if all messages were sent: the figures depend on the machine, so they are
 * not judged.
 */
export async function measureGrowth(
  parts: LoadParts,
  shop: LoadShop,
  { until, minutes, rounds, settledMs }: Growth,
): Promise<boolean> {
  const begun = performance.now();
  const known = shop.counts().expected / rounds;
  const size = Math.max(1, Math.round((until - known) / BLOCKS));
  const blocks: {
    readonly orders: number;
    readonly total: number;
    readonly pages: number;
    readonly statements: ReadonlyMap<string, number>;
  }[] = [];
  console.log(
    `\ngrowth: CPU ms and pages of PostgreSQL a message, and the machine's load\n\n` +
      lineOf(['orders', ...PARTS, 'all', 'pages', 'a second', 'load']),
  );
  for (let index = 1; index <= BLOCKS; index += 1) {
    if (performance.now() - begun > minutes * MINUTE) {
      console.log(`${minutes} minutes are over: ${BLOCKS - index + 1} blocks are left out`);
      break;
    }
    await forgetStatements(parts.ownerUrl);
    const { cpu, total, perSecond } = await playBlock(parts, shop, shop.take(size), {
      rounds,
      settledMs,
      atATime: AT_A_TIME,
    });
    const costs = await statementCosts(parts.ownerUrl);
    const pages = costs.reduce((sum, cost) => sum + cost.pages, 0) / (size * rounds);
    const statements = new Map(costs.map(({ text, execMs, planMs }) => [text, (execMs + planMs) / (size * rounds)]));
    const orders = Math.round(known + index * size);
    blocks.push({ orders, total, pages, statements });
    const load = Math.round(loadavg()[0] ?? 0);
    console.log(
      lineOf([orders, ...cpu.map(hundredths), hundredths(total), Math.round(pages), Math.round(perSecond), load]),
    );
  }
  const [first, last] = [blocks[0], blocks.at(-1)];
  if (!first || !last) throw new Error('no block was played');
  const risers = [...last.statements]
    .map(([text, ms]) => ({ text, before: first.statements.get(text) ?? 0, ms }))
    .toSorted((one, other) => other.ms - other.before - (one.ms - one.before));
  console.log('\nstatements that rise, ms a message\n');
  table([
    ['first', 'last', 'statement'],
    ...risers
      .slice(0, RISERS_SHOWN)
      .map(({ text, before, ms }) => [hundredths(before), hundredths(ms), shortened(text)]),
  ]);
  return verdict(
    {
      orders: last.orders,
      firstMs: hundredths(first.total),
      lastMs: hundredths(last.total),
      ratio: hundredths(last.total / first.total),
      firstPages: Math.round(first.pages),
      lastPages: Math.round(last.pages),
    },
    shop.counts().out === shop.counts().expected,
  );
}

function lineOf(cells: readonly (string | number)[]): string {
  return cells.map((cell) => String(cell).padStart(9)).join('');
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
