/**
 * Two installations for a herd, each with the stand-in for Vonage and its exact token bucket as the judge. One is
 * complete: the API, a Temporal server, workers. The other is a bench of activities, PostgreSQL and the provider's
 * client alone. It reaches the full quota on a machine where Temporal's dev server does not.
 */
import { NativeConnection } from '@temporalio/worker';
import { createHash } from 'node:crypto';
import { connectTemporal, temporalWorkflows } from '../../../engine/temporal.ts';
import { loadBrand } from '../../../brands/load.ts';
import { createApiKey } from '../../../commands/access/api-keys.ts';
import { saveBrand } from '../../../commands/orders/save-brand.ts';
import type { Db } from '../../../db/connection/connect.ts';
import { connect } from '../../../db/connection/connect.ts';
import { saveLane } from '../../../db/sending/lanes/lanes.ts';
import { placeOrder } from '../../../commands/orders/place-order.ts';
import { shopClient } from '../../../demo/shop-client.ts';
import type { Brand } from '../../../domain/orders/brand.ts';
import { accountLane } from '../../../domain/sending/lane.ts';
import { SETTLE_RULES } from '../../../domain/sending/ledger.ts';
import { createLog } from '../../../telemetry/log.ts';
import { loadRules } from '../../../rules/load.ts';
import { startApi } from '../../../app/api.ts';
import { createVonageSender } from '../../../vonage/client.ts';
import type { FakeVonage } from '../../../vonage/fake/contract.ts';
import { startFakeVonage } from '../../../vonage/fake/fake.ts';
import { activityDeps, startWorkers } from '../../../app/workers.ts';
import { SCOPES } from '../../../domain/access/scope.ts';
import { createDriver } from './driver.ts';
import type { HerdMessage } from './orders.ts';
import { HERD_JOURNEY, herdOrder, postedOrder } from './orders.ts';
import type { Ending } from '../../../dev/drill/servers.ts';
import { keys, storeOf } from '../../../dev/drill/servers.ts';

export interface HerdStage {
  readonly brand: string;
  readonly db: Db;
  readonly vonage: FakeVonage;
  /** Has an order whose one message goes out at `due`, epoch ms. Resolves when the order is stored. */
  place(message: HerdMessage, number: number, due: number): Promise<void>;
}

type Begun = (ending: Ending) => void;

const ACCOUNT = { apiKey: 'dopofake', signatureSecret: 'a-secret-of-the-herd-drill' };
const GRACE_MS = 2_000;
const clock = { now: () => Date.now() };

async function openBrand(databaseUrl: string, begun: Begun): Promise<{ db: Db; brand: Brand }> {
  const db = connect(databaseUrl, { poolMax: 20 });
  begun(() => db.destroy());
  // A digital order opens no country, so the brand lists the customers' country.
  const demo = loadBrand(new URL('../../../demo/brand.yaml', import.meta.url), 'demo/brand.yaml');
  const brand = { ...demo, countries: ['NO'] };
  await saveBrand(db, brand, clock.now());
  return { db, brand };
}

async function openVonage(rate: number, apiUrl: string, receipts: 'manual' | 'after_response', begun: Begun) {
  const vonage = await startFakeVonage({
    clock,
    ...ACCOUNT,
    receipts,
    statusUrl: `${apiUrl}/webhooks/vonage/status`,
    inboundUrl: `${apiUrl}/webhooks/vonage/inbound`,
    limit: { perSecond: rate, burst: rate },
  });
  begun(() => vonage.close());
  const { applicationId, privateKey, url: baseUrl } = vonage;
  const sender = createVonageSender({ applicationId, privateKey, baseUrl, timeoutMs: SETTLE_RULES.answerWithin });
  return { vonage, sender };
}

/** `rate`: requests a second of the account, here and at the provider. */
export async function openBench(databaseUrl: string, rate: number, begun: Begun): Promise<HerdStage> {
  const { db, brand } = await openBrand(databaseUrl, begun);
  await saveLane(db, accountLane(rate));
  const { vonage, sender } = await openVonage(rate, 'http://127.0.0.1:9', 'manual', begun);
  const parts = { ...storeOf(db), clock, rules: loadRules(), keys, log: createLog('error'), provider: { sender } };
  const driver = createDriver(activityDeps(parts, {}));
  begun(() => driver.stop());
  return {
    brand: brand.id,
    db,
    vonage,
    place: async (message, number, due) => {
      const order = herdOrder(message, number, due);
      const hash = createHash('sha256').update(order.id).digest();
      const placed = await placeOrder(storeOf(db), brand, order, HERD_JOURNEY, hash, clock.now());
      if (placed.kind !== 'placed') throw new Error(placed.kind);
      await choosesZone(db, placed.contact);
      driver.send({ brand: brand.id, order: order.id, contact: placed.contact, message, due });
    },
  };
}

/** `temporal`: `host:port` of a server. */
export async function openInstallation(
  databaseUrl: string,
  temporal: string,
  rate: number,
  begun: Begun,
): Promise<HerdStage> {
  const { db, brand } = await openBrand(databaseUrl, begun);
  const key = await createApiKey(db, { brand: brand.id, label: 'drill', scopes: SCOPES }, clock.now());
  const parts = { ...storeOf(db), clock, rules: loadRules(), keys, log: createLog('error') };
  const { client, close } = connectTemporal({ connectionOptions: { address: temporal } });
  begun(close);
  const api = await startApi(
    { ...parts, workflows: temporalWorkflows(client), webhookSecrets: [ACCOUNT.signatureSecret] },
    { journey: HERD_JOURNEY, shutdownGraceMs: GRACE_MS },
  );
  begun(() => api.stop());
  const { vonage, sender } = await openVonage(rate, api.url, 'after_response', begun);
  const connection = await NativeConnection.connect({ address: temporal });
  begun(() => connection.close());
  const workers = await startWorkers(
    { ...parts, connection, namespace: 'default', provider: { sender } },
    { sendRate: rate, shutdownGraceMs: GRACE_MS },
  );
  begun(() => workers.stop());
  const shop = shopClient(api.url, key);
  return {
    brand: brand.id,
    db,
    vonage,
    place: async (message, number, due) => {
      const { contact } = await shop.placeOrder(postedOrder(herdOrder(message, number, due)));
      await choosesZone(db, contact);
    },
  };
}

/** All customers have chosen their zone on the preference page. The shop's zone is only a guess beside the country. */
async function choosesZone(db: Db, contact: string): Promise<void> {
  await db('contacts').where({ id: contact }).update({ zone_chosen: true });
}
