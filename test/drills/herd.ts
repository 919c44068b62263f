/**
 * `npm run drill:herd -- [--bookings 100000] [--messages 2000] [--rate 30]`: promotions that are all due in one minute, with order news in
 * between. First the schedule, on virtual time: every slot is booked through the statement that books them in production. Then
 * some thousands are really sent to the stand-in, whose exact token bucket is the judge; after a while its quota is halved. Ends
 * with code 1 if a figure misses.
 */
import { parseArgs } from 'node:util';
import type { Db } from '../../db/connection/connect.ts';
import { connect } from '../../db/connection/connect.ts';
import { readLaneStates } from '../../queries/sending/forecast.ts';
import { migrateLatest } from '../../db/schema/migrate.ts';
import { HOUR, MINUTE } from '../../domain/time/duration.ts';
import type { HerdPeriod } from './herd/judge.ts';
import { countIn, highestRate, lateOnes, shareOfQuota } from './herd/judge.ts';
import { percentile, table, verdict } from '../../kit/report.ts';
import type { ScheduleFigures } from './herd/schedule.ts';
import { bookHerd, openBooks } from './herd/schedule.ts';
import type { SendLog, SendPlan } from './herd/send.ts';
import { sendHerd } from './herd/send.ts';
import type { HerdStage } from './herd/stage.ts';
import { openBench, openInstallation } from './herd/stage.ts';
import type { EmbeddedPostgres } from '../../dev/servers/postgres.ts';
import { withClient } from '../../dev/servers/postgres.ts';
import { runAsDrill, startDatabase, startTemporal } from '../../dev/drill/servers.ts';

/** Vonage's default quota, requests a second. */
const RATE = 30;
/** News is a tenth of it. */
const BENCH = {
  newsPerSecond: 3,
  placedPerSecond: 75,
  dueWithinMs: 40_000,
  calmMs: 40_000,
  halvedMs: 20_000,
  recoveryMs: 20_000,
};
/** The load that the dev server and the rest of an installation can keep up with on two cores that do other things, too. */
const WHOLE = {
  promotions: 225,
  rate: 4,
  newsPerSecond: 0.5,
  placedPerSecond: 10,
  dueWithinMs: 45_000,
  calmMs: 45_000,
  halvedMs: 0,
  recoveryMs: 0,
};
/** The sending side settles within this; the rate is measured from here on. */
const SETTLES_MS = 5_000;
const SPAN_MS = 5_000;

const { values } = parseArgs({
  options: {
    bookings: { type: 'string', default: '100000' },
    messages: { type: 'string', default: '2000' },
    rate: { type: 'string', default: String(RATE) },
  },
});
const [bookings, messages, rate] = [Number(values.bookings), Number(values.messages), Number(values.rate)];
if (![bookings, messages].every((count) => Number.isInteger(count) && count >= 1000) || !(rate >= 1)) {
  console.error('--bookings, --messages: numbers from 1000 on. --rate: a number from 1 on');
  process.exit(2);
}

await runAsDrill(async (begun) => {
  const postgres = await startDatabase();
  begun(postgres.stop);
  const db = connect(postgres.url, { poolMax: 10 });
  begun(() => db.destroy());
  const schedule = await judgeSchedule(db);

  const bench = await judgeCalm(await openBench(await another(postgres, 'bench'), rate, begun), {
    ...BENCH,
    rate,
    promotions: messages,
  });
  show(`The bench: ${bench.title}`, bench.figures);
  const halving = judgeHalving(bench, rate);
  show(
    `The quota halved for ${BENCH.halvedMs / 1000} s, from ${SETTLES_MS / 1000} s on; and whole again for ${BENCH.recoveryMs / 1000} s`,
    halving,
  );

  const temporal = await startTemporal();
  begun(() => temporal.stop());
  const database = await another(postgres, 'installation');
  const whole = await judgeCalm(await openInstallation(database, temporal.address, WHOLE.rate, begun), WHOLE);
  show(`The installation: ${whole.title}`, whole.figures);

  const inWhole = Object.entries(whole.figures).map(([name, figure]) => [`installation_${name}`, figure] as const);
  const figures = { ...schedule, ...bench.figures, ...halving, ...Object.fromEntries(inWhole) };
  return verdict(
    Object.fromEntries(Object.entries(figures).map(([name, { value }]) => [name, value])),
    Object.values(figures).every(({ holds }) => holds),
  );
});

/** A migrated database of its own, beside the schedule's. */
async function another({ url, migrationUrl }: EmbeddedPostgres, name: string): Promise<string> {
  await withClient(migrationUrl, (client) => client.query(`create database ${name}`));
  const own = (of: string): string => new URL(`/${name}`, of).href;
  await migrateLatest({ databaseUrl: own(url), migrationUrl: own(migrationUrl) });
  return own(url);
}

interface Figure {
  readonly value: number;
  readonly hold: string;
  readonly holds: boolean;
}

function atMost(value: number, most: number, unit = ''): Figure {
  return { value, hold: most === 0 ? '0' : `<= ${most}${unit}`, holds: value <= most };
}

function atLeast(value: number, least: number, unit = ''): Figure {
  return { value, hold: `>= ${least}${unit}`, holds: value >= least };
}

function show(title: string, figures: Readonly<Record<string, Figure>>): void {
  console.log(`\n${title}`);
  table([
    ['figure', 'value', 'hold', ''],
    ...Object.entries(figures).map(([name, { value, hold, holds }]) => [name, value, hold, holds ? '' : 'MISSED']),
  ]);
}

/** Everything that could go out in time has a slot, one token apart, and nothing has one that is too late. */
async function judgeSchedule(db: Db): Promise<Readonly<Record<string, Figure>>> {
  const begunAt = performance.now();
  const books = await openBooks(db);
  const plan = {
    ...books,
    promotions: bookings,
    rate: RATE,
    earlyEdge: books.dueAt + 20 * MINUTE,
    edge: books.dueAt + 7 * HOUR,
  };
  const figures: ScheduleFigures = await bookHerd(db, plan);
  const ideal = Math.max(MINUTE, (figures.booked / RATE) * 1000);
  const seconds = Math.round((performance.now() - begunAt) / 1000);
  const rows = {
    // One in ten has the early edge; the others fit before theirs, as long as the lane has room.
    booked: atLeast(figures.booked, Math.min(Math.floor(bookings * 0.9), (7 * HOUR * RATE) / 1000)),
    drainOverIdeal: atMost(round(figures.drainMs / ideal, 4), 1.02),
    bookedLate: atMost(figures.late, 0),
    bookedNewsWaitMs: atMost(figures.newsWaitMs, 2_000, ' ms'),
  };
  const drains = new Date(plan.dueAt + figures.drainMs).toISOString().slice(11, 16);
  show(
    `${bookings} promotions due at 11:00 UTC at ${RATE} a second, booked in ${seconds} s: the last goes out at ${drains}, ${figures.nextWindow} are asked again in their next window`,
    rows,
  );
  return rows;
}

interface Sending {
  readonly title: string;
  readonly figures: Readonly<Record<string, Figure>>;
  readonly log: SendLog;
  /** Moments of all requests within the quota or over it. */
  readonly offered: readonly number[];
  readonly throttled: readonly number[];
  /** The share of the account's rate that has come back since the quota was whole again, of 1. */
  readonly recovered: number;
}

/** Sends as planned, and judges the calm period by the provider's log. */
async function judgeCalm(stage: HerdStage, plan: SendPlan): Promise<Sending> {
  const log = await sendHerd(stage, plan);
  const accepted = stage.vonage.messages();
  const times = accepted.map(({ acceptedAt }) => acceptedAt);
  const throttled = stage.vonage.refused().flatMap(({ at, status }) => (status === 429 ? [at] : []));
  const waits = accepted.flatMap(({ to, acceptedAt }) => {
    const due = log.news.get(to);
    return due === undefined || acceptedAt >= log.calm.until ? [] : [acceptedAt - due];
  });
  const newsOfCalm = [...log.news.values()].filter((due) => due < log.calm.until - 2_000).length;
  const figures = {
    quotaUsed: atLeast(round(shareOfQuota(times, plan.rate, settled(log.calm)), 4), 0.98),
    throttled: atMost(countIn(throttled, log.calm), 0),
    newsP99Ms: atMost(percentile(waits, 0.99), 2_000, ' ms'),
    newsMissing: atMost(Math.max(0, newsOfCalm - waits.length), 0),
    promotionsLate: atMost(await lateOnes(stage.db, stage.brand), 0),
  };
  const title = `${plan.promotions} promotions due within ${plan.dueWithinMs / 1000} s, ${plan.newsPerSecond} orders with news a second, quota ${plan.rate}/s, ${plan.calmMs / 1000} calm seconds`;
  const recovered = await recoveredBetween(stage.db, log.recovery);
  return { title, figures, log, offered: [...times, ...throttled], throttled, recovered };
}

/** The rest of it: the quota was halved, and whole again. `recovered`: what the account's rate has won back since, of 1. */
function judgeHalving({ log, offered, throttled, recovered }: Sending, rate: number): Readonly<Record<string, Figure>> {
  const { halved } = log;
  const half = rate / 2;
  return {
    throttledByHalving: atLeast(countIn(throttled, halved), 1),
    offeredOverHalf: atMost(round(highestRate(offered, SPAN_MS, settled(halved)) / half, 3), 1.1),
    rateRecovered: atLeast(round(recovered, 3), 0.03),
  };
}

async function recoveredBetween(db: Db, { from, until }: HerdPeriod): Promise<number> {
  const [before] = await readLaneStates(db, from);
  const [after] = await readLaneStates(db, until);
  return (after?.factor ?? 0) - (before?.factor ?? 0);
}

function settled(period: HerdPeriod): HerdPeriod {
  return { ...period, from: period.from + SETTLES_MS };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
