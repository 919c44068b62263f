/** The API of an installation, with its drainer and the work that it does in the background. */
import { startAbuseWatch } from './background/abuse-watch.ts';
import { createApp, createOpsApp } from '../api/http/app.ts';
import type { AppDeps } from '../api/http/deps.ts';
import type { Drainer } from '../engine/drainer.ts';
import { startDrainer } from '../engine/drainer.ts';
import type { RunningServer } from '../api/http/http-server.ts';
import { SERVER_LIMITS, startServer } from '../api/http/http-server.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { RATES } from '../api/http/rate-limits.ts';
import { startEvidenceExport } from './background/evidence-export.ts';
import { startScheduleKeeper } from '../engine/periodic.ts';
import { connectTemporal, temporalWorkflows } from '../engine/temporal.ts';
import { startErasureClock } from './background/erasure-clock.ts';
import type { Workflows } from '../engine/workflows.ts';
import { codecOf } from '../codec/aes-gcm.ts';
import { createExports } from '../commands/privacy/export-contact.ts';
import type { JourneyDefinition } from '../domain/journey/journey.ts';
import { ORDER_LIMITS } from '../domain/orders/order.ts';
import { loadStandardJourney } from '../journeys/load.ts';
import type { Configured, ServiceParts, Started } from './compose.ts';
import type { Config, HttpConfig } from './config.ts';

const LOOPBACK = '127.0.0.1';

export interface ApiParts extends ServiceParts {
  readonly workflows: Workflows;
  /** The secrets that the provider signs webhooks with, and the application that they are about; any, when left out. */
  readonly webhookSecrets: readonly string[];
  readonly applicationId?: string;
}

/** Settings of `Config` with the same meaning. Without them: loopback, any free port, the usual limits, no keys and no shops. */
export interface ApiSettings
  extends
    Partial<Pick<Config, 'host' | 'port' | 'payloadKeys' | 'codecAccess' | 'shops' | 'evidenceFolder' | 'orderLimits'>>,
    Pick<Config, 'shutdownGraceMs'> {
  readonly http?: Partial<HttpConfig>;
  /** The journey of new orders; the standard journey when left out. */
  readonly journey?: JourneyDefinition;
}

export interface RunningApi {
  readonly url: string;
  /** Where health, readiness and metrics are. */
  readonly opsUrl: string;
  /** Takes no new connection and lets requests and calls of the engine under way end, side by side: within `shutdownGraceMs`. */
  stop(): Promise<void>;
}

/** The API of `main.ts`. Throws `PortTaken`. */
export async function openApi(configured: Configured): Promise<Started> {
  const { config, vonage, log, connectionOptions, namespace, dataConverter } = configured;
  const { client, close } = connectTemporal({ connectionOptions, namespace, ...(dataConverter && { dataConverter }) });
  const { signatureSecrets: webhookSecrets, applicationId } = vonage;
  const api = await startApi(
    { ...configured, workflows: temporalWorkflows(client), webhookSecrets, applicationId },
    config,
  );
  log.info({ service: 'api', url: api.url, opsUrl: api.opsUrl }, 'listening');
  const stop = async (): Promise<void> => {
    await api.stop();
    await close();
  };
  return { failed: new Promise<never>(() => undefined), stop };
}

/** Starts the API and the drainer that tells the workflows what it stored. Throws if the port is taken. */
export async function startApi(parts: ApiParts, settings: ApiSettings): Promise<RunningApi> {
  const { db, tokenOf, clock, workflows, rules, keys, log } = parts;
  const { evidenceFolder: folder, http = {}, shutdownGraceMs } = settings;
  const metrics = createMetrics(db, rules.packs, clock, { evidence: folder !== undefined });
  const drainer: Drainer = startDrainer({ db, workflows, rules, clock, log, metrics });
  const schedules = startScheduleKeeper(workflows, log);
  const heldErasures = startErasureClock({ db, tokenOf, clock, log, wakeDrainer: () => drainer.wake() });
  const abuse = startAbuseWatch({ db, clock, log, metrics });
  const evidence =
    folder === undefined ? undefined : startEvidenceExport({ db, folder, keys: keys.evidence, clock, log });
  const deps = appDeps(parts, settings, drainer, metrics);
  const stopWork = async (): Promise<void> => {
    await Promise.all([drainer.stop(), schedules.stop(), heldErasures.stop(), abuse.stop(), evidence?.stop()]);
  };
  const servers: RunningServer[] = [];
  try {
    const limits = { ...SERVER_LIMITS, ...http };
    const { host = LOOPBACK, port = 0 } = settings;
    servers.push(await startServer(createApp(deps).callback(), { host, port, setting: 'PORT', limits }));
    const { opsHost = LOOPBACK, opsPort = 0 } = http;
    servers.push(
      await startServer(createOpsApp(deps).callback(), { host: opsHost, port: opsPort, setting: 'OPS_PORT', limits }),
    );
  } catch (error) {
    await Promise.all(servers.map((server) => server.stop(0)));
    await stopWork();
    throw error;
  }
  const [api, ops] = servers;
  return {
    url: api?.url ?? '',
    opsUrl: ops?.url ?? '',
    stop: async () => {
      await Promise.all([api?.stop(shutdownGraceMs), stopWork()]);
      // Last: it is asked how far the stopping is.
      await ops?.stop(0);
    },
  };
}

/** The dependencies of the routes. `drainer`: it tells the workflows what they store. */
export function appDeps(
  parts: ApiParts,
  settings: Omit<ApiSettings, 'shutdownGraceMs'>,
  drainer: Pick<Drainer, 'wake'> & Partial<Pick<Drainer, 'fresh'>>,
  metrics: Metrics,
): AppDeps {
  const { db, tokenOf, clock, workflows, rules, keys, log, webhookSecrets, applicationId } = parts;
  const { http = {}, journey = loadStandardJourney(), orderLimits = ORDER_LIMITS, shops = new Map() } = settings;
  const codec = codecOf(settings.payloadKeys ?? []);
  return {
    db,
    tokenOf,
    exports: createExports(db),
    pageKeys: keys,
    clock,
    journeyOf: () => journey,
    keywords: rules.keywords,
    rules,
    workflows,
    orderLimits,
    wakeDrainer: (outbox) => drainer.wake(outbox),
    ...(drainer.fresh && { fresh: drainer.fresh }),
    webhookSecrets,
    applicationId,
    shops,
    ...(codec && settings.codecAccess && { codec: { codec, ...settings.codecAccess } }),
    ...(http.bodiesAtMost !== undefined && { bodiesAtMost: http.bodiesAtMost }),
    ...(http.rates && { rates: { ...RATES, ...http.rates } }),
    ...(http.trustedProxies !== undefined && { trustedProxies: http.trustedProxies }),
    log,
    metrics,
  };
}
