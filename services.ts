/** The two services of a process: the API with its drainer, and the workers. Each is given what it needs and can be stopped. */
import type { Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { createApp } from './api/app.ts';
import type { Drainer } from './api/drainer.ts';
import { startDrainer } from './api/drainer.ts';
import { createMetrics } from './api/metrics.ts';
import type { OrderWorkflows } from './api/temporal.ts';
import type { Db } from './db/connect.ts';
import type { Clock } from './domain/clock.ts';
import type { JourneyDefinition } from './domain/journey.ts';
import { loadStandardJourney } from './journeys/load.ts';
import type { Rules } from './rules/load.ts';

export interface ApiSettings {
  readonly db: Db;
  readonly clock: Clock;
  readonly rules: Rules;
  /** What new orders follow; the standard journey when left out. */
  readonly journey?: JourneyDefinition;
  readonly orders: OrderWorkflows;
  readonly webhookSecret: string;
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
  const { db, clock, orders, log } = settings;
  const metrics = createMetrics(db);
  const journey = settings.journey ?? loadStandardJourney();
  const drainer: Drainer = startDrainer({ db, orders, clock, log, metrics });
  const app = createApp({
    db,
    clock,
    journeyOf: () => journey,
    keywords: settings.rules.keywords,
    windows: settings.rules.windows,
    orders,
    wakeDrainer: () => drainer.wake(),
    webhookSecret: settings.webhookSecret,
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
    await drainer.stop();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${settings.host}:${port}`,
    stop: async () => {
      await close(server, underWay, settings.graceMs);
      await drainer.stop();
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
