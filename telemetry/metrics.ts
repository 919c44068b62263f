/** The service's own counters, in a registry of their own so that two services in one process do not share them. */
import { Counter, Gauge, Registry } from 'prom-client';
import type { Db } from '../db/connection/connect.ts';
import type { Alarm } from '../domain/sending/provider-error.ts';
import { countOpenDataRequests } from '../db/privacy/data-requests.ts';
import { countDoubleArrivals } from '../db/sending/ledger/messages.ts';
import { countOpenErasures, countFailingErasures, countHeldShopErasures } from '../queries/privacy/erasures.ts';
import { countOpenCases } from '../queries/conversation/cases.ts';
import { lastExport } from '../db/access/evidence-exports.ts';
import { countPending } from '../db/orders/inbox.ts';
import { countDeadLetters } from '../db/outbox/dead-letters.ts';
import { openCircuits } from '../db/sending/lanes/lanes.ts';
import { countRefusedRedactions } from '../db/privacy/redactions.ts';
import { countOpenBlocks } from '../queries/sending/blocks.ts';
import type { Clock } from '../domain/time/clock.ts';
import { MINUTE } from '../domain/time/duration.ts';
import type { OutboxName } from '../domain/sending/outbox.ts';
import { packsToReview } from '../domain/rules/rule-pack.ts';
import type { AbuseAlarmKind } from '../domain/sending/spend.ts';
import type { RulePacks } from '../domain/rules/rule-pack.ts';

export type WebhookResult =
  | 'stored'
  | 'duplicate'
  | 'orphan'
  | 'ignored'
  | 'unreadable'
  | 'unstorable'
  | 'unsigned'
  | 'unknown_key'
  | 'other_application'
  | 'bad_signature';

export interface Metrics {
  readonly contentType: string;
  /** Metrics in Prometheus' text format, with counts from the database. */
  text(): Promise<string>;
  request(method: string, route: string, status: number): void;
  webhook(kind: 'status' | 'inbound', result: WebhookResult): void;
  alarm(kind: Alarm['kind']): void;
  abuse(kind: AbuseAlarmKind): void;
  /** The rate of the drainer: orders a second whose workflow it may tell. */
  paced(rate: number): void;
  drained(what: OutboxName, result: 'told' | 'finished' | 'refused' | 'failed', count?: number): void;
}

/** After an hour without the engine 400,000 facts wait, and counting them all would take 0.2 s of each scrape. */
const MOST_COUNTED = 100_000;
/** Ms. Each count reads the messages of a week on a second channel. */
const DOUBLE_ARRIVALS_EVERY = 5 * MINUTE;

/** The result of `count`, which is called again only once `ms` have passed. */
function atMostEvery(ms: number, count: () => Promise<number>): () => Promise<number> {
  let last: { readonly at: number; readonly result: Promise<number> } | undefined;
  return () => {
    if (last && performance.now() - last.at < ms) return last.result;
    const result = count();
    last = { at: performance.now(), result };
    // A failure is not kept, so that the next scrape counts again.
    result.catch(() => (last = undefined));
    return result;
  };
}

/** `exports.evidence`: this installation writes the heads of its chains every day. */
export function createMetrics(db: Db, packs: RulePacks, clock: Clock, exports = { evidence: false }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const doubleArrivals = atMostEvery(DOUBLE_ARRIVALS_EVERY, () => countDoubleArrivals(db));
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
  const alarms = new Counter({
    name: 'dopo_provider_alarms_total',
    help: 'Errors in status webhooks that a person has to look at',
    labelNames: ['kind'],
    registers,
  });
  const abuse = new Counter({
    name: 'dopo_abuse_alarms_total',
    help: 'Texts of a brand that cost too much or reach nobody, once per country and day',
    labelNames: ['kind'],
    registers,
  });
  const drained = new Counter({
    name: 'dopo_drained_total',
    help: 'Facts, replies, redeliveries, changed consents and erasures handed to workflows',
    labelNames: ['what', 'result'],
    registers,
  });
  const pace = new Gauge({
    name: 'dopo_tell_rate',
    help: 'Orders a second that this process tells their workflow at most: it falls while workers are behind',
    registers,
  });
  new Gauge({
    name: 'dopo_inbox_pending',
    help: 'Stored facts that no workflow has yet; 100000: as many or more',
    registers,
    async collect() {
      this.set(await countPending(db, MOST_COUNTED));
    },
  });
  new Gauge({
    name: 'dopo_outbox_dead',
    help: 'Stored rows that no workflow could be told of in twelve tries: a person has to look',
    labelNames: ['outbox'],
    registers,
    async collect() {
      for (const [outbox, count] of await countDeadLetters(db)) this.set({ outbox }, count);
    },
  });
  new Gauge({
    name: 'dopo_blocks_open',
    help: 'Templates and senders that the provider refuses and no operator has released',
    registers,
    async collect() {
      this.set(await countOpenBlocks(db));
    },
  });
  new Gauge({
    name: 'dopo_cases_open',
    help: 'Support cases that are open',
    labelNames: ['kind'],
    registers,
    async collect() {
      this.reset();
      for (const [kind, count] of await countOpenCases(db)) this.set({ kind }, count);
    },
  });
  new Gauge({
    name: 'dopo_erasures_open',
    help: 'Persons who are to be erased and are not yet',
    registers,
    async collect() {
      this.set(await countOpenErasures(db));
    },
  });
  new Gauge({
    name: 'dopo_shop_erasures_held',
    help: 'Whole brands that are to be erased because their shop says so, unless it is cancelled in time',
    registers,
    async collect() {
      this.set(await countHeldShopErasures(db));
    },
  });
  new Gauge({
    name: 'dopo_held_erasures_failing',
    help: 'Erasures of persons and of whole brands that were held, whose time is over, and that could not begin',
    registers,
    async collect() {
      this.set(await countFailingErasures(db));
    },
  });
  new Gauge({
    name: 'dopo_redactions_refused',
    help: 'Messages of erased persons that the provider will not forget unless it is asked by hand',
    registers,
    async collect() {
      this.set(await countRefusedRedactions(db));
    },
  });
  new Gauge({
    name: 'dopo_data_requests_open',
    help: 'Customers who have asked a shop for their data and whose export was not fetched yet',
    registers,
    async collect() {
      this.set(await countOpenDataRequests(db));
    },
  });
  new Gauge({
    name: 'dopo_double_arrivals',
    help: 'Messages of the last 7 days that have reached a phone on two channels',
    registers,
    async collect() {
      this.set(await doubleArrivals());
    },
  });
  new Gauge({
    name: 'dopo_rule_packs_to_review',
    help: 'Country rule packs whose day of review has passed; they go on being applied',
    registers,
    async collect() {
      this.set(packsToReview(packs, await clock.now()).length);
    },
  });
  new Gauge({
    name: 'dopo_circuit_open',
    help: 'Lanes on which nothing is sent because the provider fails',
    labelNames: ['lane'],
    registers,
    async collect() {
      this.reset();
      for (const lane of await openCircuits(db)) this.set({ lane }, 1);
    },
  });
  if (exports.evidence)
    new Gauge({
      name: 'dopo_evidence_export_age_seconds',
      help: 'Time since the heads of the chains of consents and audit log were last written outside the database; +Inf: never',
      registers,
      async collect() {
        const last = await lastExport(db);
        this.set(last === undefined ? Infinity : ((await clock.now()) - last) / 1000);
      },
    });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    request: (method, route, status) => requests.inc({ method, route, status }),
    webhook: (kind, result) => webhooks.inc({ kind, result }),
    alarm: (kind) => alarms.inc({ kind }),
    abuse: (kind) => abuse.inc({ kind }),
    paced: (rate) => pace.set(rate),
    drained: (what, result, count = 1) => drained.inc({ what, result }, count),
  };
}
