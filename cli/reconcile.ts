/**
 * `npm run reconcile -- [--from TIME] [--until TIME]`: compares the ledger with Vonage's records, by default of the
 * last 24 h. Prints the counts of matched attempts and records, the rows without an explanation, and a last line of
 * JSON. Ends with 1 if there are such rows.
 */
import { parseArgs } from 'node:util';
import { ConfigProblems, readConfig } from '../app/config.ts';
import { operatorEnvironment } from './running-installation.ts';
import { connect } from '../db/connection/connect.ts';
import { migrateLatest } from '../db/schema/migrate.ts';
import { DAY } from '../domain/time/duration.ts';
import { SETTLE_RULES } from '../domain/sending/ledger.ts';
import type { Comparison } from '../domain/sending/reconcile.ts';
import { EXPLAINED, UNEXPLAINED, isExplained } from '../domain/sending/reconcile.ts';
import { table, verdict } from '../kit/report.ts';
import { openAccount } from '../vonage/account.ts';
import { reconcile } from './reconciliation.ts';
import { runCommand } from './run-command.ts';

const USAGE = 'usage: npm run reconcile -- [--from TIME] [--until TIME], times as 2026-11-22T00:00:00Z';

interface Period {
  readonly from: number;
  readonly until: number;
}

/** Undefined: not a period. */
function readPeriod(now: number): Period | undefined {
  try {
    const { values } = parseArgs({ options: { from: { type: 'string' }, until: { type: 'string' } } });
    const until = values.until === undefined ? now : Date.parse(values.until);
    const from = values.from === undefined ? until - DAY : Date.parse(values.from);
    return from < until ? { from, until } : undefined;
  } catch {
    return undefined;
  }
}

/** True if every attempt and record is explained. */
function show({ findings, foreign }: Comparison): boolean {
  const meanings = { ...EXPLAINED, ...UNEXPLAINED };
  const counts = Map.groupBy(findings, ({ what }) => what);
  table([
    ['', 'count', 'meaning'],
    ...[...counts].map(([what, found]) => [what, found.length, meanings[what]]),
    ['foreign', foreign, 'sent with the same account and without a reference of ours'],
  ]);
  const unexplained = findings.filter(({ what }) => !isExplained(what));
  if (unexplained.length > 0)
    table([
      ['unexplained', 'message', 'attempt', 'at the provider'],
      ...unexplained.map(({ what, message = '', attempt = '', providerId = '' }) => [
        what,
        message,
        attempt,
        providerId,
      ]),
    ]);
  const explained = findings.length - unexplained.length;
  const figures = { compared: findings.length, explained, unexplained: unexplained.length };
  return verdict(figures, unexplained.length === 0);
}

async function main({ from, until }: Period, now: number): Promise<boolean> {
  const { databaseUrl = '', vonage, ...config } = readConfig(operatorEnvironment(), { database: true, vonage: true });
  const { records } = vonage ? openAccount(vonage, SETTLE_RULES.answerWithin) : {};
  if (!records) throw new ConfigProblems(['VONAGE_API_KEY, VONAGE_API_SECRET: not set, so the records cannot be read']);
  await migrateLatest({ ...config, databaseUrl });
  const db = connect(databaseUrl, { poolMax: 1 });
  try {
    const result = await reconcile({ db, records, from, until, settling: SETTLE_RULES, now });
    if (result.kind === 'compared') return show(result);
    console.error(`Vonage's records cannot be read: ${result.code}`);
    return false;
  } finally {
    await db.destroy();
  }
}

const now = Date.now();
const period = readPeriod(now);
await runCommand(USAGE, period, (chosen) => main(chosen, now));
