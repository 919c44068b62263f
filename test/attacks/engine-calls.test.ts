/** No call of the engine is made inside a transaction, and every start takes its own brand's turn. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { NativeConnection, Worker } from '@temporalio/worker';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEraseActivities } from '../../activities/privacy/erase-person.ts';
import { createOrderActivities, createSendActivities } from '../../activities/index.ts';
import { startDrainer } from '../../engine/drainer.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { startScheduleKeeper } from '../../engine/periodic.ts';
import { connectTemporal, temporalWorkflows } from '../../engine/temporal.ts';
import type { Workflows } from '../../engine/workflows.ts';
import { accessCodes } from '../../commands/privacy/ask-code.ts';
import { countUnstarted } from '../../db/outbox/outbox.ts';
import { saveLane } from '../../db/sending/lanes/lanes.ts';
import { accountLane } from '../../domain/sending/lane.ts';
import { SETTLE_RULES } from '../../domain/sending/ledger.ts';
import type { OutboxName } from '../../domain/sending/outbox.ts';
import { OUTBOX_NAMES } from '../../domain/sending/outbox.ts';
import { zoneAtNoon } from '../drills/send/orders.ts';
import { rules } from '../helpers/rules.ts';
import { quietTemporal, searchAttributes } from '../../dev/installation.ts';
import { loadTemplates } from '../../templates/load.ts';
import { bundleWorkflows } from '../../app/runtime/workflow-bundle.ts';
import {
  CONSENT_RENEWAL,
  ERASURE,
  ORDERS_QUEUE,
  ORDER_JOURNEY,
  REDELIVERY,
  REPLY,
  RETENTION,
  SEND_QUEUE,
  orderEventSignal,
  orderWorkflowId,
} from '../../workflows/contract.ts';
import * as workflowsOfBundle from '../../workflows/index.ts';
import { LONG_HISTORY } from '../../workflows/order/continue-as-new.ts';
import type { Shop } from '../api/shop.ts';
import { openShop } from '../api/shop.ts';
import { keys, tokenOf } from '../helpers/keys.ts';
import { validOrder } from '../helpers/orders.ts';
import { startTestDevServer } from '../helpers/temporal.ts';
import { watchTransactions } from '../helpers/transactions.ts';
import { startStage } from '../vonage/receiver.ts';
import type { OutboxRow } from './outbox-rows.ts';
import { outboxRows } from './outbox-rows.ts';

const POLL = { interval: 50 };
const log = pino({ level: 'silent' });
// Workers run here, and they go by the engine's clock.
const clock = { now: () => Date.now() };

let shop: Shop;
let server: Awaited<ReturnType<typeof startTestDevServer>>;
let temporal: ReturnType<typeof connectTemporal>;
let workflows: Workflows;
let isInTransaction: () => boolean;
/** Every request that went to the engine, and functions of `Workflows` that were called. */
const calls: { readonly method: string; readonly inside: boolean }[] = [];
const used = new Set<string>();

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];
const watching: Interceptor = (options, next) => {
  const [method = ''] = options.method_definition.path.split('/').slice(-1);
  calls.push({ method, inside: isInTransaction() });
  return next(options) as ReturnType<Interceptor>;
};

function noted(all: Workflows): Workflows {
  const of = (name: string, call: (...args: unknown[]) => unknown) => {
    return (...args: unknown[]): unknown => (used.add(name), call(...args));
  };
  return Object.fromEntries(Object.entries(all).map(([name, call]) => [name, of(name, call)])) as unknown as Workflows;
}

beforeAll(async () => {
  quietTemporal();
  server = await startTestDevServer(searchAttributes);
  temporal = connectTemporal({ connectionOptions: { address: server.address, interceptors: [watching] } });
  workflows = noted(temporalWorkflows(temporal.client));
  shop = await openShop({ workflows, clock });
  isInTransaction = watchTransactions(shop.db);
});
afterAll(async () => {
  await temporal.close();
  await server.stop();
  await shop.close();
});

/** Drains until nothing is owed, and the drainer has looked whether the engine keeps up. */
async function drained(): Promise<void> {
  const metrics = createMetrics(shop.db, rules.packs, clock);
  const drainer = startDrainer({ db: shop.db, workflows, rules, clock, log, metrics, pollMs: 20 });
  const untold = () => shop.db('inbox').whereNull('applied_at').first('id');
  while ((await untold()) || (await countUnstarted(shop.db)) > 0 || !used.has('waits')) await sleep(50);
  await drainer.stop();
}

const rows = {} as Record<OutboxName, OutboxRow>;
const strangers = validOrder();
const long = validOrder();

/** One row of each outbox, an order of another brand, and one whose run has a long history before a worker takes it up. */
beforeAll(async () => {
  const at = new Date(clock.now()).toISOString();
  for (const outbox of OUTBOX_NAMES) rows[outbox] = await outboxRows(shop, clock.now())[outbox]();
  await shop.post('/v1/orders', { ...strangers, placedAt: at }, { authorization: `Bearer ${shop.strangersKey}` });
  await shop.post('/v1/orders', { ...long, placedAt: at });
  // No question about a consent is asked at night.
  await shop.db('contacts').update({ zone: zoneAtNoon(clock.now()), zone_chosen: true });
  await drained();
  const run = temporal.client.workflow.getHandle(orderWorkflowId('bottega', long.id));
  const update = { id: 'again', at: clock.now(), type: 'order_updated' } as const;
  for (let signals = 0; signals < LONG_HISTORY; signals += 20)
    await Promise.all(Array.from({ length: 20 }, () => run.signal(orderEventSignal, update)));
});

describe('a call of the engine', () => {
  it('is never made while a transaction is open, of any outbox, command, probe, schedule or erasure', async () => {
    const order = rows.fact.name;
    const asked = ['pause', 'resume', 'skip', 'cancel-messages'].map((command) =>
      shop.post(`/v1/orders/${order}/${command}`, command === 'skip' ? { step: 'order_confirmation' } : {}, {
        'idempotency-key': command,
      }),
    );
    await Promise.all([...asked, shop.ops('/readyz')]);
    const keeper = startScheduleKeeper(workflows, log);
    await expect.poll(() => calls.map(({ method }) => method), POLL).toContain('CreateSchedule');
    await keeper.stop();
    const environment = new MockActivityEnvironment({ attempt: 1 }, { client: temporal.client });
    const { endRuns } = createEraseActivities({ db: shop.db, tokenOf, rules });
    await environment.run(endRuns, { erasure: String(rows.erasure.id), asOf: clock.now(), told: 1 });

    expect([...used].toSorted()).toEqual(Object.keys(workflows).toSorted());
    expect(calls.map(({ method }) => method)).toContain('TerminateWorkflowExecution');
    expect(calls.filter(({ inside }) => inside)).toEqual([]);
    // A call inside a transaction would be seen.
    await shop.db.transaction(() => workflows.reachable());
    expect(calls.filter(({ inside }) => inside)).toEqual([{ method: 'GetSystemInfo', inside: true }]);
  });
});

const runsOf = async (workflowId: string) => {
  const runs = [];
  for await (const { runId } of temporal.client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    const { events } = await temporal.client.workflow.getHandle(workflowId, runId).fetchHistory();
    runs.push(events?.[0]?.workflowExecutionStartedEventAttributes);
  }
  return runs;
};
const typesOf = new Set<string>();

describe('a brand', () => {
  it.each(OUTBOX_NAMES)('never takes another’s turn with what a row of %s starts', async (outbox) => {
    await expect.poll(() => runsOf(rows[outbox].workflowId), POLL).toHaveLength(1);
    const [started] = await runsOf(rows[outbox].workflowId);
    typesOf.add(started?.workflowType?.name ?? '');
    expect(started?.priority?.fairnessKey).toBe('bottega');
  });

  it('never takes another’s turn with any workflow: each is started in one of these ways, but for the daily sweep of all brands', async () => {
    expect([...typesOf, RETENTION].toSorted()).toEqual(Object.keys(workflowsOfBundle).toSorted());
    const [started] = await runsOf(orderWorkflowId('altrove', strangers.id));
    expect(started?.priority?.fairnessKey).toBe('altrove');
  });

  it('never takes another’s turn with an activity, nor after a run was continued', async () => {
    const tasks: { readonly workflow: string; readonly activity: string; readonly key: string | undefined }[] = [];
    const stage = await startStage('manual', 5_000, { clock });
    await saveLane(shop.db, accountLane(100));
    const deps = {
      db: shop.db,
      tokenOf,
      codeOf: accessCodes(keys.codes),
      rules,
      templates: loadTemplates(),
      sender: stage.sender,
      settling: SETTLE_RULES,
      clock,
    };
    const { checkConsent, ...others } = createOrderActivities(deps);
    const sendsNothing: typeof checkConsent = ({ send: _send, ...question }) => checkConsent(question);
    const connection = await NativeConnection.connect({ address: server.address });
    const common = {
      connection,
      interceptors: {
        activity: [
          ({ info }) => {
            const { isLocal, workflowType = '', activityType, priority } = info;
            if (!isLocal) tasks.push({ workflow: workflowType, activity: activityType, key: priority?.fairnessKey });
            return {};
          },
        ],
      },
    } satisfies Partial<Parameters<typeof Worker.create>[0]>;
    const workers = await Promise.all([
      Worker.create({
        ...common,
        taskQueue: ORDERS_QUEUE,
        workflowBundle: await bundleWorkflows(),
        activities: { ...others, checkConsent: sendsNothing },
      }),
      Worker.create({ ...common, taskQueue: SEND_QUEUE, activities: createSendActivities(deps) }),
    ]);
    const runs = workers.map((worker) => worker.run());
    try {
      const seen = () => [...new Set(tasks.map(({ workflow, activity }) => `${workflow} ${activity}`))];
      const wanted = [ORDER_JOURNEY, REPLY, REDELIVERY, CONSENT_RENEWAL].map((type) => `${type} sendMessage`);
      await expect.poll(seen, POLL).toEqual(expect.arrayContaining([...wanted, `${ERASURE} suppressPerson`]));
      await expect.poll(() => tasks.map(({ key }) => key), POLL).toContain('altrove');
      expect(tasks.filter(({ key }) => key !== 'bottega' && key !== 'altrove')).toEqual([]);

      const longRuns = () => runsOf(orderWorkflowId('bottega', long.id));
      await expect.poll(async () => (await longRuns()).length, POLL).toBeGreaterThan(1);
      for (const run of await longRuns()) expect(run?.priority?.fairnessKey).toBe('bottega');
    } finally {
      for (const worker of workers) worker.shutdown();
      await Promise.all(runs);
      await connection.close();
      await stage.close();
    }
  });
});
