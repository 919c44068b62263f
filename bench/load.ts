/**
 * `npm run bench:load`: what a message costs, from the shop's event to the provider's receipt, with every part of the installation a
 * process of its own. CPU and memory are read from /proc, so it needs Linux. The floor is an empty workflow with the same signals,
 * timers and activities on the same server. The last line is JSON.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { connectTemporal } from '../engine/temporal.ts';
import { percentile, table, verdict } from '../kit/report.ts';
import { runAsDrill } from '../dev/drill/servers.ts';
import { orderWorkflowId } from '../workflows/contract.ts';
import { playBlock } from './load/block.ts';
import { startFloor, workOf } from './load/floor.ts';
import { measureGrowth } from './load/growth.ts';
import type { PartUsage } from './load/parts.ts';
import { PARTS, startParts } from './load/parts.ts';
import { idOf, openLoadShop } from './load/shop.ts';
import { forgetStatements, shortened, statementCosts } from './load/statements.ts';
import { measureWaiting } from './load/waiting.ts';

interface Size {
  readonly orders: number;
  readonly rounds: number;
  readonly warmUp: number;
  readonly latencySeconds: number;
  readonly restMs: number;
  /** The bench waits this long after a block, ms. */
  readonly settledMs: number;
  /** The number of orders at the end. Absent: growth is not measured. */
  readonly growth: number;
  /** The number of orders that only wait. Absent: their memory is not measured. */
  readonly waiting: number;
  readonly minutes: number;
}

/**
 * After the receipt of a message, the result of its activity and the timer of its order are still processed. Temporal
 * also keeps a timer of 10 to 15 s for each task and looks at it when it ends. Without this wait, a block would
 * include the timers of the block before.
 */
const SMALL = { orders: 8, warmUp: 4, latencySeconds: 2, restMs: 500, settledMs: 500 };
const FULL = { orders: 200, warmUp: 50, latencySeconds: 30, restMs: 15_000, settledMs: 16_000 };
const LATENCY_PER_SECOND = 5;
const STATEMENTS_SHOWN = 14;
/** Machines are compared at this floor (docs/decisions/0120). */
const COMPARED_AT_MS = 15;

function readSize(): Size {
  const { values } = parseArgs({
    options: {
      small: { type: 'boolean', default: false },
      orders: { type: 'string' },
      rounds: { type: 'string', default: '4' },
      growth: { type: 'boolean', default: false },
      until: { type: 'string', default: '5000' },
      waiting: { type: 'string', default: '0' },
      minutes: { type: 'string', default: '10' },
    },
  });
  const size = values.small ? SMALL : FULL;
  return {
    ...size,
    orders: Number(values.orders ?? size.orders),
    rounds: Number(values.rounds),
    growth: values.growth ? Number(values.until) : 0,
    waiting: Number(values.waiting),
    minutes: Number(values.minutes),
  };
}

await runAsDrill(async (begun) => {
  const { orders, rounds, warmUp, latencySeconds, restMs, settledMs, growth, waiting, minutes } = readSize();
  const parts = await startParts(begun);
  const empty = parts.usage();
  const shop = openLoadShop(parts);
  const { client, close } = connectTemporal({ connectionOptions: { address: parts.temporalAddress } });
  begun(close);

  const warm = shop.take(warmUp);
  await shop.flood(warm, rounds);
  if (growth > 0) return measureGrowth(parts, shop, { until: growth, minutes, rounds, settledMs });
  if (waiting > 0) return measureWaiting(parts, shop, client, { orders: waiting, restMs, minutes });
  const floor = await startFloor(parts.temporalAddress, begun);
  const own = await workOf(client, orderWorkflowId(parts.brand, idOf(warm[0] ?? 0)));
  // The floor has an activity for each message, as on the send queue. Ours often has none: its local activity sends.
  const work = { ...own, activities: rounds };
  await floor.play(warmUp, work);

  // Half of the floor is measured before and half after, because the server's tables grow.
  const floored = { floor: 0, temporal: 0, seconds: 0 };
  const playFloor = async (count: number): Promise<void> => {
    const [ours, server, from] = [floor.usage(), parts.temporal(), performance.now()];
    await floor.play(count, work);
    floored.seconds += (performance.now() - from) / 1000;
    await sleep(settledMs);
    floored.floor += floor.usage().cpuMs - ours.cpuMs;
    floored.temporal += parts.temporal().cpuMs - server.cpuMs;
  };
  const half = Math.ceil(orders / 2);
  await playFloor(half);

  await forgetStatements(parts.ownerUrl);
  const loaded = await playBlock(parts, shop, shop.take(orders), { rounds, settledMs });
  const statements = await statementCosts(parts.ownerUrl);
  const messages = orders * rounds;
  await playFloor(half);
  const floorMessages = half * 2 * work.activities;
  const floorMs = (floored.floor + floored.temporal) / floorMessages;

  const quiet = await latency(LATENCY_PER_SECOND);
  const busy = await latency(loaded.perSecond / 2);

  await sleep(restMs);
  const rested = parts.usage();
  await sleep(restMs);
  const atRest = parts.usage();

  heading(
    `${messages} messages of ${orders} orders; CPU ms a message, ${loaded.perSecond.toFixed(0)} messages a second`,
  );
  table([
    ['part', 'CPU ms', 'RSS MB empty', 'RSS MB at rest', 'PSS MB at rest', 'CPU % at rest'],
    ...PARTS.map((part, index) => [
      part,
      hundredths(loaded.cpu[index] ?? 0),
      Math.round(empty[part].rssMb),
      Math.round(atRest[part].rssMb),
      Math.round(atRest[part].pssMb),
      hundredths(((atRest[part].cpuMs - rested[part].cpuMs) / restMs) * 100),
    ]),
    ['all', hundredths(loaded.total), '', '', '', ''],
    ['floor', hundredths(floorMs), '', '', '', ''],
  ]);
  heading('the floor');
  console.log(
    `an empty workflow with ${work.signals} signals, ${work.locals} local activities, ${work.timers} timers and ${work.activities} activities ` +
      `an order: ${(floored.floor / floorMessages).toFixed(2)} ms its workers and client, ${(floored.temporal / floorMessages).toFixed(2)} ms Temporal, ` +
      `${(floorMessages / floored.seconds).toFixed(0)} messages a second. An order of ours has ${own.workflowTasks} workflow tasks, ${own.activities} activities, ${own.events} events and ` +
      `${hundredths(own.transitions / rounds)} state transitions a message.`,
  );
  heading('statements, ms a message');
  table([
    ['calls a message', 'exec', 'plan', 'WAL bytes', 'statement'],
    ...statements
      .slice(0, STATEMENTS_SHOWN)
      .map(({ text, calls, execMs, planMs, walBytes }) => [
        hundredths(calls / messages),
        hundredths(execMs / messages),
        hundredths(planMs / messages),
        Math.round(walBytes / messages),
        shortened(text),
      ]),
    [
      hundredths(sum(statements.map(({ calls }) => calls)) / messages),
      hundredths(sum(statements.map(({ execMs }) => execMs)) / messages),
      hundredths(sum(statements.map(({ planMs }) => planMs)) / messages),
      Math.round(sum(statements.map(({ walBytes }) => walBytes)) / messages),
      'all',
    ],
  ]);
  heading('from the 202 of an event to its message at the provider, ms');
  table([
    ['events a second', 'p50', 'p99'],
    ...[quiet, busy].map(({ perSecond, ms }) => [perSecond.toFixed(0), percentile(ms, 0.5), percentile(ms, 0.99)]),
  ]);

  const figures = {
    msPerMessage: hundredths(loaded.total),
    floorMs: hundredths(floorMs),
    ratio: hundredths(loaded.total / floorMs),
    postgresMs: hundredths(loaded.cpu[0] ?? 0),
    restMb: rssOf(atRest),
    p50Ms: percentile(quiet.ms, 0.5),
    p99Ms: percentile(quiet.ms, 0.99),
  };
  const atFloor = (ms: number): number => hundredths((ms * COMPARED_AT_MS) / floorMs);
  heading(
    `at the speed of a floor of ${COMPARED_AT_MS} ms: ${atFloor(figures.msPerMessage)} ms a message, ${atFloor(figures.postgresMs)} of them PostgreSQL; ` +
      `p50 ${atFloor(figures.p50Ms)} ms, p99 ${atFloor(figures.p99Ms)} ms`,
  );

  const { expected, out } = shop.counts();
  const passed = out === expected;
  if (!passed) console.log(`${out} messages are out, and ${expected} should be`);
  return verdict(figures, passed);

  async function latency(perSecond: number): Promise<{ readonly perSecond: number; readonly ms: readonly number[] }> {
    const taken = shop.take(Math.max(1, Math.round((latencySeconds * perSecond) / rounds)));
    return { perSecond, ms: await shop.steady(taken, rounds, perSecond) };
  }
});

function heading(words: string): void {
  console.log(`\n${words}\n`);
}

function rssOf(usage: PartUsage): Readonly<Record<'api' | 'orders' | 'send', number>> {
  const mb = (part: 'api' | 'orders' | 'send'): number => Math.round(usage[part].rssMb);
  return { api: mb('api'), orders: mb('orders'), send: mb('send') };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
