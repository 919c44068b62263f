/**
 * A whole installation in one process: API, drainer and workers, with the fake Vonage unless a real account is configured, on
 * servers that are there already. The demo, `npm start`, the bench and the tests all run this one.
 */
import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import { temporalWorkflows } from '../engine/temporal.ts';
import type { VonageConfig } from '../app/config.ts';
import { addressTokens } from '../db/addresses/address-token.ts';
import type { Db } from '../db/connection/connect.ts';
import type { Clock } from '../domain/time/clock.ts';
import type { JourneyDefinition } from '../domain/journey/journey.ts';
import type { OrderLimits } from '../domain/orders/order.ts';
import { SETTLING } from '../domain/sending/ledger.ts';
import { accessCodes } from '../commands/privacy/access-codes.ts';
import { freshLink } from '../pages/link.ts';
import { loadRules } from '../rules/load.ts';
import type { Keys } from '../app/secrets.ts';
import type { ApiSettings, RunningApi } from '../app/api.ts';
import { startApi } from '../app/api.ts';
import { loadTemplates } from '../templates/load.ts';
import type { VonageAccount } from '../vonage/account.ts';
import { openAccount } from '../vonage/account.ts';
import { newApplication, startFakeVonage } from '../vonage/fake/fake.ts';
import type { FakeApplication, FakeVonage, FakeVonageOptions } from '../vonage/fake/contract.ts';
import { startWorkers } from '../app/worker.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/contract.ts';
import type { SearchAttributes } from './servers/search-attributes.ts';
import type { WorkflowBundle } from '../app/runtime/workflow-bundle.ts';

/** Temporal, as this process reaches it. */
export interface Engine {
  readonly client: Client;
  readonly connection: NativeConnection;
  readonly namespace: string;
  /** The client's, where it encrypts what Temporal stores. */
  readonly dataConverter?: DataConverter;
}

/** On virtual time the fake reports receipts before it answers: afterwards, days may have passed. */
export type Provider =
  | { readonly kind: 'fake'; readonly receipts: FakeVonageOptions['receipts']; readonly port?: number }
  | { readonly kind: 'vonage'; readonly account: VonageConfig };

export interface InstallationSettings extends Pick<
  ApiSettings,
  'payloadKeys' | 'codecAccess' | 'shops' | 'evidenceFolder' | 'http'
> {
  /** Migrated. Closed by the caller that opened it. */
  readonly db: Db;
  readonly engine: Engine;
  readonly clock: Clock;
  /** The journey of new orders; the standard journey when left out. */
  readonly journey?: JourneyDefinition;
  readonly provider: Provider;
  readonly keys: Keys;
  readonly log: Logger;
  /** Loopback when left out. */
  readonly host?: string;
  /** Any free one when left out. */
  readonly port?: number;
  /** How many events and parcels an order may have; `ORDER_LIMITS` when left out. */
  readonly orderLimits?: OrderLimits;
  /** How long the events of an order are kept after it is over, ms; `ORDER_EVENTS_KEPT_FOR` when left out. */
  readonly orderEventsKeptFor?: number;
  readonly sendRate: number;
  /** `IN_PLACE_LIMITS.mostUnderWay` when left out. */
  readonly sendsInPlace?: number;
  readonly graceMs: number;
  /** Workflow code made earlier: bundling takes about 1.5 s. */
  readonly bundle?: WorkflowBundle;
}

export interface Installation {
  readonly api: RunningApi;
  /** Absent with a real account. */
  readonly vonage?: FakeVonage;
  /** Rejects when a worker fails by itself. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

const TYPES = { KEYWORD: 'Keyword', DATETIME: 'Datetime', BOOL: 'Bool' } as const;

/** Settings that a Temporal server needs before the first order starts. */
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

/** The secret of installations that are thrown away: the demo's, the bench's, the tests'. */
export const VIRTUAL_SECRET = 'a-secret-of-installations-that-are-thrown-away';

interface FakeAccount {
  readonly apiKey: string;
  readonly signatureSecret: string;
  readonly application: FakeApplication;
}

/**
 * The fake's account, like one in Vonage's dashboard. Its secrets are new at every start: with a known secret a stranger could send a
 * customer's reply.
 */
async function newFakeAccount(): Promise<FakeAccount> {
  const signatureSecret = randomBytes(32).toString('base64url');
  return { apiKey: 'dopofake', signatureSecret, application: await newApplication() };
}

export async function startInstallation(settings: InstallationSettings): Promise<Installation> {
  const { db, engine, clock, keys, log, graceMs } = settings;
  const rules = loadRules();
  const provider: KnownProvider =
    settings.provider.kind === 'fake' ? { ...settings.provider, account: await newFakeAccount() } : settings.provider;
  const api = await startApi({
    db,
    clock,
    rules,
    ...(settings.journey && { journey: settings.journey }),
    workflows: temporalWorkflows(engine.client),
    ...signedBy(provider),
    keys,
    ...(settings.payloadKeys && { payloadKeys: settings.payloadKeys }),
    ...(settings.codecAccess && { codecAccess: settings.codecAccess }),
    ...(settings.shops && { shops: settings.shops }),
    ...(settings.evidenceFolder !== undefined && { evidenceFolder: settings.evidenceFolder }),
    ...(settings.orderLimits && { orderLimits: settings.orderLimits }),
    host: settings.host ?? '127.0.0.1',
    port: settings.port ?? 0,
    ...(settings.http && { http: settings.http }),
    log,
    graceMs,
  });
  // Services stop side by side, the provider after them, so that sends under way get their answers.
  const services = [() => api.stop()];
  const providers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const ends of [services, providers]) await Promise.all(ends.map((end) => end()));
  };
  try {
    const { account, fake } = await accountOf(provider, api, clock);
    if (fake) providers.push(() => fake.close());
    const workers = await startWorkers(
      {
        db,
        tokenOf: addressTokens(keys.addresses),
        linkOf: (owner, now) => freshLink(keys.links, owner, now),
        codeOf: accessCodes(keys.codes),
        rules,
        templates: loadTemplates(),
        ...openAccount(account, SETTLING.answerWithin),
        settling: SETTLING,
        clock,
        ...(settings.sendsInPlace !== undefined && { sendsInPlace: settings.sendsInPlace }),
        ...(settings.orderEventsKeptFor !== undefined && { orderEventsKeptFor: settings.orderEventsKeptFor }),
      },
      {
        connection: engine.connection,
        namespace: engine.namespace,
        ...(engine.dataConverter && { dataConverter: engine.dataConverter }),
        queues: ['orders', 'send'],
        sendRate: settings.sendRate,
        graceMs,
        ...(settings.bundle && { bundle: settings.bundle }),
      },
    );
    services.push(() => workers.stop());
    return {
      api,
      ...(fake && { vonage: fake }),
      failed: workers.done.then(() => new Promise<never>(() => undefined)),
      stop: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface UsableAccount {
  readonly account: VonageAccount;
  readonly fake?: FakeVonage;
}

type KnownProvider =
  | Exclude<Provider, { kind: 'fake' }>
  | (Extract<Provider, { kind: 'fake' }> & { readonly account: FakeAccount });

function signedBy(provider: KnownProvider): Pick<ApiSettings, 'webhookSecrets' | 'applicationId'> {
  if (provider.kind === 'vonage')
    return { webhookSecrets: provider.account.signatureSecrets, applicationId: provider.account.applicationId };
  const { signatureSecret, application } = provider.account;
  return { webhookSecrets: [signatureSecret], applicationId: application.id };
}

async function accountOf(provider: KnownProvider, api: RunningApi, clock: Clock): Promise<UsableAccount> {
  if (provider.kind === 'vonage') return { account: provider.account };
  const fake = await startFakeVonage({
    ...provider.account,
    clock,
    receipts: provider.receipts,
    statusUrl: `${api.url}/webhooks/vonage/status`,
    inboundUrl: `${api.url}/webhooks/vonage/inbound`,
    ...(provider.port !== undefined && { port: provider.port }),
  });
  const { applicationId, privateKey, url, apiKey, apiSecret } = fake;
  return { account: { applicationId, privateKey, apiUrl: url, records: { apiKey, apiSecret, url } }, fake };
}
