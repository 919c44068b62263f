/**
 * `npm run retention [-- --dry-run]`: removes the rows whose period has ended, as the service does every day, or
 * counts them. Prints the number of rows by kind.
 */
import { parseArgs } from 'node:util';
import { readConfig } from '../app/config.ts';
import { operatorEnvironment } from './running-installation.ts';
import { connect } from '../db/connection/connect.ts';
import type { DatabaseUrls } from '../db/schema/migrate.ts';
import { migrateLatest } from '../db/schema/migrate.ts';
import type { SweepCounts } from '../db/privacy/retention.ts';
import { countExpired, sweep } from '../db/privacy/retention.ts';
import { SWEEPS } from '../db/privacy/retention-sweeps.ts';
import { loadRules } from '../rules/load.ts';
import { table } from '../kit/report.ts';
import { runCommand } from './run-command.ts';

const USAGE = 'usage: npm run retention [-- --dry-run]';

async function run(urls: DatabaseUrls, dryRun: boolean, eventsKeptFor: number): Promise<SweepCounts> {
  const { packs } = loadRules();
  const now = Date.now();
  await migrateLatest(urls);
  const db = connect(urls.databaseUrl, { poolMax: 1 });
  try {
    if (dryRun) return await countExpired(db, packs, now, eventsKeptFor);
    const total = Object.fromEntries(SWEEPS.map((name) => [name, 0])) as Record<(typeof SWEEPS)[number], number>;
    for (;;) {
      const { counts, more } = await sweep(db, packs, now, eventsKeptFor);
      for (const name of SWEEPS) total[name] += counts[name];
      if (!more) return total;
    }
  } finally {
    await db.destroy();
  }
}

/** Undefined: the arguments have an unknown word. */
function readArguments(): { readonly dryRun: boolean } | undefined {
  try {
    const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } });
    return { dryRun: values['dry-run'] };
  } catch {
    return undefined;
  }
}

await runCommand(USAGE, readArguments(), async (asked) => {
  const { databaseUrl = '', ...config } = readConfig(operatorEnvironment(), { database: true, vonage: false });
  const counts = await run({ ...config, databaseUrl }, asked.dryRun, config.orderEventsKeptFor);
  const head = [asked.dryRun ? 'would go' : 'gone', 'rows'];
  table([head, ...SWEEPS.map((name) => [name, counts[name]])]);
});
