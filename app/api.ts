/** The two services of a process: the API with its drainer, and the workers. Each is given what it needs and can be stopped. */
import type { Logger } from 'pino';
import { startAbuseWatch } from './background/abuse-watch.ts';
import { createApp, createOpsApp } from '../api/http/app.ts';
import type { CodecAccess } from '../api/operations/codec-routes.ts';
import type { AppDeps } from '../api/http/deps.ts';
import type { Drainer } from '../engine/drainer.ts';
import { startDrainer } from '../engine/drainer.ts';
import type { RunningServer, ServerLimits } from '../api/http/http-server.ts';
import { SERVER_LIMITS, startServer } from '../api/http/http-server.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import type { Rates } from '../api/http/rate-limits.ts';
import { RATES } from '../api/http/rate-limits.ts';
import { startEvidenceExport } from './background/evidence-export.ts';
import { startScheduleKeeper } from '../engine/schedules.ts';
import { startErasureClock } from './background/erasure-clock.ts';
import type { Workflows } from '../engine/workflows.ts';
import type { PayloadKey } from '../codec/aes-gcm.ts';
import { codecOf } from '../codec/aes-gcm.ts';
import { addressTokens } from '../db/addresses/address-token.ts';
import type { Db } from '../db/connection/connect.ts';
import { createExports } from '../queries/privacy/exports.ts';
import type { Clock } from '../domain/time/clock.ts';
import type { JourneyDefinition } from '../domain/journey/journey.ts';
import type { OrderLimits } from '../domain/orders/order.ts';
import { ORDER_LIMITS } from '../domain/orders/order.ts';
import type { ShopifyShop } from '../ingest/shopify-privacy.ts';
import { loadStandardJourney } from '../journeys/load.ts';
import type { Rules } from '../rules/load.ts';
import type { Keys } from './secrets.ts';

export interface HttpSettings extends ServerLimits {
  /** Of health, readiness and metrics. */
  readonly opsHost: string;
  /** 0: any free port. */
  readonly opsPort: number;
  /** Bytes of all bodies at one moment. */
  readonly bodiesAtMost: number;
  readonly rates: Omit<Rates, 'windowSeconds'>;
  readonly trustedProxies: number;
}

const LOOPBACK = '127.0.0.1';

export interface ApiSettings {
  readonly db: Db;
  readonly clock: Clock;
  readonly rules: Rules;
  /** The journey of new orders; the standard journey when left out. */
  readonly journey?: JourneyDefinition;
  readonly workflows: Workflows;
  /** Of the provider, and the application that its webhooks are about; any, when left out. */
  readonly webhookSecrets: readonly string[];
  readonly applicationId?: string;
  readonly keys: Keys;
  /** The keys that encrypt Temporal's payloads; none when left out. */
  readonly payloadKeys?: readonly PayloadKey[];
  /** Tokens that may decrypt it over HTTP; none when left out. */
  readonly codecAccess?: Omit<CodecAccess, 'codec'>;
  /** By brand: its Shopify shop; none has one when left out. */
  readonly shops?: ReadonlyMap<string, ShopifyShop>;
  /** Where the heads of the chains are written every day; nowhere when left out. */
  readonly evidenceFolder?: string;
  /** How many events and parcels an order may have; `ORDER_LIMITS` when left out. */
  readonly orderLimits?: OrderLimits;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** How the ports are guarded; the usual limits, and any free port of this machine for operators, when left out. */
  readonly http?: Partial<HttpSettings>;
  readonly log: Logger;
  /** How long requests under way may take after a stop was asked for, ms. */
  readonly graceMs: number;
}

export interface RunningApi {
  readonly url: string;
  /** Where health, readiness and metrics are. */
  readonly opsUrl: string;
  /** Takes no new connection and lets requests and calls of the engine under way end, side by side: within `graceMs`. */
  stop(): Promise<void>;
}

/** Starts the API and the drainer that tells the workflows what it stored. Throws if the port is taken. */
export async function startApi(settings: ApiSettings): Promise<RunningApi> {
  const { db, clock, workflows, log, evidenceFolder: folder, http = {} } = settings;
  const metrics = createMetrics(db, settings.rules.packs, clock, { evidence: folder !== undefined });
  const journey = settings.journey ?? loadStandardJourney();
  const drainer: Drainer = startDrainer({ db, workflows, rules: settings.rules, clock, log, metrics });
  const schedules = startScheduleKeeper(workflows, log);
  const heldErasures = startErasureClock({
    db,
    tokenOf: addressTokens(settings.keys.addresses),
    clock,
    log,
    wakeDrainer: () => drainer.wake(),
  });
  const abuse = startAbuseWatch({ db, clock, log, metrics });
  const evidence =
    folder === undefined ? undefined : startEvidenceExport({ db, folder, keys: settings.keys.evidence, clock, log });
  const codec = codecOf(settings.payloadKeys ?? []);
  const deps: AppDeps = {
    db,
    exports: createExports(db),
    tokenOf: addressTokens(settings.keys.addresses),
    pageKeys: settings.keys,
    clock,
    journeyOf: () => journey,
    keywords: settings.rules.keywords,
    rules: settings.rules,
    workflows,
    orderLimits: settings.orderLimits ?? ORDER_LIMITS,
    wakeDrainer: (outbox) => drainer.wake(outbox),
    fresh: drainer.fresh,
    webhookSecrets: settings.webhookSecrets,
    applicationId: settings.applicationId,
    shops: settings.shops ?? new Map(),
    ...(codec && settings.codecAccess && { codec: { codec, ...settings.codecAccess } }),
    ...(http.bodiesAtMost !== undefined && { bodiesAtMost: http.bodiesAtMost }),
    ...(http.rates && { rates: { ...RATES, ...http.rates } }),
    ...(http.trustedProxies !== undefined && { trustedProxies: http.trustedProxies }),
    log,
    metrics,
  };
  const stopWork = async (): Promise<void> => {
    await Promise.all([drainer.stop(), schedules.stop(), heldErasures.stop(), abuse.stop(), evidence?.stop()]);
  };
  const servers: RunningServer[] = [];
  try {
    const limits = { ...SERVER_LIMITS, ...http };
    const { host, port } = settings;
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
      await Promise.all([api?.stop(settings.graceMs), stopWork()]);
      // Last: it is asked how far the stopping is.
      await ops?.stop(0);
    },
  };
}
