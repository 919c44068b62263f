import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { afterEach, describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../domain/time/duration.ts';
import type { WorkflowHistory } from '../../dev/histories.ts';
import { historiesOf } from '../../dev/histories.ts';
import { bundleWorkflows } from '../../app/runtime/workflow-bundle.ts';
import { orderWorkflowId, redeliveryWorkflowId } from '../../workflows/contract.ts';
import { virtualShop } from '../helpers/virtual-shop.ts';

const shop = virtualShop();

afterEach(() => shop.vonage.clearFaults());

const acceptedAt = (phone: string): number[] =>
  shop.vonage.messages().flatMap(({ to, acceptedAt: at }) => (to === phone ? [at] : []));

async function confirmationOf(order: string): Promise<{ id: string; state: string; reason: string | null }> {
  return shop.db('messages').where({ order_id: order, kind: 'order_confirmation' }).first('id', 'state', 'reason');
}

/** Repairs of a message by an operator. */
async function repair(message: string, verb: string, more: object = {}): Promise<number> {
  const response = await fetch(`${shop.apiUrl}/v1/messages/${message}/${verb}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${shop.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ actor: 'ada', reason: 'test', ...more }),
  });
  await shop.time.settled();
  return response.status;
}

async function redeliveriesOf(message: string): Promise<WorkflowHistory[]> {
  const rows: { id: number }[] = await shop
    .db('redeliveries')
    .where({ message_id: message })
    .orderBy('id')
    .select('id');
  const client = shop.environment.client;
  const runs = await Promise.all(rows.map(({ id }) => historiesOf(client, redeliveryWorkflowId(shop.brand.id, id))));
  return runs.flat();
}

describe('a message that did not arrive because of something that passes', () => {
  it('is sent again after 5 and after 10 minutes, and its workflows end with it', async () => {
    await shop.until(10);
    shop.faultOfNextOrder({ kind: 'error_receipt', code: '1180', times: 2 });
    const { id, phone } = await shop.order();
    for (let minute = 0; minute < 20; minute += 1) await shop.pass(MINUTE);
    const [first = 0, ...later] = acceptedAt(phone);
    const delays = later.map((at) => Math.round((at - first) / MINUTE));
    expect(delays).toHaveLength(2);
    expect(delays[0]).toBeGreaterThanOrEqual(5);
    expect(delays[1]).toBeGreaterThanOrEqual((delays[0] ?? 0) + 10);
    const { id: message, state } = await confirmationOf(id);
    expect(state).toBe('delivered');
    for (const { events } of await redeliveriesOf(message))
      expect(events?.at(-1)?.workflowExecutionCompletedEventAttributes).toBeDefined();
  });

  it('is not sent again when the order was cancelled meanwhile', async () => {
    await shop.until(10);
    shop.faultOfNextOrder({ kind: 'error_receipt', code: '1180', times: 1 });
    const { id, phone } = await shop.order();
    await shop.pass(MINUTE);
    await shop.event(id, 'order_cancelled');
    await shop.pass(HOUR);
    expect(await confirmationOf(id)).toMatchObject({ state: 'skipped', reason: 'order_cancelled' });
    expect(acceptedAt(phone)).toHaveLength(2);
    expect(await shop.story(id)).toContain('skipped order_confirmation order_cancelled');
  });

  it('waits while its order is paused', async () => {
    await shop.until(10);
    shop.faultOfNextOrder({ kind: 'error_receipt', code: '1180', times: 1 });
    const { id, phone } = await shop.order();
    await shop.pass(MINUTE);
    await shop.shop.command(id, 'pause', { until: new Date((await shop.time.now()) + 2 * HOUR).toISOString() });
    await shop.pass(HOUR);
    expect(acceptedAt(phone)).toHaveLength(1);
    await shop.pass(2 * HOUR);
    expect(acceptedAt(phone)).toHaveLength(2);
  });
});

describe('a redelivery of unknown outcome', () => {
  it('is settled while its order is paused, and sent once more only when the order is resumed', async () => {
    await shop.until(10);
    shop.faultOfNextOrder({ kind: 'error_receipt', code: '1180', times: 1 });
    const { id, phone } = await shop.order();
    await shop.pass(MINUTE);
    shop.vonage.setFault({ kind: 'reset_before_accept', to: phone, times: 1 });
    await shop.pass(5 * MINUTE);
    const { id: message, state } = await confirmationOf(id);
    expect([state, acceptedAt(phone).length]).toEqual(['unknown', 1]);
    await shop.shop.command(id, 'pause', { until: new Date((await shop.time.now()) + 6 * HOUR).toISOString() });
    await shop.pass(3 * HOUR);
    const outcomes = () => shop.db('attempts').where({ message_id: message }).orderBy('number').pluck('outcome');
    expect(await outcomes()).toEqual(['accepted', 'not_sent']);
    expect((await confirmationOf(id)).state).toBe('planned');
    await shop.pass(4 * HOUR);
    expect(await outcomes()).toEqual(['accepted', 'not_sent', 'accepted']);
    expect(acceptedAt(phone)).toHaveLength(2);
  });
});

describe('an operator', () => {
  it('sends a message again whose order’s run is long closed', async () => {
    await shop.until(10);
    shop.faultOfNextOrder({ kind: 'status', status: 422, code: '1450', times: 1 });
    const { id, phone } = await shop.order();
    await shop.pass(MINUTE);
    await shop.environment.client.workflow.getHandle(orderWorkflowId(shop.brand.id, id)).terminate();
    const { id: message, state } = await confirmationOf(id);
    expect([state, acceptedAt(phone)]).toEqual(['rejected', []]);
    expect(await repair(message, 'redrive')).toBe(200);
    await shop.pass(MINUTE);
    expect(acceptedAt(phone)).toHaveLength(1);
    expect((await confirmationOf(id)).state).toBe('delivered');
  });

  it('and the order’s own run send an unknown message once between them', async () => {
    await shop.until(10);
    shop.faultOfNextOrder({ kind: 'reset_before_accept', times: 1 });
    const { id, phone } = await shop.order();
    await shop.pass(90_000);
    const { id: message, state } = await confirmationOf(id);
    expect(state).toBe('unknown');
    expect(await repair(message, 'release')).toBe(200);
    await shop.pass(3 * HOUR);
    expect(acceptedAt(phone)).toHaveLength(1);
    expect(await shop.story(id)).toEqual(['sent order_confirmation']);
  });

  it('an operator who gives a message up ends it for its order, too', async () => {
    await shop.until(10);
    shop.vonage.setFault({ kind: 'status', status: 429 });
    const { id, phone } = await shop.order();
    await shop.pass(MINUTE);
    expect(await repair((await confirmationOf(id)).id, 'give-up')).toBe(200);
    shop.vonage.clearFaults();
    await shop.pass(DAY);
    expect(acceptedAt(phone)).toEqual([]);
    expect(await shop.story(id)).toContain('failed order_confirmation given_up_by_operator');
  });
});

it('a redelivery’s history replays, and names no person', async () => {
  const messages: { message_id: string }[] = await shop.db('redeliveries').distinct('message_id');
  const histories = (await Promise.all(messages.map(({ message_id: message }) => redeliveriesOf(message)))).flat();
  expect(histories.length).toBeGreaterThan(4);
  const named = histories.map((history, index) => ({ workflowId: `replayed-${index}`, history }));
  for await (const { error } of Worker.runReplayHistories({ workflowBundle: await bundleWorkflows() }, named))
    expect(error).toBeUndefined();
  const phones = shop.vonage.messages().map(({ to }) => to.slice(1));
  const decoded = histories.map((history) => readable(historyToJSON(history))).join('\n');
  expect(messages.every(({ message_id: message }) => decoded.includes(message))).toBe(true);
  expect(['Giulia', 'Rossi', ...phones].filter((canary) => decoded.includes(canary))).toEqual([]);
});

/** With every base64 payload decoded, as a person with access to Temporal would see it. */
function readable(json: string): string {
  return json.replaceAll(/"([A-Za-z0-9+/]{8,}={0,2})"/g, (_, data: string) => Buffer.from(data, 'base64').toString());
}
