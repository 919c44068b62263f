/**
 * `npm run drill:restart -- [--parts api,worker,postgres,temporal] [--passes kill,stop] [--away 60] [--pause 3] [--rate 2]`:
 * API, workers, PostgreSQL and the Temporal dev server are each ended and started again while a shop keeps placing orders and
 * reporting events; then Temporal cannot be reached for a minute. All that was acknowledged reaches the provider exactly once, and
 * the table says how long that took. Ends with code 1 if anything was lost or sent twice, was refused while Temporal was away, or
 * if a process did not survive what others went through.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Cell } from '../../kit/report.ts';
import { table, verdict, percentile } from '../../kit/report.ts';
import { disconnect } from './restart/away.ts';
import { COMPONENTS } from './restart/components.ts';
import type { RestartJudgement } from './restart/judge.ts';
import { judgeRestart } from './restart/judge.ts';
import type { Errand, Load } from './restart/load.ts';
import { startLoad } from './restart/load.ts';
import type { Outage } from './restart/recovery.ts';
import { recoveryFrom, stillWaiting } from './restart/recovery.ts';
import type { RestartStage } from './restart/stage.ts';
import { openRestartStage } from './restart/stage.ts';
import { runAsDrill } from '../../dev/drill/servers.ts';

const PASSES = ['kill', 'stop'] as const;
type Pass = (typeof PASSES)[number];
const WAYS: Readonly<Record<Pass, string>> = { kill: 'SIGKILL', stop: 'asked to stop' };

/** An Idempotency-Key is taken for a minute when its request was killed: nothing else that may still come takes longer. */
const STANDSTILL_MS = 75_000;
/** An installation that does less than it is asked has a queue that never ends. */
const LONGEST_MS = 150_000;

const { values } = parseArgs({
  options: {
    parts: { type: 'string', default: COMPONENTS.join(',') },
    passes: { type: 'string', default: PASSES.join(',') },
    away: { type: 'string', default: '60' },
    pause: { type: 'string', default: '3' },
    rate: { type: 'string', default: '2' },
  },
});
const parts = COMPONENTS.filter((part) => values.parts.split(',').includes(part));
const passes = PASSES.filter((pass) => values.passes.split(',').includes(pass));
const awayMs = Number(values.away) * 1000;
/** The time for which a part is away, and the undisturbed time before it, so that there is work to interrupt. */
const pauseMs = Number(values.pause) * 1000;
const rate = Number(values.rate);
if (parts.length === 0 || passes.length === 0 || !(awayMs >= 1000) || !(pauseMs >= 0) || !(rate > 0)) {
  console.error(
    `--parts: of ${COMPONENTS.join(',')}. --passes: of ${PASSES.join(',')}. --away, --pause: seconds. --rate: orders a second.`,
  );
  process.exit(2);
}

/** refused: tries of the shop that failed. 409: tries whose key an earlier one held. waiting: messages that had to wait. */
const HEADING = ['what', 'how', 'away ms', 'refused', '409', 'waiting', 'first ms', 'p50 ms', 'p99 ms', 'all ms'];

interface Row extends Outage {
  readonly what: string;
  readonly how: string;
  /** The moment at which all waiting work was done, or at which the drill gave up with `left` open; epoch ms. */
  readonly overAt: number;
  readonly left: number;
}

await runAsDrill(async (begun) => {
  const stage = await openRestartStage(begun);
  const load = startLoad(stage.api, rate);
  const outages: Row[] = [];
  for (const pass of passes)
    for (const what of parts) {
      // A component that does not come back is not stopped again.
      if (outages.some(({ left }) => left > 0)) break;
      await sleep(pauseMs);
      const component = stage.components[what];
      const downAt = Date.now();
      await component[pass]();
      await sleep(pauseMs);
      await component.start();
      outages.push(await caughtUp(stage, load, { what, how: WAYS[pass], downAt, backAt: Date.now() }));
    }
  await sleep(pauseMs);
  const away = await disconnect(stage, load, awayMs);
  const { downAt, backAt } = away;
  outages.push(await caughtUp(stage, load, { what: 'network', how: 'no way to Temporal', downAt, backAt }));
  await load.stop();
  const errands = [...load.errands, ...away.answers];
  const judgement = await judgedAtLast(stage, errands);

  const rows = outages.map((outage) => rowOf(outage, stage, load));
  table([HEADING, ...rows]);
  for (const how of stage.died) console.log(`ended by itself: ${how}`);
  console.log('');
  const orders = errands.filter(({ kind }) => kind === 'order_confirmation').length;
  return verdict(
    {
      orders,
      messages: errands.filter(({ fate }) => fate === 'sent').length,
      ...judgement,
      refusedWithoutTemporal: away.refused,
      webhooksWithoutTemporal: away.webhooks,
      endedByThemselves: stage.died.length,
      recoveryMs: recoveries(outages, stage, load),
    },
    [judgement.lost, judgement.duplicated, judgement.unexplained, away.refused, stage.died.length].every(
      (count) => count === 0,
    ),
  );
});

/**
 * Waits until all work that was waiting when the part came back is done. Gives up if nothing changes any more; the
 * judge then says what is missing.
 */
async function caughtUp({ vonage }: RestartStage, load: Load, outage: Omit<Row, 'overAt' | 'left'>): Promise<Row> {
  const { what, how, downAt, backAt } = outage;
  const left = await untilNone(async () => stillWaiting(backAt, load.errands, vonage.messages()));
  const overAt = Date.now();
  const seconds = (from: number, to: number): string => `${((to - from) / 1000).toFixed(1)} s`;
  const outcome = left === 0 ? 'caught up' : `${left} still waiting`;
  console.log(`${what}, ${how}: away ${seconds(downAt, backAt)}, ${outcome} ${seconds(backAt, overAt)} later`);
  return { ...outage, overAt, left };
}

/** The verdict, when the last messages and receipts have come, or when nothing moves any more. */
async function judgedAtLast({ ledger, vonage }: RestartStage, errands: readonly Errand[]): Promise<RestartJudgement> {
  const judgeNow = async () => judgeRestart(errands, await ledger(), vonage.messages());
  await untilNone(async () => {
    const { lost, unexplained } = await judgeNow();
    return lost + unexplained;
  });
  return judgeNow();
}

/** Settles when the count is 0, when it has not fallen for long, or at the time limit. Returns the count. */
async function untilNone(leftNow: () => Promise<number>): Promise<number> {
  const begunAt = Date.now();
  let left = Infinity;
  for (let movedAt = begunAt; ; await sleep(200)) {
    const now = await leftNow();
    if (now < left) movedAt = Date.now();
    left = now;
    if (left === 0 || Date.now() - movedAt > STANDSTILL_MS || Date.now() - begunAt > LONGEST_MS) return left;
  }
}

function rowOf({ what, how, ...outage }: Row, { vonage }: RestartStage, load: Load): readonly Cell[] {
  const { firstMs, waitsMs } = recoveryFrom(outage, load.errands, vonage.messages());
  const refused = load.refused.filter(({ at }) => at >= outage.downAt && at <= outage.overAt);
  const held = refused.filter(({ status }) => status === 409).length;
  const waits = [0.5, 0.99, 1].map((share) => percentile(waitsMs, share));
  const tries = [refused.length - held, held];
  return [what, how, outage.backAt - outage.downAt, ...tries, waitsMs.length, firstMs, ...waits];
}

/** p99 over everything that waited for a part to come back, of all its outages. */
function recoveries(outages: readonly Row[], { vonage }: RestartStage, load: Load): Record<string, number> {
  const waits = [...Map.groupBy(outages, ({ what }) => what)].map(([what, ones]) => [
    what,
    percentile(
      ones.flatMap((outage) => recoveryFrom(outage, load.errands, vonage.messages()).waitsMs),
      0.99,
    ),
  ]);
  return Object.fromEntries(waits) as Record<string, number>;
}
