import { Worker } from '@temporalio/worker';
import { afterEach, describe, expect, it } from 'vitest';
import type { ErasureView } from '../../queries/privacy/erasures.ts';
import { storeFact } from '../../db/orders/inbox.ts';
import { DAY, HOUR, MINUTE } from '../../domain/time/duration.ts';
import { historiesOf } from '../../dev/histories.ts';
import { bundleWorkflows } from '../../app/runtime/workflow-bundle.ts';
import { erasureWorkflowId, orderWorkflowId } from '../../workflows/contract.ts';
import { virtualShop } from '../helpers/virtual-shop.ts';

const shop = virtualShop();

afterEach(() => shop.vonage.clearFaults());

const box = { parcel: { id: 'box', carrier: 'Poste', trackingUrl: 'https://poste.example/t/7Q2' } };

interface Answered {
  readonly status: number;
  readonly body: ErasureView;
  readonly location: string | null;
}

async function call(method: string, path: string, body?: object): Promise<Answered> {
  const response = await fetch(shop.apiUrl + path, {
    method,
    headers: { authorization: `Bearer ${shop.key}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as ErasureView;
  return { status: response.status, body: answer, location: response.headers.get('location') };
}

const contactOf = async (order: string): Promise<string> => (await shop.shop.view(order)).contact ?? '';
const textsTo = (phone: string): number => shop.vonage.messages().filter(({ to }) => to === phone).length;
const resultOf = (order: string): Promise<unknown> =>
  shop.environment.client.workflow.getHandle(orderWorkflowId(shop.brand.id, order)).result();

async function erase(contact: string): Promise<string> {
  const { body } = await call('DELETE', `/v1/contacts/${contact}`);
  await shop.time.settled();
  return body.id;
}

const erasure = async (id: string): Promise<ErasureView> => (await call('GET', `/v1/erasures/${id}`)).body;

describe('erasing a customer', () => {
  it('while timers run ends every run, sends nothing more, and a new order with the number is not texted either', async () => {
    await shop.until(10);
    const first = await shop.order();
    const same = { customer: { phone: first.phone } };
    const second = await shop.order(same);
    const third = await shop.order(same);
    await shop.event(first.id, 'parcel_shipped', box);
    await shop.pass(HOUR);
    const contact = await contactOf(first.id);
    const before = textsTo(first.phone);
    expect(before).toBeGreaterThan(2);

    const asked = await call('DELETE', `/v1/contacts/${contact}`);
    expect(asked).toMatchObject({ status: 202, body: { contact, state: 'requested' } });
    expect(asked.location).toBe(`/v1/erasures/${asked.body.id}`);
    await shop.time.settled();
    await shop.pass(5 * MINUTE);
    for (const { id } of [first, second, third]) expect(await resultOf(id)).toMatchObject({ outcome: 'erased' });
    expect((await erasure(asked.body.id)).steps).toMatchObject([
      { step: 'suppress', detail: { numbers: 1 } },
      { step: 'end_orders', detail: { runs: 3 } },
      { step: 'remove_data', detail: { addresses: 1, parcels: 1 } },
      { step: 'redact_provider', result: 'done' },
    ]);
    await shop.pass(100 * DAY);
    expect(textsTo(first.phone)).toBe(before);
    expect(await erasure(asked.body.id)).toMatchObject({ state: 'done' });

    await shop.until(10);
    const back = await shop.order(same);
    expect(await contactOf(back.id)).not.toBe(contact);
    await shop.event(back.id, 'parcel_shipped', box);
    await shop.pass(20 * DAY);
    expect(textsTo(first.phone)).toBe(before);
    expect(await shop.story(back.id)).toEqual(
      expect.arrayContaining(['skipped order_confirmation opted_out', 'skipped shipped opted_out']),
    );
  });

  it('asks the provider to forget each message, an hour after the last of them', async () => {
    await shop.until(10);
    const { id, phone } = await shop.order();
    await shop.says(phone, 'Quando arriva?');
    await shop.pass(30 * MINUTE);
    const before = shop.vonage.redactions().length;
    const asked = await erase(await contactOf(id));
    await shop.pass(10 * MINUTE);
    expect(await erasure(asked)).toMatchObject({ state: 'running' });
    await shop.pass(2 * HOUR);
    expect(await erasure(asked)).toMatchObject({
      state: 'done',
      steps: expect.arrayContaining([expect.objectContaining({ step: 'redact_provider', result: 'done' })]),
    });
    const answers = shop.vonage.redactions().slice(before);
    expect(answers.filter(({ status }) => status === 204).length).toBe(textsTo(phone) + 1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403, 204]));
  });

  it('is not held up by a provider that refuses to forget: that is on record', async () => {
    await shop.until(10);
    const { id } = await shop.order();
    await shop.pass(MINUTE);
    shop.vonage.setFault({ kind: 'redact_status', status: 403, code: 'unprovisioned' });
    const asked = await erase(await contactOf(id));
    await shop.pass(10 * MINUTE);
    const { state, steps } = await erasure(asked);
    expect(state).toBe('done');
    expect(steps.at(-1)).toMatchObject({
      step: 'redact_provider',
      result: 'partly',
      detail: { refused: 1, redacted: 0 },
    });
    expect(await (await fetch(`${shop.opsUrl}/metrics`)).text()).toMatch(/dopo_redactions_refused [1-9]/);
  });

  it('goes on asking a provider that is away, for four weeks', async () => {
    await shop.until(10);
    const { id } = await shop.order();
    await shop.pass(MINUTE);
    shop.vonage.setFault({ kind: 'redact_status', status: 503 });
    const asked = await erase(await contactOf(id));
    await shop.pass(3 * DAY);
    expect(await erasure(asked)).toMatchObject({ state: 'running' });
    shop.vonage.clearFaults();
    await shop.pass(DAY);
    expect(await erasure(asked)).toMatchObject({ state: 'done', steps: { length: 4 } });
  });

  it('is done once: asking again gives the same, unknown and strangers’ contacts are not found', async () => {
    await shop.until(10);
    const { id } = await shop.order();
    const contact = await contactOf(id);
    const asked = await erase(contact);
    expect(await erase(contact)).toBe(asked);
    await shop.pass(3 * HOUR);
    expect(await call('DELETE', `/v1/contacts/${contact}`)).toMatchObject({
      status: 202,
      body: { id: asked, state: 'done' },
    });
    expect((await call('DELETE', '/v1/contacts/00000000-0000-4000-8000-000000000000')).status).toBe(404);
    expect((await call('GET', '/v1/erasures/00000000-0000-4000-8000-000000000000')).status).toBe(404);
  });

  it('asked for twice at once is one erasure, which ends the runs once', async () => {
    await shop.until(10);
    const { id } = await shop.order();
    const contact = await contactOf(id);
    const asked = await Promise.all([
      call('DELETE', `/v1/contacts/${contact}`),
      call('DELETE', `/v1/contacts/${contact}`),
    ]);
    expect(new Set(asked.map(({ body }) => body.id)).size).toBe(1);
    await shop.time.settled();
    await shop.pass(5 * MINUTE);
    expect((await erasure(asked[0]?.body.id ?? '')).steps[1]).toMatchObject({ detail: { runs: 1, terminated: 0 } });
  });

  it('refuses what comes about the order later, and starts no run again', async () => {
    await shop.until(10);
    const { id } = await shop.order();
    await erase(await contactOf(id));
    await shop.pass(5 * MINUTE);
    const event = {
      id: 'late',
      type: 'parcel_shipped',
      occurredAt: new Date(await shop.time.now()).toISOString(),
      ...box,
    };
    expect(await call('POST', `/v1/orders/${id}/events`, event)).toMatchObject({
      status: 410,
      body: { type: 'urn:dopo:problem:order_erased' },
    });
    // A fact that the service stores itself does not ask the API.
    const now = await shop.time.now();
    await storeFact(shop.db, {
      brand: shop.brand.id,
      order: id,
      source: 'dopo',
      id: 'case_closed.1',
      type: 'case_closed',
      at: now,
      payload: { case: '1' },
      requestHash: Buffer.alloc(0),
      now,
    });
    await shop.time.settled();
    await shop.pass(DAY);
    const described = await shop.environment.client.workflow.getHandle(orderWorkflowId(shop.brand.id, id)).describe();
    expect(described.status.name).toBe('COMPLETED');
    expect(await shop.shop.view(id)).toMatchObject({ name: null, finished: true, plan: [] });
  });

  it('leaves histories that replay and name no person', async () => {
    const rows: { id: string }[] = await shop.db('erasures').select('id');
    const histories = (
      await Promise.all(
        rows.map(({ id }) => historiesOf(shop.environment.client, erasureWorkflowId(shop.brand.id, id))),
      )
    ).flat();
    expect(histories.length).toBeGreaterThan(4);
    const named = histories.map((history, index) => ({ workflowId: `replayed-${index}`, history }));
    for await (const { error } of Worker.runReplayHistories({ workflowBundle: await bundleWorkflows() }, named))
      expect(error).toBeUndefined();
  });
});
