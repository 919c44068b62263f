/** The whole installation, each part a process of its own. The provider runs in the bench's process, which is not counted. */
import { loadBrand } from '../../brands/load.ts';
import { createApiKey } from '../../commands/access/api-keys.ts';
import { saveBrand } from '../../commands/orders/save-brand.ts';
import { connect } from '../../db/connection/connect.ts';
import type { ShopClient } from '../../demo/shop-client.ts';
import { shopClient } from '../../demo/shop-client.ts';
import { SCOPES } from '../../domain/access/scope.ts';
import { SECRET, startDatabase, startTemporal } from '../../dev/drill/servers.ts';
import type { Ending } from '../../dev/drill/servers.ts';
import type { Environment, Program } from '../../dev/programs.ts';
import { startProgram } from '../../dev/programs.ts';
import { freePort } from '../../dev/servers/free-port.ts';
import type { FakeVonage } from '../../vonage/fake/contract.ts';
import { startFakeVonage } from '../../vonage/fake/fake.ts';
import type { Usage } from './processes.ts';
import { usageOf } from './processes.ts';

export const PARTS = ['postgres', 'temporal', 'api', 'orders', 'send'] as const;
export type PartName = (typeof PARTS)[number];
export type PartUsage = Readonly<Record<PartName, Usage>>;

export interface LoadParts {
  readonly brand: string;
  readonly shop: ShopClient;
  readonly vonage: FakeVonage;
  /** Of the database's owner, who may read the statistics. */
  readonly ownerUrl: string;
  /** `host:port`. */
  readonly temporalAddress: string;
  usage(): PartUsage;
  /** Usage of the Temporal server alone. */
  temporal(): Usage;
  /** Throws if a program of ours has ended. */
  assertAlive(): void;
}

const SIGNATURE_SECRET = 'a-signature-secret-of-the-bench';
/**
 * Commits wait for the disk, as in an installation that is in use. A database that is thrown away would not wait
 * otherwise.
 */
const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };
/** The bench is one shop with one key. Its limits are raised, so that the rate of the installation is measured. */
const UNLIMITED = { RATE_PER_KEY: '100000', RATE_PER_BRAND: '100000', RATE_PER_ADDRESS: '100000', SEND_RATE: '1000' };
const clock = { now: () => Date.now() };

export async function startParts(begun: (ending: Ending) => void): Promise<LoadParts> {
  // As in the image.
  await startProgram(['app/runtime/strip-types.mjs']).ended;
  const parameters = { ...DURABLE, 'pg_stat_statements.track_planning': 'on' };
  const [postgres, temporal] = await Promise.all([startDatabase({ parameters }), startTemporal()]);
  begun(() => postgres.stop());
  begun(() => temporal.stop());
  const db = connect(postgres.url);
  const brand = loadBrand(new URL('../../demo/brand.yaml', import.meta.url), 'demo/brand.yaml');
  await saveBrand(db, brand, clock.now());
  const key = await createApiKey(db, { brand: brand.id, label: 'bench', scopes: SCOPES }, clock.now());
  await db.destroy();
  const url = `http://127.0.0.1:${await freePort()}`;
  const vonage = await startFakeVonage({
    clock,
    apiKey: 'dopobench',
    signatureSecret: SIGNATURE_SECRET,
    receipts: 'after_response',
    statusUrl: `${url}/webhooks/vonage/status`,
    inboundUrl: `${url}/webhooks/vonage/inbound`,
  });
  begun(() => vonage.close());
  const env: Environment = {
    DATABASE_URL: postgres.url,
    TEMPORAL_ADDRESS: temporal.address,
    PORT: new URL(url).port,
    OPS_PORT: '0',
    VONAGE_APPLICATION_ID: vonage.applicationId,
    VONAGE_PRIVATE_KEY: vonage.privateKey,
    VONAGE_SIGNATURE_SECRET: SIGNATURE_SECRET,
    DOPO_SECRET: SECRET,
    VONAGE_API_URL: vonage.url,
    ...UNLIMITED,
  };
  const started = [
    await up(['api'], env, /"listening"/, begun),
    await up(['worker', '--queues', 'orders'], env, /"polling"/, begun),
    await up(['worker', '--queues', 'send'], env, /"polling"/, begun),
  ] as const;
  const [api, orders, send] = started.map(({ pid }) => pidOf('a program', pid)) as [number, number, number];
  const servers = { postgres: pidOf('PostgreSQL', postgres.pid), temporal: pidOf('Temporal', temporal.pid) };
  const ended: string[] = [];
  for (const program of started)
    void program.ended.then((how) => ended.push(`${how}: ${program.output().slice(-2_000)}`));
  return {
    brand: brand.id,
    shop: shopClient(url, key),
    vonage,
    ownerUrl: postgres.migrationUrl,
    temporalAddress: temporal.address,
    usage: () => ({
      postgres: usageOf(servers.postgres),
      temporal: usageOf(servers.temporal),
      api: usageOf(api),
      orders: usageOf(orders),
      send: usageOf(send),
    }),
    temporal: () => usageOf(servers.temporal),
    assertAlive() {
      if (ended.length > 0) throw new Error(`a program has ended with ${ended.join('\n')}`);
    },
  };
}

async function up(
  words: readonly string[],
  env: Environment,
  sign: RegExp,
  begun: (ending: Ending) => void,
): Promise<Program> {
  const program = startProgram(['main.ts', ...words], { env });
  begun(async () => {
    program.kill('SIGKILL');
    await program.ended;
  });
  await program.says(sign);
  return program;
}

function pidOf(what: string, pid: number | undefined): number {
  if (pid === undefined) throw new Error(`${what} is no process of this machine: its CPU cannot be counted`);
  return pid;
}
