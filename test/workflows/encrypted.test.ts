import { randomBytes } from 'node:crypto';
import { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonPayload } from '../../codec/payload-bytes.ts';
import { dataConverterOf } from '../../codec/data-converter.ts';
import { DAY } from '../../domain/time/duration.ts';
import type { WorkflowHistory } from '../../dev/histories.ts';
import { historiesOf } from '../../dev/histories.ts';
import { quietTemporal, searchAttributes } from '../../dev/installation.ts';
import { startVirtualInstallation } from '../../dev/virtual-installation.ts';
import { bundleWorkflows } from '../../app/runtime/workflow-bundle.ts';
import { ORDERS_QUEUE, ORDER_JOURNEY, orderEventSignal, orderWorkflowId } from '../../workflows/contract.ts';
import { createTestDatabase } from '../helpers/postgres.ts';
import { readable } from '../helpers/canaries.ts';
import type { VirtualShop } from '../helpers/shop-verbs.ts';
import { demoBrand, withVerbs } from '../helpers/shop-verbs.ts';
import { startTestTimeSkipping } from '../helpers/temporal.ts';

const TOKEN = 'a-token-of-operations-with-40-characters';
const KEYS = [{ id: '2026-11', key: randomBytes(32) }];

let shop: VirtualShop;
let end: () => Promise<void> = async () => {};
beforeAll(async () => {
  quietTemporal();
  const database = await createTestDatabase();
  const environment = await startTestTimeSkipping(searchAttributes);
  const settings = { databaseUrl: database.url, environment, brand: demoBrand, payloadKeys: KEYS };
  const installation = await startVirtualInstallation({ ...settings, codecAccess: { tokens: [TOKEN] } });
  shop = withVerbs(installation);
  end = async () => {
    await installation.stop();
    await environment.teardown();
    await database.drop();
  };
});
afterAll(() => end());

const historyOf = (order: string): Promise<WorkflowHistory[]> =>
  historiesOf(shop.environment.client, orderWorkflowId(shop.brand.id, order));
const asSeen = (histories: readonly WorkflowHistory[]): string =>
  histories.map((one) => readable(historyToJSON(one))).join('\n');

/** Every payload of a history, as Temporal UI would send them. */
function payloadsIn(value: unknown): JsonPayload[] {
  if (value === null || typeof value !== 'object') return [];
  if ('metadata' in value && 'data' in value) return [value as JsonPayload];
  return Object.values(value).flatMap(payloadsIn);
}

describe('with payloads encrypted', () => {
  it('a whole order runs, and its history shows nothing of what was said and done', async () => {
    await shop.until(10);
    const { id } = await shop.order();
    await shop.event(id, 'parcel_shipped', { id: 'canary-event', parcel: { id: 'canary-parcel' } });
    await shop.pass(DAY);
    await shop.event(id, 'parcel_delivered', { parcel: { id: 'canary-parcel' } });
    await shop.pass(150 * DAY);
    expect(await shop.story(id)).toEqual(expect.arrayContaining(['sent order_confirmation', 'sent bundle_offer']));
    const histories = await historyOf(id);
    const seen = asSeen(histories);
    expect(seen).toContain('binary/encrypted');
    const { contact } = await shop.shop.view(id);
    const words = ['canary-event', 'order_confirmation', '@placed', '"placement"', `"contact":"${contact}"`];
    expect(words.filter((word) => seen.includes(word))).toEqual([]);

    const codec = dataConverterOf(KEYS);
    const replay = Worker.runReplayHistories(
      { workflowBundle: await bundleWorkflows(true), ...(codec && { dataConverter: codec }) },
      histories.map((history, index) => ({ workflowId: `replayed-${index}`, history })),
    );
    for await (const { error } of replay) expect(error).toBeUndefined();

    const payloads = histories.flatMap((history) => payloadsIn(JSON.parse(historyToJSON(history))));
    const answer = await fetch(`${shop.apiUrl}/codec/decode`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ payloads }),
    });
    expect(readable(await answer.text())).toContain('canary-event');
  });

  it('a failure keeps its words and its trace to itself', async () => {
    const brand = shop.brand.id;
    const journey = { name: 'broken', version: 1, steps: ['canary-words'] };
    const placement = { contact: 'nobody', journey };
    const dataConverter = dataConverterOf(KEYS);
    const { connection } = shop.environment;
    const client = new Client({ connection, ...(dataConverter && { dataConverter }) });
    await client.workflow.signalWithStart(ORDER_JOURNEY, {
      workflowId: orderWorkflowId(brand, 'broken'),
      taskQueue: ORDERS_QUEUE,
      args: [{ brand, order: 'broken' }],
      signal: orderEventSignal,
      signalArgs: [{ id: 'order_placed', at: await shop.time.now(), type: 'order_placed', placement }],
    });
    let seen = '';
    await expect
      .poll(async () => (seen = asSeen(await historyOf('broken'))))
      .toContain('workflowTaskFailedEventAttributes');
    expect(seen).toContain('Encoded failure');
    expect(['canary-words', 'expandStep', 'compiled-journey'].filter((word) => seen.includes(word))).toEqual([]);
    await client.workflow.getHandle(orderWorkflowId(brand, 'broken')).terminate();
  });
});
