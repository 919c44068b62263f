/**
 * `npm run drill:abuse -- [--small] [--parts leaks,limits,poison,floods] [--bug BUG,BUG] [--fair MS]`: attacks on an installation whose
 * API and workers are separate processes, judged by the provider's own log and the database.
 * - leaks: two checkouts to become another person
 * - limits: a hundred orders with a stranger's number
 * - poison: rows that no workflow can be told of
 * - floods: a brand with thousands of events beside one with a few orders
 * Ends with code 1 if anything leaked, exceeded a limit, stood still or got lost, or if the quiet brand's texts came later than `--fair`.
 */
import { parseArgs } from 'node:util';
import { table, verdict, percentile } from '../../kit/report.ts';
import { ABUSE_BUGS, isAbuseBug, plant } from './abuse/bugs.ts';
import { flood, stagesOf } from './abuse/floods.ts';
import { leakedBytes, overLimits, waitsOf } from './abuse/judge.ts';
import { attackCustomers } from './abuse/leaks.ts';
import { bombNumbers } from './abuse/limits.ts';
import { poison } from './abuse/poison.ts';
import type { AbuseStage } from './abuse/stage.ts';
import { openAbuseStage } from './abuse/stage.ts';
import { runAsDrill } from '../../dev/drill/servers.ts';

const PLANS = {
  whole: {
    rate: 30,
    bombing: { orders: 100, helps: 60, switches: 30 },
    flood: { orders: 500, events: 5_000, quiet: 100, quietEveryMs: 500, limitMs: 300_000 },
  },
  small: {
    rate: 5,
    bombing: { orders: 30, helps: 8, switches: 5 },
    flood: { orders: 150, events: 300, quiet: 12, quietEveryMs: 400, limitMs: 120_000 },
  },
} as const;

const PARTS = ['leaks', 'limits', 'poison', 'floods'] as const;
type Part = (typeof PARTS)[number];

const { values } = parseArgs({
  options: {
    small: { type: 'boolean', default: false },
    parts: { type: 'string', default: PARTS.join(',') },
    bug: { type: 'string' },
    fair: { type: 'string', default: '2000' },
  },
});
const bugs = (values.bug ?? '').split(',').filter((name) => name !== '');
const fairMs = Number(values.fair);
const parts = PARTS.filter((part) => values.parts.split(',').includes(part));
if (!(fairMs > 0) || parts.length === 0 || !bugs.every(isAbuseBug)) {
  console.error(`--bug: of ${Object.keys(ABUSE_BUGS).join(', ')}. --fair: ms. --parts: of ${PARTS.join(',')}.`);
  process.exit(2);
}
const plan = values.small ? PLANS.small : PLANS.whole;

/** The part of the last line that a part of the drill fills in. */
interface Figures {
  readonly leaks: number;
  readonly overLimit: number;
  readonly stalled: number;
  readonly lost: number;
  readonly fairP99Ms: number;
}

const JUDGED: Readonly<Record<Part, (stage: AbuseStage) => Promise<Partial<Figures>>>> = {
  leaks: judgeLeaks,
  limits: judgeLimits,
  poison: judgePoison,
  floods: judgeFloods,
};

await runAsDrill(async (begun) => {
  // Only the floods need a slow account. The other parts would wait for it in vain.
  const stage = await openAbuseStage(parts.includes('floods') ? plan.rate : PLANS.whole.rate, begun);
  for (const bug of bugs) {
    await plant(stage.owner, bug);
    console.log(`planted: ${ABUSE_BUGS[bug]}`);
  }
  const judged: Partial<Figures>[] = [];
  for (const part of parts) {
    judged.push(await JUDGED[part](stage));
    console.log('');
  }
  const sum = (name: keyof Figures): number => judged.reduce((total, figures) => total + (figures[name] ?? 0), 0);
  const figures: Figures = {
    leaks: sum('leaks'),
    overLimit: sum('overLimit'),
    stalled: sum('stalled'),
    lost: sum('lost'),
    fairP99Ms: sum('fairP99Ms'),
  };
  const { fairP99Ms, ...zeros } = figures;
  return verdict({ ...figures }, Object.values(zeros).every((count) => count === 0) && fairP99Ms < fairMs);
});

type Waits = readonly (number | undefined)[];

function missing(waits: Waits): number {
  return waits.filter((wait) => wait === undefined).length;
}

async function judgeLeaks(stage: AbuseStage): Promise<Partial<Figures>> {
  const { people, seen } = await attackCustomers(stage);
  table([
    ['seen by an attacker or a victim', 'times', "bytes of others'"],
    ...[...Map.groupBy(seen, ({ what }) => what)].map(([what, ones]) => [what, ones.length, leakedBytes(people, ones)]),
  ]);
  return { leaks: leakedBytes(people, seen) };
}

async function judgeLimits(stage: AbuseStage): Promise<Partial<Figures>> {
  const limits = await bombNumbers(stage, plan.bombing);
  const over = overLimits(limits, stage.vonage.messages());
  table([['attack', 'texts allowed', 'over'], ...limits.map(({ what, most }) => [what, most, over.get(what) ?? 0])]);
  return { overLimit: [...over.values()].reduce((sum, count) => sum + count, 0) };
}

async function judgePoison(stage: AbuseStage): Promise<Partial<Figures>> {
  const poisoned = await poison(stage);
  const beside = waitsOf(poisoned.awaited, stage.vonage.messages());
  const after = waitsOf(poisoned.redriven, stage.vonage.messages());
  table([
    ['poison', 'count', 'missing'],
    ['orders beside it', beside.length, missing(beside)],
    ['dead letters listed', poisoned.deadLetters, poisoned.lost],
    ['orders told after a redrive', after.length, missing(after)],
  ]);
  return { stalled: missing(beside), lost: poisoned.lost + missing(after) };
}

async function judgeFloods(stage: AbuseStage): Promise<Partial<Figures>> {
  const flooded = await flood(stage, plan.flood);
  const [quiet, loud] = [
    waitsOf(flooded.quiet, stage.vonage.messages()),
    waitsOf(flooded.loud, stage.vonage.messages()),
  ];
  const ms = (waits: Waits, share: number): number =>
    percentile(
      waits.filter((wait) => wait !== undefined),
      share,
    );
  const row = (name: string, waits: Waits) => [name, waits.length, missing(waits), ms(waits, 0.5), ms(waits, 0.99)];
  table([
    [`flood of ${plan.flood.events} events, ${flooded.seconds} s`, 'orders', 'without a text', 'p50 ms', 'p99 ms'],
    row('the brand that floods', loud),
    row('the other brand', quiet),
  ]);
  console.log('');
  table([['where the time of the other brand went', 'p50 ms', 'p99 ms'], ...(await stagesOf(stage))]);
  return { stalled: missing(quiet), lost: missing(loud), fairP99Ms: ms(quiet, 0.99) };
}
