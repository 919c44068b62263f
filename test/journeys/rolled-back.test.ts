/** Workers of the version before, started by an operator who rolls a release back while orders are under way. */
import { setTimeout as pause } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DAY, HOUR } from '../../domain/duration.ts';
import { historiesOf } from '../../scripts/histories.ts';
import { quietTemporal, searchAttributes } from '../../scripts/installation.ts';
import { startVirtualInstallation } from '../../scripts/virtual-installation.ts';
import type { WorkflowBundle } from '../../workflow-bundle.ts';
import { bundleWorkflows } from '../../workflow-bundle.ts';
import { orderWorkflowId } from '../../workflows/contract.ts';
import { createTestDatabase } from '../helpers/postgres.ts';
import type { VirtualShop } from '../helpers/shop-verbs.ts';
import { demoBrand, withVerbs } from '../helpers/shop-verbs.ts';
import { startTestTimeSkipping } from '../helpers/temporal.ts';

type Database = Awaited<ReturnType<typeof createTestDatabase>>;

let database: Database;
let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  quietTemporal();
  database = await createTestDatabase();
  environment = await startTestTimeSkipping(searchAttributes);
});
afterAll(async () => {
  await environment.teardown();
  await database.drop();
});

/** Starts all processes on the same database and the same Temporal server, as after a deployment. */
async function deployed(bundle: WorkflowBundle): Promise<VirtualShop> {
  const shop = withVerbs(
    await startVirtualInstallation({ databaseUrl: database.url, environment, brand: demoBrand, bundle }),
  );
  return shop;
}

/** Today's code as it was when the text of a message was a local activity of its own, which histories of today do not have. */
function codeOfBefore({ code }: WorkflowBundle): WorkflowBundle {
  const before = code.replace('= checked.rendered)', '= undefined)');
  expect(before).not.toBe(code);
  return { code: before };
}

async function taskFailures(order: string): Promise<string[]> {
  const histories = await historiesOf(environment.client, orderWorkflowId(demoBrand.id, order));
  return histories
    .flatMap(({ events }) => events ?? [])
    .flatMap(({ workflowTaskFailedEventAttributes: failed }) => (failed ? [failed.failure?.message ?? ''] : []));
}

const box = { parcel: { id: 'box', carrier: 'Poste', trackingUrl: 'https://poste.example/t/7Q2' } };
const STORY = ['sent order_confirmation', 'sent shipped', 'sent delivered'];

it('an order under way stands still with failed tasks while workers of the version before run, and goes on where it was with those of today', async () => {
  const today = await bundleWorkflows();
  const first = await deployed(today);
  await first.until(10);
  const order = await first.order();
  await first.event(order.id, 'parcel_shipped', box);
  await first.pass(HOUR);
  expect(await first.story(order.id)).toEqual(STORY.slice(0, 2));
  await first.stop();

  const rolledBack = await deployed(codeOfBefore(today));
  await rolledBack.event(order.id, 'parcel_delivered', box);
  while ((await taskFailures(order.id)).length === 0) await pause(100);
  expect((await taskFailures(order.id))[0]).toMatch(/nondeterminis/i);
  // The run is open, nothing went out, and the event is on record.
  const { status } = await environment.client.workflow.getHandle(orderWorkflowId(demoBrand.id, order.id)).describe();
  expect(status.name).toBe('RUNNING');
  expect(rolledBack.vonage.messages()).toEqual([]);
  expect(await rolledBack.story(order.id)).toEqual(STORY.slice(0, 2));
  expect((await rolledBack.entries(order.id)).filter((entry) => entry.what === 'event').at(-1)).toMatchObject({
    type: 'parcel_delivered',
  });
  // An order that is placed meanwhile is served by the former code.
  const placedMeanwhile = await rolledBack.order();
  await rolledBack.event(placedMeanwhile.id, 'parcel_shipped', box);
  await rolledBack.stop();

  const again = await deployed(today);
  for (const id of [order.id, placedMeanwhile.id]) if (id !== order.id) await again.event(id, 'parcel_delivered', box);
  for (let waited = 0; waited < 300 && (await again.story(order.id)).length < STORY.length; waited += 1)
    await pause(100);
  await again.pass(HOUR);
  for (const { id } of [order, placedMeanwhile]) expect((await again.story(id)).slice(0, STORY.length)).toEqual(STORY);
  await again.pass(30 * DAY);
  const kinds = (await again.story(order.id)).filter((line) => line.startsWith('sent '));
  expect(new Set(kinds).size).toBe(kinds.length);
  expect(kinds).toContain('sent rating_request');
  await again.stop();
});
