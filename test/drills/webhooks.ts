/**
 * `npm run drill:webhooks`: how many signed status webhooks a second one API process takes, how long it takes to answer them, and
 * that nothing it has answered is lost when it is killed. The ledger commits to disk, the provider's side is on other cores where
 * there are any. Ends with code 1 if a status was lost, or a message did not get where its statuses say.
 */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadBrand } from '../../brands/load.ts';
import { saveBrand } from '../../commands/orders/save-brand.ts';
import { connect } from '../../db/connection/connect.ts';
import { freePort } from '../../dev/servers/free-port.ts';
import { findOnPath, thisMachine } from '../../dev/servers/machine.ts';
import type { Program } from '../../dev/programs.ts';
import { startProgram } from '../../dev/programs.ts';
import { table, verdict, percentile } from '../../kit/report.ts';
import { runAsDrill, startDatabase, SECRET } from '../../dev/drill/servers.ts';
import { createClient } from './webhooks/client.ts';
import type { Posted } from './webhooks/judge.ts';
import { countUndelivered, isReceived, lostOf, storedStatuses } from './webhooks/judge.ts';
import { fillDrillLedger, signedStatuses } from './webhooks/ledger.ts';

/** Statuses of each part, two a message. */
const WARM_UP = 2_000;
const FLOOD = 14_000;
const STEADY = 5_000;
const KILLED = 8_000;
/** As many as keep the process busy; more would only wait. */
const CONNECTIONS = 64;
const STEADY_PER_SECOND = 500;
/** The API dies after this much of the last flood. */
const KILL_AFTER_MS = 800;

const SIGNATURE_SECRET = 'a-signature-secret-of-the-drill';
const TASKSET = process.platform === 'linux' ? findOnPath('taskset', thisMachine().env) : undefined;

await runAsDrill(async (begun) => {
  const postgres = await startDatabase({
    parameters: { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' },
  });
  begun(postgres.stop);
  const db = connect(postgres.url);
  begun(() => db.destroy());
  const now = Date.now();
  const clock = { now: () => now };
  const brand = loadBrand(new URL('../../demo/brand.yaml', import.meta.url), 'demo/brand.yaml');
  await saveBrand(db, brand, now);
  const owner = connect(postgres.migrationUrl, { poolMax: 1 });
  const messages = await fillDrillLedger(db, brand, (WARM_UP + FLOOD + STEADY + KILLED) / 2, now);
  // Autovacuum would have done this long ago on tables of this size.
  await owner.raw('analyze messages, attempts, statuses');
  await owner.destroy();
  const signer = { clock, signatureSecret: SIGNATURE_SECRET, apiKey: 'abcd1234' };
  const statuses = await signedStatuses(messages, signer, now);
  const taken = (count: number) => statuses.splice(0, count);

  const port = await freePort();
  const startApi = async (): Promise<Program> => {
    const api = startProgram(['main.ts', 'api'], {
      env: apiEnvironment(postgres.url, port),
      ...(TASKSET !== undefined && { through: [TASKSET, '--cpu-list', '0'] }),
    });
    await api.says(/"listening"/);
    return api;
  };
  let api = await startApi();
  const client = createClient(`http://127.0.0.1:${port}/webhooks/vonage/status`);
  begun(client.close);

  await client.flood(taken(WARM_UP), CONNECTIONS);
  const cpuBefore = cpuSeconds(api);
  const { posted: flooded, seconds } = await timed(client.flood(taken(FLOOD), CONNECTIONS));
  const cpu = cpuSeconds(api) - cpuBefore;
  const perSecond = Math.round(flooded.filter(isReceived).length / seconds);
  const steady = await client.steady(taken(STEADY), STEADY_PER_SECOND);

  const last = taken(KILLED);
  const cutShort = client.flood(last, CONNECTIONS);
  await sleep(KILL_AFTER_MS);
  api.kill('SIGKILL');
  await api.ended;
  const atDeath = await cutShort;
  const lost = lostOf([...flooded, ...steady, ...atDeath], await storedStatuses(db));

  // The provider repeats the webhooks without an answer, and here all others too.
  api = await startApi();
  const again = await client.flood(last, CONNECTIONS);
  api.kill('SIGTERM');
  await api.ended;
  const undelivered = await countUndelivered(db);

  console.log(
    TASKSET === undefined
      ? 'No taskset here: the API had every core to itself that it could use, which is one and a little.'
      : 'The API was pinned to one core.',
  );
  const row = (part: string, posted: readonly Posted[], rate: number | string) => [
    part,
    posted.length,
    posted.filter(isReceived).length,
    rate,
    slowest(posted, 0.5),
    slowest(posted, 0.99),
  ];
  table([
    ['part', 'posted', 'answered 2xx', 'a second', 'p50 ms', 'p99 ms'],
    row(`flood, ${CONNECTIONS} connections`, flooded, perSecond),
    row('steady', steady, STEADY_PER_SECOND),
    row(`flood until kill -9 after ${KILL_AFTER_MS} ms`, atDeath, '-'),
    row('the same again after a restart', again, '-'),
  ]);
  if (cpu > 0)
    console.log(
      `CPU of the API in the first flood: ${((cpu * 1000) / FLOOD).toFixed(2)} ms a webhook, ` +
        `${Math.round((cpu / seconds) * 100)} % of its core; all of a core is good for ${Math.round(FLOOD / cpu)} a second`,
    );
  console.log(`lost of those answered 2xx: ${lost.length}; messages not delivered in the end: ${undelivered}`);
  const p99ms = slowest(steady, 0.99);
  const received = [...flooded, ...steady, ...again].filter(isReceived).length;
  return verdict({ webhooks: received, perSecond, p99ms, lost: lost.length }, lost.length === 0 && undelivered === 0);
});

/** Time within which this share of the posts was answered, ms with one decimal. */
function slowest(posted: readonly Posted[], share: number): number {
  const times = posted.map(({ ms }) => ms);
  return Math.round(percentile(times, share) * 10) / 10;
}

async function timed(posting: Promise<Posted[]>): Promise<{ posted: Posted[]; seconds: number }> {
  const begun = performance.now();
  const posted = await posting;
  return { posted, seconds: (performance.now() - begun) / 1000 };
}

/** Of a process on Linux, all threads; 0 elsewhere. The time of other programs on the machine is not in it. */
function cpuSeconds({ pid }: Program): number {
  if (process.platform !== 'linux' || pid === undefined) return 0;
  // proc(5): utime and stime are the 14th and 15th word, counted in hundredths of a second; the name in brackets may have spaces.
  const words = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(words[11]) + Number(words[12])) / 100;
}

function apiEnvironment(databaseUrl: string, port: number): Record<string, string> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    DATABASE_URL: databaseUrl,
    // No engine is there, and a webhook needs none.
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    PORT: String(port),
    OPS_PORT: '0',
    VONAGE_APPLICATION_ID: randomUUID(),
    VONAGE_PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    VONAGE_SIGNATURE_SECRET: SIGNATURE_SECRET,
    DOPO_SECRET: SECRET,
  };
}
