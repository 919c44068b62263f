/**
 * `npm run drill:stop -- [--races 10000] [--seed WORD] [--bug BUG,BUG]`: no submission is committed after a committed STOP, and no
 * message is handed to the provider whose submission is not committed. A person says no at a random moment around a send, 10,000
 * times; stop/judge.ts says who was first. Ends with code 1 if anything came late, or if one side always won. With planted bugs, one after
 * the other, it goes on to the next as soon as one shows; `found` in the last line says what each of them did.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Cell } from '../../kit/report.ts';
import { table, verdict } from '../../kit/report.ts';
import { runAsDrill } from '../../dev/drill/servers.ts';
import type { Commit } from './stop/judge.ts';
import { lateSubmissions, readCommits } from './stop/judge.ts';
import type { RacePlan } from './stop/plan.ts';
import { CONTESTED, MOMENTS, SCENARIOS, planRace } from './stop/plan.ts';
import type { StopBug } from './stop/bugs.ts';
import { STOP_BUGS, isStopBug, planted } from './stop/bugs.ts';
import { unclearMessages, watchedSender } from './stop/provider.ts';
import type { RacePace } from './stop/race.ts';
import { runRace } from './stop/race.ts';
import type { StopStage } from './stop/stage.ts';
import { openStopStage } from './stop/stage.ts';

/** Races at a time: enough to keep two cores busy, and to disturb each other. */
const LANES = 16;
/** Races after which a run with a planted bug looks whether it shows, and ends if so. */
const LOOK_AFTER = 60;
/** Each side has to win more of the open races than this, or nothing was raced. */
const FAIR_SHARE = 0.1;

const { values } = parseArgs({
  options: {
    races: { type: 'string', default: '10000' },
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
    bug: { type: 'string' },
  },
});
const { seed } = values;
const bugs = values.bug?.split(',') ?? [];
const races = Number(values.races);
if (!Number.isInteger(races) || races < 1 || !bugs.every(isStopBug)) {
  console.error(`--races: a number above 0. --bug: of ${Object.keys(STOP_BUGS).join(', ')}`);
  process.exit(2);
}

await runAsDrill(async (begun) => {
  const begunAt = performance.now();
  const stage = await openStopStage(begun);
  console.log(`${races} races with --seed ${seed}`);
  const watch = watchedSender(stage);
  const raced = { ...stage, sender: watch.sender };
  const results: RaceResult[] = [];
  const commits: Commit[] = [];
  const found: Partial<Record<StopBug, Found>> = {};
  let late: ReadonlySet<string> = new Set();
  const race = async (of: StopStage, count: number): Promise<void> => {
    results.push(...(await raceAll(of, results.length, results.length + count)));
    commits.push(...(await readCommits(stage.owner)));
    late = new Set(lateSubmissions(commits));
  };
  if (bugs.length === 0) await race(raced, races);
  for (const bug of bugs) {
    console.log(`planted: ${STOP_BUGS[bug]}`);
    const buggy = { ...raced, db: await planted(stage, bug) };
    const before = { races: results.length, late: late.size, uncommitted: watch.uncommitted() };
    const shown = (): Found => ({
      sentAfterNo: late.size - before.late,
      calledBeforeCommit: watch.uncommitted() - before.uncommitted,
    });
    do await race(buggy, Math.min(LOOK_AFTER, before.races + races - results.length));
    while (results.length < before.races + races && Object.values(shown()).every((count) => count === 0));
    found[bug] = shown();
  }
  const submitted = new Set(commits.flatMap((commit) => (commit.kind === 'submission' ? [commit.message] : [])));
  const unclear = await unclearMessages(stage, submitted);

  const summary = (chosen: readonly RaceResult[]) => {
    const messages = chosen.flatMap((race) => race.messages);
    const sent = messages.filter((message) => submitted.has(message)).length;
    return { sent, withheld: messages.length - sent, late: messages.filter((message) => late.has(message)).length };
  };
  const row = (name: string, chosen: readonly RaceResult[]): Cell[] => {
    const { sent, withheld, late } = summary(chosen);
    return [name, chosen.length, sent, withheld, late];
  };
  const heading = ['races', 'send was first', 'no was first', 'sent after a no'];
  const ofScenarios = Object.entries(SCENARIOS).map(([scenario, name]) =>
    row(
      name,
      results.filter(({ plan }) => plan.scenario === scenario),
    ),
  );
  const ofMoments = Object.entries(MOMENTS).map(([moment, name]) =>
    row(
      name,
      results.filter(({ plan }) => plan.moment === moment),
    ),
  );
  table([['how somebody says no', ...heading], ...ofScenarios]);
  console.log('');
  table([['when the no comes', ...heading], ...ofMoments]);
  console.log('');

  const open = summary(results.filter(({ plan }) => CONTESTED.includes(plan.moment)));
  const fair = Math.min(open.sent, open.withheld) > FAIR_SHARE * (open.sent + open.withheld);
  const violations = late.size + watch.uncommitted() + unclear;
  return verdict(
    {
      races: results.length,
      violations,
      sentAfterNo: late.size,
      calledBeforeCommit: watch.uncommitted(),
      unclear,
      openRacesWonBySend: open.sent,
      openRacesWonByNo: open.withheld,
      seconds: Math.round((performance.now() - begunAt) / 1000),
      seed,
      ...(bugs.length > 0 && { found }),
    },
    violations === 0 && fair,
  );
});

/** The damage of a planted bug. */
type Found = Readonly<Record<'sentAfterNo' | 'calledBeforeCommit', number>>;

interface RaceResult {
  readonly plan: RacePlan;
  readonly messages: readonly string[];
}

/** The races from one number up to another. */
async function raceAll(stage: StopStage, from: number, to: number): Promise<readonly RaceResult[]> {
  const plans = Array.from({ length: to - from }, (_, index) => planRace(seed, from + index)).values();
  const pace: RacePace = new Map();
  const results: RaceResult[] = [];
  const lane = async (): Promise<void> => {
    for (const plan of plans) {
      results.push({ plan, messages: await runRace(stage, plan, pace) });
      if (results.length % 1000 === 0) console.log(`${results.length} races run`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return results;
}
