/**
 * `npm run demo [-- --orders FILE ... --keep]`: plays orders through the HTTP API on virtual time and prints what each
 * customer got, when, and why not. Exit code 1 when a timeline is not what its scenario says.
 */
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { basename } from 'node:path';
import { loadBrand } from '../brands/load.ts';
import type { PlayedOrder } from './play.ts';
import { play, readShopOrder, withStandInPhone } from './play.ts';
import type { Scenario } from './scenario.ts';
import { loadScenarios, usualScenario } from './scenario.ts';
import { showPlayed } from './timeline.ts';
import { showTotals, surprises, totalsOf } from './totals.ts';
import { migrateLatest } from '../db/schema/migrate.ts';
import { quietTemporal, searchAttributes } from '../dev/installation.ts';
import { thisMachine } from '../dev/servers/machine.ts';
import { startPostgres } from '../dev/servers/postgres.ts';
import { sdkDownloader } from '../dev/servers/sdk-download.ts';
import { startTimeSkipping } from '../dev/servers/start-time-skipping.ts';
import { resolveTestServer } from '../dev/servers/time-skipping-server.ts';
import { startVirtualInstallation } from '../dev/virtual-installation.ts';

const DEMO = new URL('./', import.meta.url);

/** Scopes for a shop that places, reports and looks at orders, and for an agent who closes cases. */
const SCOPES_OF_THE_DEMO = ['orders:write', 'orders:read', 'contacts:read', 'repair'] as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { orders: { type: 'string', multiple: true }, keep: { type: 'boolean', default: false } },
});
/** `--orders a.json b.json`, as a shell's wildcard writes it, or `--orders` before each. */
const files = [...(values.orders ?? []), ...positionals];
const say = (line: string): void => console.log(line);

const brand = loadBrand(new URL('brand.yaml', DEMO), 'demo/brand.yaml');
const scenarios: readonly { scenario: Scenario; file: URL }[] =
  files.length > 0
    ? files.map((path) => ({ scenario: usualScenario(basename(path), brand.zone), file: pathToFileURL(path) }))
    : loadScenarios(new URL('scenarios.yaml', DEMO), 'demo/scenarios.yaml').map((scenario) => ({
        scenario,
        file: new URL(scenario.order, DEMO),
      }));

quietTemporal();
const machine = thisMachine();
const path = await resolveTestServer(machine, sdkDownloader(machine), say);
const [postgres, environment] = await Promise.all([
  startPostgres({ log: say }),
  startTimeSkipping({ path, searchAttributes, log: say }),
]);
await migrateLatest({ ...postgres, databaseUrl: postgres.url });
const stage = await startVirtualInstallation({
  databaseUrl: postgres.url,
  environment,
  brand,
  scopes: SCOPES_OF_THE_DEMO,
});

say(
  '\nEach block is one order in the time of its customer. Virtual time passes in seconds; no text leaves this machine.',
);
say(
  '`SMS 2` is a text of two segments. Behind a message that was moved or not sent: the reason, and the rule in brackets.',
);

const problems: string[] = [];
const played: PlayedOrder[] = [];
const width = Math.max(100, process.stdout.columns ?? 150);
const seen = new Set<string>();
for (const { scenario, file } of scenarios) {
  try {
    const order = await readShopOrder(file, brand);
    if (order.kind === 'not_placed') say(`\n${scenario.order}: nothing to follow, the order is ${order.why}`);
    else if (seen.has(order.body.id))
      say(`\n${scenario.order}: order ${order.body.id} was played already; a shop would report an update of it`);
    else {
      seen.add(order.body.id);
      const done = await Promise.race([play(stage, scenario, withStandInPhone(order, brand)), stage.failed]);
      played.push(done);
      say(`\n${showPlayed(done, width)}`);
      problems.push(...surprises(done));
    }
  } catch (error) {
    problems.push(`${scenario.order}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
say(`\n${showTotals(totalsOf(played))}`);
if (problems.length === 0 && files.length === 0) say('Every order went as demo/scenarios.yaml expects.');
if (problems.length > 0) {
  say(`\nNot as expected:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  process.exitCode = 1;
}

if (values.keep) {
  say(`\nAPI          ${stage.apiUrl}   (OpenAPI: ${stage.apiUrl}/openapi.json)`);
  say(`API key      ${stage.key}`);
  say(`Phones       ${stage.vonage.url}`);
  say(`PostgreSQL   ${postgres.url}`);
  say('Virtual time stands still now. Ctrl-C stops everything and deletes it.');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
await stage.stop();
await environment.teardown();
await postgres.stop();
