/** A shop with a real engine and no worker: workflows are started and get their signals, and none of them runs. */
import { Client, Connection } from '@temporalio/client';
import type { Logger } from 'pino';
import pino from 'pino';
import type { Drainer, DrainerDeps } from '../../engine/drainer.ts';
import { startDrainer } from '../../engine/drainer.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { temporalWorkflows } from '../../engine/temporal.ts';
import type { Workflows } from '../../engine/workflows.ts';
import type { RuleData } from '../../domain/rules/rule-data.ts';
import { rules } from '../helpers/rules.ts';
import { searchAttributes } from '../../dev/installation.ts';
import { startTestDevServer } from '../helpers/temporal.ts';
import type { Shop } from './shop.ts';
import { openShop } from './shop.ts';

export interface EngineShop extends Shop {
  readonly client: Client;
  readonly workflows: Workflows;
  /** Starts a drainer at the shop's time. It is never woken and finds rows by itself. `workflows`: in place of the engine's own. */
  drainer(settings?: {
    readonly workflows?: DrainerDeps['workflows'];
    readonly rules?: RuleData;
    readonly log?: Logger;
  }): Drainer;
}

export async function openEngineShop(): Promise<EngineShop> {
  const [shop, server] = await Promise.all([openShop(), startTestDevServer(searchAttributes)]);
  const client = new Client({ connection: await Connection.connect({ address: server.address }) });
  const own = temporalWorkflows(client);
  const clock = { now: () => shop.clock.at };
  return {
    ...shop,
    client,
    workflows: own,
    drainer({ workflows = own, rules: by = rules, log = pino({ level: 'silent' }) } = {}) {
      const metrics = createMetrics(shop.db, rules.packs, clock);
      return startDrainer({ db: shop.db, workflows, rules: by, clock, log, metrics, pollMs: 20 });
    },
    async close() {
      await client.connection.close();
      await server.stop();
      await shop.close();
    },
  };
}
