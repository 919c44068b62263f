/**
 * A whole installation in one process: API, drainer, workers and the fake Vonage, on servers that are already there. The demo,
 * `npm start`, the bench and the tests all run this one; only the clock and the servers differ.
 */
import type { Client } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { NativeConnection, WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { Logger } from 'pino';
import { orderWorkflows } from '../api/temporal.ts';
import { createApiKey, saveBrand } from '../db/brands.ts';
import type { Db } from '../db/connect.ts';
import { connect } from '../db/connect.ts';
import { migrateLatest } from '../db/migrate.ts';
import type { Brand } from '../domain/brand.ts';
import type { Clock } from '../domain/clock.ts';
import { loadRules } from '../rules/load.ts';
import type { RunningApi } from '../services.ts';
import { startApi } from '../services.ts';
import { loadTemplates } from '../templates/load.ts';
import { createVonageSender } from '../vonage/client.ts';
import type { FakeVonage, FakeVonageOptions } from '../vonage/fake-contract.ts';
import { startFakeVonage } from '../vonage/fake.ts';
import { startWorkers } from '../worker.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/contract.ts';
import { freePort } from './servers/free-port.ts';
import type { SearchAttributes } from './servers/search-attributes.ts';

/** The servers of an installation's engine and how to reach them from this process. */
export interface Engine {
  readonly client: Client;
  readonly connection: NativeConnection;
  readonly namespace: string;
}

export interface InstallationSettings {
  readonly databaseUrl: string;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly brands: readonly Brand[];
  /** When the fake reports receipts. On virtual time before it answers: afterwards, days may have passed. */
  readonly receipts: FakeVonageOptions['receipts'];
  readonly log: Logger;
  readonly ports?: { readonly api: number; readonly vonage: number };
  readonly sendRate?: number;
  /** Workflow code made earlier: bundling takes about 1.5 s. */
  readonly bundle?: WorkflowBundleWithSourceMap;
}

export interface Installation {
  readonly api: RunningApi;
  readonly vonage: FakeVonage;
  readonly db: Db;
  /** A key per brand id. */
  readonly keys: Readonly<Record<string, string>>;
  /** Rejects when a worker fails by itself. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

const TYPES = { KEYWORD: 'Keyword', DATETIME: 'Datetime', BOOL: 'Bool' } as const;

/** What a Temporal server has to know before the first order starts. */
export const searchAttributes: SearchAttributes = Object.fromEntries(
  Object.values(SEARCH_ATTRIBUTES).map(({ name, type }) => [name, TYPES[type]]),
);

/** Only Temporal's errors, and no signal handling of its own: the process decides when to stop. Call before anything else. */
export function quietTemporal(): void {
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { forward: {}, filter: { core: 'ERROR', other: 'ERROR' } } },
  });
}

/** The fake's account, as one would find it in Vonage's dashboard. */
const FAKE_ACCOUNT = { apiKey: 'dopofake', signatureSecret: 'a-secret-only-the-fake-and-the-tests-know' };

/** The provider's answer takes up to 10 s; the activity that waits for it is given 15. */
const PROVIDER_TIMEOUT_MS = 10_000;
const GRACE_MS = 5_000;

export async function startInstallation(settings: InstallationSettings): Promise<Installation> {
  const { databaseUrl, engine, clock, log } = settings;
  await migrateLatest(databaseUrl);
  const db = connect(databaseUrl);
  const rules = loadRules();
  const now = await clock.now();
  const keys: Record<string, string> = {};
  for (const brand of settings.brands) {
    await saveBrand(db, brand, now);
    keys[brand.id] = await createApiKey(db, brand.id, 'installation', now);
  }
  const api = await startApi({
    db,
    clock,
    rules,
    orders: orderWorkflows(engine.client),
    webhookSecret: FAKE_ACCOUNT.signatureSecret,
    host: '127.0.0.1',
    port: settings.ports?.api === undefined ? 0 : await freePort(settings.ports.api),
    log,
    graceMs: GRACE_MS,
  });
  const vonage = await startFakeVonage({
    ...FAKE_ACCOUNT,
    clock,
    receipts: settings.receipts,
    statusUrl: `${api.url}/webhooks/vonage/status`,
    inboundUrl: `${api.url}/webhooks/vonage/inbound`,
    ...(settings.ports && { port: await freePort(settings.ports.vonage) }),
  });
  const sender = createVonageSender({
    applicationId: vonage.applicationId,
    privateKey: vonage.privateKey,
    baseUrl: vonage.url,
    timeoutMs: PROVIDER_TIMEOUT_MS,
  });
  const workers = await startWorkers(
    { db, rules, templates: loadTemplates(), sender },
    {
      connection: engine.connection,
      namespace: engine.namespace,
      queues: ['orders', 'send'],
      sendRate: settings.sendRate ?? 30,
      graceMs: GRACE_MS,
      ...(settings.bundle && { bundle: settings.bundle }),
    },
  );
  return {
    api,
    vonage,
    db,
    keys,
    failed: workers.done.then(() => new Promise<never>(() => undefined)),
    stop: async () => {
      await api.stop();
      await workers.stop();
      await vonage.close();
      await db.destroy();
    },
  };
}
