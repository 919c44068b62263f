import { Worker } from '@temporalio/worker';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDrainer } from '../../engine/drainer.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { temporalWorkflows } from '../../engine/temporal.ts';
import { floodInbox, floodLedger } from '../../bench/flood.ts';
import { createApiKey } from '../../commands/access/api-keys.ts';
import { saveBrand } from '../../commands/orders/save-brand.ts';
import { connect } from '../../db/connection/connect.ts';
import { shopClient } from '../../demo/shop-client.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import { DAY, HOUR } from '../../domain/time/duration.ts';
import { EVENTS, REPORTED_TYPES } from '../../domain/orders/events.ts';
import { ORDER_LIMITS } from '../../domain/orders/order.ts';
import { rules } from '../helpers/rules.ts';
import type { WorkflowHistory } from '../../dev/histories.ts';
import { carriedBytes, historiesOf } from '../../dev/histories.ts';
import { quietTemporal, searchAttributes } from '../../dev/installation.ts';
import { startVirtualInstallation } from '../../dev/virtual-installation.ts';
import { virtualTime } from '../../dev/virtual-time.ts';
import { bundleWorkflows } from '../../app/runtime/workflow-bundle.ts';
import { orderEventSignal, orderWorkflowId } from '../../workflows/contract.ts';
import { LONG_HISTORY } from '../../workflows/order/continue-as-new.ts';
import type { Shop } from '../api/shop.ts';
import { openShop, serve } from '../api/shop.ts';
import { validEvent, validOrder } from '../helpers/orders.ts';
import { createTestDatabase } from '../helpers/postgres.ts';
import type { VirtualShop } from '../helpers/shop-verbs.ts';
import { demoBrand, withVerbs } from '../helpers/shop-verbs.ts';
import { startTestTimeSkipping } from '../helpers/temporal.ts';
import { isWhole } from '../helpers/whole.ts';

const FLOOD = isWhole ? 10_000 : 4_000;

describe('a backend that reports thousands of facts of one order', () => {
  const flooded = validOrder();
  const stranger = validOrder();
  const large = validOrder();
  const half = validOrder();
  const long = validOrder();
  let shop: VirtualShop;
  let close = async (): Promise<void> => {};

  // The facts are told before a worker runs: the time-skipping server loses workflow tasks when signals keep coming meanwhile.
  beforeAll(async () => {
    quietTemporal();
    const database = await createTestDatabase();
    const environment = await startTestTimeSkipping(searchAttributes);
    const clock = { now: () => environment.currentTimeMs() };
    const db = connect(database.url);
    const api = await serve(db, { clock });
    const keyOf = async (brand: Brand): Promise<string> => {
      await saveBrand(db, brand, await clock.now());
      const scopes = ['orders:write', 'orders:read'] as const;
      return createApiKey(db, { brand: brand.id, label: 'flood', scopes }, await clock.now());
    };
    const theirs = { ...demoBrand, id: 'stranger', name: 'Stranger', sender: '+393399957099' };
    const [client, strangers] = [await keyOf(demoBrand), await keyOf(theirs)].map((key) => shopClient(api.url, key));
    if (!client || !strangers) throw new Error('there are two');
    const now = new Date(await clock.now()).toISOString();

    await client.placeOrder({ ...flooded, placedAt: now });
    await floodInbox(db, { brand: demoBrand.id, order: flooded.id, count: FLOOD, at: await clock.now() });
    await client.report(flooded.id, validEvent({ type: 'order_cancelled', occurredAt: now }));
    await strangers.placeOrder({ ...stranger, placedAt: now });
    const parcels = { [large.id]: ORDER_LIMITS.parcels, [half.id]: ORDER_LIMITS.parcels / 2 };
    for (const order of [large, half, long]) {
      await client.placeOrder({ ...order, placedAt: now });
      for (const type of REPORTED_TYPES.filter((one) => 'parcel' in EVENTS[one].says))
        await Promise.all(
          Array.from({ length: parcels[order.id] ?? 0 }, (_, index) =>
            client.report(order.id, validEvent({ type, parcel: { id: `p${index}` }, occurredAt: now })),
          ),
        );
    }
    const drainer = startDrainer({
      db,
      workflows: temporalWorkflows(environment.client),
      rules,
      clock,
      log: pino({ level: 'silent' }),
      metrics: createMetrics(db, rules.packs, clock),
      pollMs: 50,
    });
    await virtualTime(environment, db).settled();
    await drainer.stop();
    // One update over and over: a history that is long before the first step is taken up.
    const run = environment.client.workflow.getHandle(orderWorkflowId(demoBrand.id, long.id));
    const update = { id: 'again', at: await clock.now(), type: 'order_updated' } as const;
    for (let signals = 0; signals < LONG_HISTORY; signals += 20)
      await Promise.all(Array.from({ length: 20 }, () => run.signal(orderEventSignal, update)));
    shop = withVerbs(await startVirtualInstallation({ databaseUrl: database.url, environment, brand: demoBrand }));
    close = async () => {
      await shop.stop();
      await api.close();
      await environment.teardown();
      await database.drop();
    };
  });
  afterAll(() => close());

  it('never calls the engine more often than once per hundred of them', async () => {
    const told = toldIn(await historiesOf(shop.environment.client, orderWorkflowId(demoBrand.id, flooded.id)));
    expect(told.facts).toBe(FLOOD + 2);
    expect(told.signals).toBeLessThanOrEqual(2 * (FLOOD / 100));
  });

  it('never keeps an order of another brand from its text', async () => {
    await shop.pass(HOUR);
    const sent = await shop.db('messages').where({ brand_id: 'stranger', order_id: stranger.id }).pluck('state');
    expect(sent).toEqual(['delivered']);
  });

  it('never keeps the order itself from its end: it is cancelled, its steps end with a reason, and its run ends', async () => {
    await shop.pass(40 * DAY);
    expect(await statusOf(flooded.id)).toBe('COMPLETED');
    const histories = await historiesOf(shop.environment.client, orderWorkflowId(demoBrand.id, flooded.id));
    expect(workflowTasksOf(histories)).toBeLessThan(50);
    for (const history of histories) expect(carriedBytes(history)).toBeLessThan(256 * 1024);
    expect(await shop.story(flooded.id)).toContain('sent order_cancelled');
    // The changes of an order are gathered in one message, which is ruled out.
    const { rows } = await shop.db.raw<{ rows: { count: number }[] }>(
      "select count(*) from decisions where order_id = ? and step = 'order_updated' and outcome = 'skip'",
      [flooded.id],
    );
    expect(rows[0]?.count).toBe(1);
  });

  it('never keeps an order of 100 parcels and 500 events from being told of, delivered and ended', async () => {
    await shop.pass(150 * DAY);
    expect(await statusOf(large.id)).toBe('COMPLETED');
    const histories = await historiesOf(shop.environment.client, orderWorkflowId(demoBrand.id, large.id));
    expect(workflowTasksOf(histories)).toBeLessThan(2_000);
    for (const history of histories) expect(carriedBytes(history)).toBeLessThan(64 * 1024);
    const entries = await shop.entries(large.id);
    expect(entries.length).toBeGreaterThan(ORDER_LIMITS.events);
    expect(entries).toContainEqual(expect.objectContaining({ what: 'sent', kind: 'delivered' }));
  });

  it('costs no more than twice as much with twice as many facts: in events of its history and in what is carried', async () => {
    const [whole, part] = await Promise.all([large, half].map(async ({ id }) => runsOf(id)));
    const events = (runs: readonly WorkflowHistory[]) => runs.reduce((sum, run) => sum + (run.events?.length ?? 0), 0);
    const carried = (runs: readonly WorkflowHistory[]) => Math.max(...runs.map(carriedBytes));
    expect(events(whole ?? [])).toBeLessThanOrEqual(2.1 * events(part ?? []));
    expect(carried(whole ?? [])).toBeLessThanOrEqual(2.1 * carried(part ?? []));
  });

  it('never begins a step in a run whose history is long: the run is handed on first, and the next one goes on', async () => {
    const [first, second] = await runsOf(long.id);
    expect(first?.events?.length).toBeGreaterThan(LONG_HISTORY);
    // A step asks the gate first, whichever way its message is sent.
    const steps = (run: WorkflowHistory | undefined) =>
      (run?.events ?? []).filter(({ markerRecordedEventAttributes: marker }) =>
        Buffer.from(marker?.details?.['data']?.payloads?.[0]?.data ?? []).includes('"checkConsent"'),
      ).length;
    expect([steps(first), steps(second) > 0]).toEqual([0, true]);
    expect(first?.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes).toBeDefined();
    expect(await shop.story(long.id)).toContain('sent order_confirmation');
  });

  it('leaves histories that run the same way again', async () => {
    const ids = [flooded.id, large.id, long.id].map((order) => orderWorkflowId(demoBrand.id, order));
    const runs = (await Promise.all(ids.map((id) => historiesOf(shop.environment.client, id)))).flat();
    const histories = runs.map((history, index) => ({ workflowId: `replayed-${index}`, history }));
    for await (const { error } of Worker.runReplayHistories({ workflowBundle: await bundleWorkflows() }, histories))
      expect(error).toBeUndefined();
  });

  function runsOf(order: string): Promise<WorkflowHistory[]> {
    return historiesOf(shop.environment.client, orderWorkflowId(demoBrand.id, order));
  }

  async function statusOf(order: string): Promise<string> {
    const { status } = await shop.environment.client.workflow
      .getHandle(orderWorkflowId(demoBrand.id, order))
      .describe();
    return status.name;
  }
});

describe('an order with thousands of facts of an earlier version', () => {
  let shop: Shop;
  let order: string;
  /** Rows that each statement has read since the last time it was asked. */
  let rowsRead: number[] = [];
  beforeAll(async () => {
    shop = await openShop();
    const placed = (await shop.post('/v1/orders', validOrder())).body;
    order = placed.id;
    await floodInbox(shop.db, { brand: 'bottega', order, count: FLOOD, at: shop.clock.at });
    await floodLedger(shop.db, { brand: 'bottega', order, contact: placed.contact, count: FLOOD, at: shop.clock.at });
    shop.db.on('query-response', (response: { rows?: unknown[] } | unknown[] | undefined) => {
      rowsRead.push(Array.isArray(response) ? response.length : (response?.rows?.length ?? 0));
    });
  });
  afterAll(() => shop.close());
  const counted = async (path: string) => {
    rowsRead = [];
    const { status, body } = await shop.get(path);
    return { status, body, statements: rowsRead.length, most: Math.max(...rowsRead) };
  };

  it('is never read whole for an answer: the timeline comes in pages, and the answer says that it is not complete', async () => {
    const { status, body, statements, most } = await counted(`/v1/orders/${order}`);
    expect(status).toBe(200);
    expect(body.timeline).toHaveLength(200);
    expect(body.plan.length).toBeLessThanOrEqual(200);
    expect(body.incomplete).toBe(true);
    expect(statements).toBeLessThan(25);
    expect(most).toBeLessThanOrEqual(2_500);
  });

  it('never loses or repeats an entry between the pages of its timeline', async () => {
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const { body } = await counted(`/v1/orders/${order}?limit=500${after === undefined ? '' : `&after=${after}`}`);
      seen.push(...body.timeline.map((entry: object) => JSON.stringify(entry)));
      after = body.next;
    } while (after !== undefined);
    // The order, the flood of events, and a text and a move for each of the flood.
    expect(seen).toHaveLength(1 + 3 * FLOOD);
    const moments = seen.map((entry) => (JSON.parse(entry) as { at: string }).at);
    expect(moments).toEqual(moments.toSorted());
  });

  it('is never explained at once: fifty at a time, each with its last decisions', async () => {
    const first = await counted(`/v1/orders/${order}/explain?message=order_updated`);
    expect(first.status).toBe(200);
    expect(first.body.explained).toHaveLength(50);
    expect(first.statements).toBeLessThan(120);
    expect(first.most).toBeLessThanOrEqual(2_500);
    const second = await counted(
      `/v1/orders/${order}/explain?message=order_updated&after=${encodeURIComponent(first.body.next)}`,
    );
    expect(second.body.explained[0].key > first.body.next).toBe(true);
  });

  it('refuses a place in the timeline that no page has named', async () => {
    for (const after of ['x', '1-9-1-1', '1-0-1-9f0c', "1-0-1-1'"])
      expect((await shop.get(`/v1/orders/${order}?after=${encodeURIComponent(after)}`)).status).toBe(422);
  });
});

/** Signals with facts, and how many facts they carried. */
function toldIn(histories: readonly WorkflowHistory[]): { readonly signals: number; readonly facts: number } {
  const facts = histories
    .flatMap(({ events }) => events ?? [])
    .flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => (signal ? [signal.input?.payloads ?? []] : []))
    .map((payloads) => {
      const [one, many] = payloads.map(({ data }) => JSON.parse(Buffer.from(data ?? []).toString()) as unknown);
      return one === null && Array.isArray(many) ? many.length : 1;
    });
  return { signals: facts.length, facts: facts.reduce((sum, count) => sum + count, 0) };
}

function workflowTasksOf(histories: readonly WorkflowHistory[]): number {
  return histories.flatMap(({ events }) => events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes)
    .length;
}
