/** The two services of a process: the API with its drainer, and the workers. Each is given what it needs and can be stopped. */
import type { Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { createApp } from './api/app.ts';
import type { CodecAccess } from './api/codec.ts';
import type { Drainer } from './api/drainer.ts';
import { startDrainer } from './api/drainer.ts';
import { createMetrics } from './api/metrics.ts';
import { startScheduleKeeper } from './api/schedules.ts';
import { startShopErasureClock } from './api/shop-erasure-clock.ts';
import type { Workflows } from './api/workflows.ts';
import type { PayloadKey } from './codec/aes-gcm.ts';
import { codecOf } from './codec/aes-gcm.ts';
import { addressTokens } from './db/address-token.ts';
import type { Db } from './db/connect.ts';
import type { Clock } from './domain/clock.ts';
import type { JourneyDefinition } from './domain/journey.ts';
import type { ShopifyShop } from './ingest/shopify-privacy.ts';
import { loadStandardJourney } from './journeys/load.ts';
import type { Rules } from './rules/load.ts';
import type { Keys } from './secrets.ts';

export interface ApiSettings {
  readonly db: Db;
  readonly clock: Clock;
  readonly rules: Rules;
  /** What new orders follow; the standard journey when left out. */
  readonly journey?: JourneyDefinition;
  readonly workflows: Workflows;
  readonly webhookSecret: string;
  readonly keys: Keys;
  /** What Temporal stores is encrypted with; none when left out. */
  readonly payloadKeys?: readonly PayloadKey[];
  /** Who may decrypt it over HTTP; nobody when left out. */
  readonly codecAccess?: Omit<CodecAccess, 'codec'>;
  /** By brand: its Shopify shop; none has one when left out. */
  readonly shops?: ReadonlyMap<string, ShopifyShop>;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly log: Logger;
  /** How long requests under way may take after a stop was asked for, ms. */
  readonly graceMs: number;
}

export interface RunningApi {
  readonly url: string;
  /** Takes no new connection, lets requests under way end, then stops telling the workflows. */
  stop(): Promise<void>;
}

/** Starts the API and the drainer that tells the workflows what it stored. Throws if the port is taken. */
export async function startApi(settings: ApiSettings): Promise<RunningApi> {
  const { db, clock, workflows, log } = settings;
  const metrics = createMetrics(db, settings.rules.packs, clock);
  const journey = settings.journey ?? loadStandardJourney();
  const drainer: Drainer = startDrainer({ db, workflows, rules: settings.rules, clock, log, metrics });
  const schedules = startScheduleKeeper(workflows, log);
  const heldErasures = startShopErasureClock({ db, clock, log, wakeDrainer: () => drainer.wake() });
  const codec = codecOf(settings.payloadKeys ?? []);
  const app = createApp({
    db,
    tokenOf: addressTokens(settings.keys.addresses),
    pageKeys: settings.keys,
    clock,
    journeyOf: () => journey,
    keywords: settings.rules.keywords,
    rules: settings.rules,
    workflows,
    wakeDrainer: () => drainer.wake(),
    webhookSecret: settings.webhookSecret,
    shops: settings.shops ?? new Map(),
    ...(codec && settings.codecAccess && { codec: { codec, ...settings.codecAccess } }),
    log,
    metrics,
  });
  const handle = app.callback();
  const underWay = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    underWay.add(response);
    response.once('close', () => underWay.delete(response));
    void handle(request, response);
  });
  try {
    await listen(server, settings.host, settings.port);
  } catch (error) {
    await Promise.all([drainer.stop(), schedules.stop(), heldErasures.stop()]);
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${settings.host}:${port}`,
    stop: async () => {
      await close(server, underWay, settings.graceMs);
      await Promise.all([drainer.stop(), schedules.stop(), heldErasures.stop()]);
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Idle connections are closed at once; whoever still waits for an answer gets it within the grace time, as the last of its connection. */
function close(server: Server, underWay: ReadonlySet<ServerResponse>, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    for (const response of underWay) if (!response.headersSent) response.setHeader('Connection', 'close');
    server.closeIdleConnections();
  });
}
