/** The installation of the restart drill: every part a process of its own, the provider in the drill's, which is never ended. */
import { loadBrand } from '../../../brands/load.ts';
import { createApiKey } from '../../../commands/access/api-keys.ts';
import { saveBrand } from '../../../commands/orders/save-brand.ts';
import type { Db } from '../../../db/connection/connect.ts';
import { connect } from '../../../db/connection/connect.ts';
import type { Brand } from '../../../domain/orders/brand.ts';
import { freePort } from '../../../dev/servers/free-port.ts';
import type { FakeVonage } from '../../../vonage/fake/fake.ts';
import { startFakeVonage } from '../../../vonage/fake/fake.ts';
import { SCOPES } from '../../../domain/access/scope.ts';
import type { Component, ComponentName } from './components.ts';
import { openPostgres, openPrograms, openTemporal } from './components.ts';
import type { RestartLedgerEntry } from './judge.ts';
import type { NetworkRoute } from './network.ts';
import { openRoute } from './network.ts';
import type { Ending } from '../../../dev/drill/servers.ts';
import { SECRET } from '../../../dev/drill/servers.ts';

export interface RestartStage {
  readonly components: Readonly<Record<ComponentName, Component>>;
  readonly toTemporal: NetworkRoute;
  readonly vonage: FakeVonage;
  readonly api: { readonly url: string; readonly key: string };
  readonly brand: Brand;
  /** Programs that ended without being asked, or not as they should. */
  readonly died: readonly string[];
  ledger(): Promise<readonly RestartLedgerEntry[]>;
}

const ACCOUNT = {
  apiKey: 'dopodrill',
  apiSecret: 'a-secret-of-the-drills',
  signatureSecret: 'another-secret-of-the-drills',
};
const RECORD_LAG_MS = 1_000;
/** A provider takes its time to answer, so that some calls are under way whenever something is ended. */
const ANSWER_MS = 200;
const clock = { now: () => Date.now() };

export async function openRestartStage(begun: (ending: Ending) => void): Promise<RestartStage> {
  const [postgres, temporal] = await Promise.all([openPostgres(begun), openTemporal(begun)]);
  const toTemporal = await openRoute(Number(temporal.at.split(':').at(-1)));
  begun(() => toTemporal.close());
  const db = connect(postgres.at);
  begun(() => db.destroy());
  const brand = loadBrand(new URL('../../../demo/brand.yaml', import.meta.url), 'demo/brand.yaml');
  await saveBrand(db, brand, clock.now());
  const key = await createApiKey(db, { brand: brand.id, label: 'drill', scopes: SCOPES }, clock.now());
  const url = `http://127.0.0.1:${await freePort()}`;
  const vonage = await startFakeVonage({
    clock,
    ...ACCOUNT,
    receipts: 'after_response',
    recordLagMs: RECORD_LAG_MS,
    statusUrl: `${url}/webhooks/vonage/status`,
    inboundUrl: `${url}/webhooks/vonage/inbound`,
  });
  begun(() => vonage.close());
  vonage.setFault({ kind: 'delay', ms: ANSWER_MS });

  const env = {
    DATABASE_URL: postgres.at,
    TEMPORAL_ADDRESS: toTemporal.address,
    PORT: new URL(url).port,
    OPS_PORT: '0',
    VONAGE_APPLICATION_ID: vonage.applicationId,
    VONAGE_PRIVATE_KEY: vonage.privateKey,
    VONAGE_SIGNATURE_SECRET: ACCOUNT.signatureSecret,
    DOPO_SECRET: SECRET,
    VONAGE_API_URL: vonage.url,
    VONAGE_API_KEY: ACCOUNT.apiKey,
    VONAGE_API_SECRET: ACCOUNT.apiSecret,
    VONAGE_REPORTS_URL: vonage.url,
  };
  const died: string[] = [];
  const report = (how: string): void => void died.push(how);
  const orders = { args: ['main.ts', 'worker', '--queues', 'orders'], up: /"polling"/ };
  const send = { args: ['test/drills/restart/worker.ts'], up: /"polling"/ };
  const [api, worker] = await Promise.all([
    openPrograms([{ args: ['main.ts', 'api'], up: /"listening"/ }], env, report, begun),
    openPrograms([orders, send], env, report, begun),
  ]);
  return {
    components: { api, worker, postgres, temporal },
    toTemporal,
    vonage,
    api: { url, key },
    brand,
    died,
    ledger: () => ledgerOf(db),
  };
}

/** Every message with the number of its customer, who has one. */
function ledgerOf(db: Db): Promise<RestartLedgerEntry[]> {
  return db('messages as m')
    .join('addresses as n', 'n.contact_id', 'm.contact_id')
    .leftJoin('attempts as a', 'a.message_id', 'm.id')
    .groupBy('m.id', 'n.address')
    .select<RestartLedgerEntry[]>(
      'n.address as phone',
      'm.kind',
      'm.state',
      db.raw(`coalesce(array_agg(a.client_ref) filter (where a.id is not null), '{}') as "clientRefs"`),
    );
}
