/** The service's own counters, in a registry of their own so that two services in one process do not share them. */
import { Counter, Gauge, Registry } from 'prom-client';
import type { Db } from '../db/connect.ts';
import { countPending } from '../db/inbox.ts';

export type WebhookResult = 'stored' | 'ignored' | 'unreadable' | 'unsigned' | 'bad_signature';

export interface Metrics {
  readonly contentType: string;
  /** Prometheus text format; reads the inbox once. */
  text(): Promise<string>;
  request(method: string, route: string, status: number): void;
  webhook(kind: 'status' | 'inbound', result: WebhookResult): void;
  drained(what: 'fact' | 'reply', result: 'told' | 'finished' | 'failed'): void;
}

export function createMetrics(db: Db): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'dopo_http_requests_total',
    help: 'Answered requests',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const webhooks = new Counter({
    name: 'dopo_webhooks_total',
    help: 'Webhooks of the provider and what became of them',
    labelNames: ['kind', 'result'],
    registers,
  });
  const drained = new Counter({
    name: 'dopo_drained_total',
    help: 'Facts and replies handed to workflows',
    labelNames: ['what', 'result'],
    registers,
  });
  new Gauge({
    name: 'dopo_inbox_pending',
    help: 'Stored facts that no workflow has yet',
    registers,
    async collect() {
      this.set(await countPending(db));
    },
  });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    request: (method, route, status) => requests.inc({ method, route, status }),
    webhook: (kind, result) => webhooks.inc({ kind, result }),
    drained: (what, result) => drained.inc({ what, result }),
  };
}
