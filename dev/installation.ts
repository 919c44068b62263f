/**
 * Both services of an installation in one process, with the fake Vonage unless a real account is configured, on servers that are there
 * already. `npm start` and everything on virtual time run this one.
 */
import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { temporalWorkflows } from '../engine/temporal.ts';
import type { ServiceParts, Started } from '../app/compose.ts';
import type { VonageSettings } from '../app/config.ts';
import type { Clock } from '../domain/time/clock.ts';
import { SETTLE_RULES } from '../domain/sending/ledger.ts';
import type { ApiParts, ApiSettings, RunningApi } from '../app/api.ts';
import { startApi } from '../app/api.ts';
import type { VonageAccount } from '../vonage/account.ts';
import { openAccount } from '../vonage/account.ts';
import { newApplication, startFakeVonage } from '../vonage/fake/fake.ts';
import type { FakeApplication, FakeVonage, FakeVonageOptions } from '../vonage/fake/contract.ts';
import type { WorkerParts, WorkerSettings } from '../app/workers.ts';
import { startWorkers } from '../app/workers.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/contract.ts';
import type { SearchAttributes } from './servers/search-attributes.ts';

/** Temporal, as this process reaches it. The client encrypts with the same `dataConverter`, if there is one. */
export interface Engine extends Pick<WorkerParts, 'connection' | 'namespace' | 'dataConverter'> {
  readonly client: Client;
}

/** On virtual time the fake reports receipts before it answers: afterwards, days may have passed. */
export type ChosenProvider =
  | ({ readonly kind: 'fake'; readonly receipts: FakeVonageOptions['receipts'] } & Pick<
      FakeVonageOptions,
      'port' | 'phonesFile' | 'namesOf' | 'mostLogged'
    >)
  | { readonly kind: 'vonage'; readonly account: VonageSettings };

export interface Installation extends Started {
  readonly api: RunningApi;
  /** Absent with a real account. */
  readonly vonage?: FakeVonage;
  /** The settings by which a program of operators reaches the stand-in, for its records. Absent with a real account. */
  readonly vonageSettings?: Readonly<Record<string, string>>;
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

export async function startInstallation(
  parts: ServiceParts,
  { client, ...engine }: Engine,
  chosen: ChosenProvider,
  settings: ApiSettings & WorkerSettings,
): Promise<Installation> {
  const provider: KnownProvider = chosen.kind === 'fake' ? { ...chosen, account: await newFakeAccount() } : chosen;
  const api = await startApi({ ...parts, workflows: temporalWorkflows(client), ...signedBy(provider) }, settings);
  // Services stop side by side, the provider after them, so that sends under way get their answers.
  const services = [() => api.stop()];
  const providers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const ends of [services, providers]) await Promise.all(ends.map((end) => end()));
  };
  try {
    const { account, fake } = await accountOf(provider, api, parts.clock);
    if (fake) providers.push(() => fake.close());
    const opened = openAccount(account, SETTLE_RULES.answerWithin);
    const workers = await startWorkers({ ...parts, ...engine, provider: opened }, settings);
    services.push(() => workers.stop());
    return {
      api,
      ...(fake && { vonage: fake }),
      ...(fake && provider.kind === 'fake' && { vonageSettings: settingsOf(fake, provider.account) }),
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

function settingsOf(
  { applicationId, privateKey, url, apiKey, apiSecret }: FakeVonage,
  { signatureSecret }: FakeAccount,
): Readonly<Record<string, string>> {
  return {
    VONAGE_APPLICATION_ID: applicationId,
    VONAGE_PRIVATE_KEY: privateKey,
    VONAGE_SIGNATURE_SECRET: signatureSecret,
    VONAGE_API_URL: url,
    VONAGE_REPORTS_URL: url,
    VONAGE_API_KEY: apiKey,
    VONAGE_API_SECRET: apiSecret,
  };
}

type KnownProvider =
  | Exclude<ChosenProvider, { kind: 'fake' }>
  | (Extract<ChosenProvider, { kind: 'fake' }> & { readonly account: FakeAccount });

function signedBy(provider: KnownProvider): Pick<ApiParts, 'webhookSecrets' | 'applicationId'> {
  if (provider.kind === 'vonage')
    return { webhookSecrets: provider.account.signatureSecrets, applicationId: provider.account.applicationId };
  const { signatureSecret, application } = provider.account;
  return { webhookSecrets: [signatureSecret], applicationId: application.id };
}

async function accountOf(provider: KnownProvider, api: RunningApi, clock: Clock): Promise<UsableAccount> {
  if (provider.kind === 'vonage') return { account: provider.account };
  const { kind: _kind, account, ...options } = provider;
  const fake = await startFakeVonage({
    ...options,
    ...account,
    clock,
    statusUrl: `${api.url}/webhooks/vonage/status`,
    inboundUrl: `${api.url}/webhooks/vonage/inbound`,
  });
  const { applicationId, privateKey, url, apiKey, apiSecret } = fake;
  return { account: { applicationId, privateKey, apiUrl: url, records: { apiKey, apiSecret, url } }, fake };
}
