/**
 * `npm run drill:send`: kills the workers with SIGKILL at every point of a send, under every fault of the provider and the
 * network, and compares the provider's own log with the ledger. `-- --small` is the cut that `npm test` runs; `-- --bug NAME,NAME`
 * plants bugs that the drill has to find, dealt out over the orders. Ends with code 1 unless every figure that must be 0 is.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ReconcileFinding } from '../../domain/sending/reconcile.ts';
import { isExplained } from '../../domain/sending/reconcile.ts';
import { reconcile } from '../../cli/reconciliation.ts';
import { freePort } from '../../dev/servers/free-port.ts';
import { createVonageRecords } from '../../vonage/records.ts';
import { bundleWorkflows } from '../../app/runtime/workflow-bundle.ts';
import { verdict } from '../../kit/report.ts';
import type { BeyondFigures } from './send/beyond.ts';
import { judgeBeyond } from './send/beyond.ts';
import { bugOf } from './send/bugs.ts';
import type { SendBug } from './send/channel.ts';
import { SEND_BUGS } from './send/channel.ts';
import type { DrillSize } from './send/drill-sizes.ts';
import { FULL, SMALL, sizeForBugs } from './send/drill-sizes.ts';
import { judgeSends } from './send/judge.ts';
import { startKills } from './send/kills.ts';
import type { KillPoint, PlannedSend } from './send/plan.ts';
import { KILL_POINTS, planBatches } from './send/plan.ts';
import { runSends } from './send/run.ts';
import type { SendStage } from './send/stage.ts';
import { openSendStage } from './send/stage.ts';
import { printBeyond, printClasses, printMatrix, tally } from './send/tables.ts';
import type { Ending } from '../../dev/drill/servers.ts';
import { runAsDrill, startDatabase, startTemporal } from '../../dev/drill/servers.ts';

interface Arguments {
  readonly cut: DrillSize;
  readonly bugs: readonly SendBug[];
}

/** Throws the usage. */
function readArguments(): Arguments {
  const { values } = parseArgs({ options: { small: { type: 'boolean' }, bug: { type: 'string' } } });
  const named = values.bug?.split(',') ?? [];
  const bugs = SEND_BUGS.filter((bug) => named.includes(bug));
  if (bugs.length !== named.length) throw new Error(`usage: drill:send [-- --small | --bug ${SEND_BUGS.join()}]`);
  return { cut: bugs.length > 0 ? sizeForBugs(Math.max(2, bugs.length)) : values.small ? SMALL : FULL, bugs };
}

async function drill({ cut, bugs }: Arguments, begun: (ending: Ending) => void): Promise<boolean> {
  const from = Date.now();
  const batches = planBatches(cut.shapes);
  const planned = batches.flat();
  const isBeyond = ({ lagMs }: PlannedSend): boolean => lagMs > cut.settling.settleAfter;

  const [postgres, temporal] = await Promise.all([startDatabase(), startTemporal()]);
  begun(() => postgres.stop());
  begun(() => temporal.stop());
  const stage = await openSendStage(postgres.url, temporal.address, begun);
  const kills = await startKills(stage, planned, {
    databaseUrl: postgres.url,
    temporalAddress: temporal.address,
    bundleFile: await bundleFile(),
    provider: stage.provider,
    closedUrl: `http://127.0.0.1:${await freePort()}`,
    settling: cut.settling,
    bugs,
  });
  await Promise.race([runSends(stage, kills, batches), kills.failed]);
  await untilOnRecord(stage, planned.filter(isBeyond));

  const { messages, strangers } = judgeSends(planned, await stage.ledger(), stage.taken());
  const findings = await reconcileAll(stage, cut, from);
  const beyond = judgeBeyond(messages.filter(isBeyond), findings);
  const within = messages.filter((one) => !isBeyond(one));
  printMatrix(within, kills.hits);
  printClasses(within);
  printBeyond(beyond);
  const seconds = Math.round((Date.now() - from) / 1000);
  console.log(`\n${kills.done()} workers killed, ${stage.taken().length} messages taken by the provider, ${seconds} s`);

  const { duplicated, lost, unexplained: differing } = tally(within);
  const unexplained = differing + strangers + unexplainedRows(findings);
  const missed = missedPoints(planned, kills.hits);
  if (missed.length > 0) console.log(`nobody was killed at ${missed.join(', ')}: nothing is shown`);
  const passed = duplicated + lost + unexplained + missed.length === 0 && isKept(beyond);
  if (!passed) console.log(kills.output());
  const found = Object.fromEntries(
    bugs.map((bug) => [bug, tally(within.filter(({ order }) => bugOf(order, bugs) === bug))]),
  );
  const figures = { messages: within.length, duplicated, lost, unexplained };
  return verdict({ ...figures, ...(bugs.length > 0 && { found }) }, passed);
}

/** Beyond T2 it is not promised that a transactional message comes once. */
function isKept({ promotionalTwice, lost, unexplained }: BeyondFigures): boolean {
  return promotionalTwice + lost + unexplained === 0;
}

/** Points that were planned and at which no message stood when its worker was killed. */
function missedPoints(planned: readonly PlannedSend[], hits: ReadonlyMap<KillPoint, number>): KillPoint[] {
  return KILL_POINTS.filter((point) => planned.some((send) => send.point === point) && !hits.has(point));
}

async function untilOnRecord(stage: SendStage, sends: readonly PlannedSend[]): Promise<void> {
  const lags = new Map(sends.map(({ phone, lagMs }) => [phone, lagMs]));
  const last = Math.max(...stage.taken().map(({ to, acceptedAt }) => acceptedAt + (lags.get(to) ?? 0)));
  await sleep(Math.max(0, last - Date.now()));
}

/** The same comparison as `npm run reconcile`, over the whole drill: what it says of each message. */
async function reconcileAll(stage: SendStage, { settling }: DrillSize, from: number) {
  const records = createVonageRecords({ ...stage.provider, timeoutMs: 10_000 });
  const now = Date.now();
  const result = await reconcile({ db: stage.db, records, from, until: now, now, settling });
  if (result.kind === 'unavailable') throw new Error(`the provider's records cannot be read: ${result.code}`);
  return Map.groupBy(result.findings, ({ message }) => message);
}

function unexplainedRows(findings: ReadonlyMap<string | undefined, readonly ReconcileFinding[]>): number {
  return [...findings.values()].flat().filter(({ what }) => !isExplained(what)).length;
}

/** The workflows' code in a file that goes with this process. */
async function bundleFile(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'dopo-drill-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'workflows.js');
  writeFileSync(file, (await bundleWorkflows()).code);
  return file;
}

await runAsDrill((begun) => drill(readArguments(), begun));
