/** An installation on a throw-away database and the time-skipping server: what the demo, the bench and the journey tests run. */
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { PayloadKey } from '../codec/aes-gcm.ts';
import { dataConverterOf } from '../codec/data-converter.ts';
import { createApiKey } from '../db/access/api-keys.ts';
import { saveBrand } from '../db/orders/brands.ts';
import type { Db } from '../db/connection/connect.ts';
import { connect } from '../db/connection/connect.ts';
import type { Stage } from '../demo/play.ts';
import { shopClient } from '../demo/shop-client.ts';
import type { Brand } from '../domain/orders/brand.ts';
import type { JourneyDefinition } from '../domain/journey/journey.ts';
import type { Scope } from '../domain/access/scope.ts';
import { SCOPES } from '../domain/access/scope.ts';
import { createLog } from '../telemetry/log.ts';
import type { FakeVonage } from '../vonage/fake/contract.ts';
import { deriveKeys } from '../app/secrets.ts';
import type { ApiSettings } from '../app/api.ts';
import { VIRTUAL_SECRET, startInstallation } from './installation.ts';
import { virtualTime } from './virtual-time.ts';
import type { WorkflowBundle } from '../app/runtime/workflow-bundle.ts';

export interface VirtualInstallation extends Stage {
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

export async function startVirtualInstallation(settings: {
  /** A migrated database of its own. */
  readonly databaseUrl: string;
  readonly environment: TestWorkflowEnvironment;
  readonly brand: Brand;
  /** The journey of new orders; the standard journey when left out. */
  readonly journey?: JourneyDefinition;
  readonly bundle?: WorkflowBundle;
  /** The keys that encrypt Temporal's payloads; none when left out. */
  readonly payloadKeys?: readonly PayloadKey[];
  readonly codecAccess?: ApiSettings['codecAccess'];
  readonly shops?: ApiSettings['shops'];
  /** Scopes of its key; all when left out. */
  readonly scopes?: readonly Scope[];
  /** Warnings on stdout when left out. */
  readonly log?: Logger;
}): Promise<VirtualInstallation> {
  const { environment, brand } = settings;
  const clock = { now: () => environment.currentTimeMs() };
  const db = connect(settings.databaseUrl);
  const now = await clock.now();
  await saveBrand(db, brand, now);
  const key = await createApiKey(db, { brand: brand.id, label: 'virtual', scopes: settings.scopes ?? SCOPES }, now);
  const dataConverter = dataConverterOf(settings.payloadKeys ?? []);
  const { connection } = environment;
  const namespace = environment.namespace ?? 'default';
  const installation = await startInstallation({
    db,
    engine: {
      client: dataConverter ? new Client({ connection, namespace, dataConverter }) : environment.client,
      connection: environment.nativeConnection,
      namespace,
      ...(dataConverter && { dataConverter }),
    },
    clock,
    ...(settings.journey && { journey: settings.journey }),
    provider: { kind: 'fake', receipts: 'before_response' },
    keys: deriveKeys([VIRTUAL_SECRET]),
    ...(settings.payloadKeys && { payloadKeys: settings.payloadKeys }),
    ...(settings.codecAccess && { codecAccess: settings.codecAccess }),
    ...(settings.shops && { shops: settings.shops }),
    log: settings.log ?? createLog('warn'),
    sendRate: NO_LIMIT,
    graceMs: GRACE_MS,
    // Days of virtual time pass between two requests: the server may just be closing a kept connection.
    http: { keepAliveMs: 600_000 },
    ...(settings.bundle && { bundle: settings.bundle }),
  });
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
