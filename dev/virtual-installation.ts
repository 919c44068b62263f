/**
 * An installation on a throw-away database and the time-skipping server, for the demo, the bench and the tests of
 * journeys.
 */
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { dataConverterOf } from '../codec/data-converter.ts';
import { createApiKey } from '../commands/access/api-keys.ts';
import { saveBrand } from '../commands/orders/save-brand.ts';
import { createStore } from '../db/addresses/store.ts';
import type { Db } from '../db/connection/connect.ts';
import { connect } from '../db/connection/connect.ts';
import type { DemoStage } from '../demo/play.ts';
import { shopClient } from '../demo/shop-client.ts';
import type { Brand } from '../domain/orders/brand.ts';
import type { Scope } from '../domain/access/scope.ts';
import { SCOPES } from '../domain/access/scope.ts';
import type { Rules } from '../rules/load.ts';
import { loadRules } from '../rules/load.ts';
import { createLog } from '../telemetry/log.ts';
import type { FakeVonage } from '../vonage/fake/contract.ts';
import { deriveKeys } from '../app/secrets.ts';
import type { ApiSettings } from '../app/api.ts';
import { VIRTUAL_SECRET, startInstallation } from './installation.ts';
import { virtualTime } from './virtual-time.ts';
import type { WorkerSettings } from '../app/workers.ts';

export interface VirtualInstallation extends DemoStage {
  readonly apiUrl: string;
  readonly opsUrl: string;
  readonly key: string;
  readonly vonage: FakeVonage;
  readonly db: Db;
  readonly environment: TestWorkflowEnvironment;
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

const GRACE_MS = 5_000;
/** Virtual time gives a rate limit nothing to count by. */
const NO_LIMIT = 1_000;

/** Of the API only what a test or a program may choose: nothing is listened to but loopback. */
type ChosenSettings = Pick<ApiSettings, 'journey' | 'payloadKeys' | 'codecAccess' | 'shops'> &
  Pick<WorkerSettings, 'bundle' | 'inPlaceLimits'>;

export async function startVirtualInstallation({
  databaseUrl,
  environment,
  brand,
  scopes = SCOPES,
  log = createLog('warn'),
  rules = loadRules(),
  ...chosen
}: ChosenSettings & {
  /** A migrated database of its own. */
  readonly databaseUrl: string;
  readonly environment: TestWorkflowEnvironment;
  readonly brand: Brand;
  /** Scopes of its key; all when left out. */
  readonly scopes?: readonly Scope[];
  /** Warnings on stdout when left out. */
  readonly log?: Logger;
  /** Read from the folder when left out: 0.5 s of CPU. */
  readonly rules?: Rules;
}): Promise<VirtualInstallation> {
  const clock = { now: () => environment.currentTimeMs() };
  const db = connect(databaseUrl);
  const now = await clock.now();
  await saveBrand(db, brand, now);
  const key = await createApiKey(db, { brand: brand.id, label: 'virtual', scopes }, now);
  const keys = deriveKeys([VIRTUAL_SECRET]);
  const dataConverter = dataConverterOf(chosen.payloadKeys ?? []);
  const { connection, nativeConnection } = environment;
  const namespace = environment.namespace ?? 'default';
  const installation = await startInstallation(
    { ...createStore(db, keys.addresses), clock, rules, keys, log },
    {
      client: dataConverter ? new Client({ connection, namespace, dataConverter }) : environment.client,
      connection: nativeConnection,
      namespace,
      ...(dataConverter && { dataConverter }),
    },
    { kind: 'fake', receipts: 'before_response' },
    {
      ...chosen,
      sendRate: NO_LIMIT,
      shutdownGraceMs: GRACE_MS,
      // Days of virtual time pass between two requests: the server may just be closing a kept connection.
      http: { keepAliveMs: 600_000 },
    },
  );
  const { vonage } = installation;
  if (!vonage) throw new Error('a virtual installation has the fake provider');
  return {
    apiUrl: installation.api.url,
    opsUrl: installation.api.opsUrl,
    key,
    shop: shopClient(installation.api.url, key),
    brand,
    vonage,
    time: virtualTime(environment, db),
    db,
    environment,
    failed: installation.failed,
    stop: async () => {
      await installation.stop();
      await db.destroy();
    },
  };
}
