import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectTemporal } from '../../engine/temporal.ts';
import type { OrderView } from '../../queries/orders/timeline.ts';
import { HOUR } from '../../domain/time/duration.ts';
import { searchAttributes } from '../../dev/installation.ts';
import type { DevServer } from '../../dev/servers/start-dev-server.ts';
import { orderWorkflowId } from '../../workflows/contract.ts';
import { brand } from '../helpers/ledger.ts';
import { validEvent, validOrder } from '../helpers/orders.ts';
import type { Program } from '../../dev/programs.ts';
import type { Surroundings } from '../helpers/processes.ts';
import { openSurroundings, startServices, stopProgram } from '../helpers/processes.ts';
import { startTestDevServer } from '../helpers/temporal.ts';

const POLL = { interval: 50 };
const now = (): string => new Date().toISOString();

let temporal: DevServer;
let around: Surroundings;
let services: Program;
let engine: { client: Client; close(): Promise<void> };
beforeAll(async () => {
  temporal = await startTestDevServer(searchAttributes);
  around = await openSurroundings(temporal.address);
  services = await startServices(['api', 'worker'], around.env);
  engine = connectTemporal({ connectionOptions: { address: temporal.address } });
});
afterAll(async () => {
  await stopProgram(services);
  await engine.close();
  await around.close();
  await temporal.stop();
});

type Overrides = Parameters<typeof validOrder>[0];

/** Places an order and waits until its confirmation is out: the run is at rest then. */
async function place(overrides: Overrides = {}): Promise<{ readonly id: string; readonly contact: string }> {
  const order = validOrder({ placedAt: now(), ...overrides });
  const { contact } = await around.shop.placeOrder(order);
  await untilSent(order.id, ['order_confirmation']);
  return { id: order.id, contact };
}

const view = (order: string): Promise<OrderView> => around.shop.view(order);
const entries = async (order: string, what: string): Promise<object[]> =>
  (await view(order)).timeline.filter((entry) => entry.what === what);
const sent = async (order: string): Promise<string[]> =>
  (await view(order)).timeline.flatMap((entry) => (entry.what === 'sent' ? [entry.kind] : []));

/** Hooks call it too, where `expect.poll` is not at hand. */
const untilSent = (order: string, kinds: readonly string[]): Promise<void> =>
  vi.waitFor(async () => expect(await sent(order)).toEqual(kinds), { ...POLL, timeout: 120_000 });

describe("Temporal's list of orders", () => {
  /** A person whose name, number and town stand out, and what a text of ours starts with. */
  const person = { firstName: 'Zafferano', lastName: 'Quirinali', phone: '+393398877665' };
  const town = 'Canicattini';
  const canaries = [person.firstName, person.lastName, '3398877665', town, `${brand.name}:`];
  let download: Awaited<ReturnType<typeof place>>;
  let parcel: Awaited<ReturnType<typeof place>>;

  beforeAll(async () => {
    // A download has its guide ten minutes after the order; a parcel has only what is far off.
    download = await place({ items: [{ sku: 'RECIPES-PDF', title: 'Ricette', quantity: 1, price: '9.90' }] });
    parcel = await place({ customer: person, shippingAddress: { country: 'IT', region: 'SR', city: town } });
    await around.shop.report(
      parcel.id,
      validEvent({ type: 'parcel_shipped', occurredAt: now(), parcel: { id: 'p1', carrier: 'BRT' } }),
    );
    await untilSent(parcel.id, ['order_confirmation', 'shipped']);
    await around.shop.command(parcel.id, 'pause');
  });

  async function found(query: string): Promise<string[]> {
    const ids: string[] = [];
    for await (const { workflowId } of engine.client.workflow.list({
      query: `WorkflowType = 'orderJourney' AND ${query}`,
    }))
      ids.push(workflowId);
    return ids.toSorted();
  }
  const idsOf = (...orders: { readonly id: string }[]): string[] =>
    orders.map(({ id }) => orderWorkflowId(brand.id, id)).toSorted();
  const inAnHour = new Date(Date.now() + HOUR).toISOString();

  it.each([
    ['its brand', () => `DopoBrand = '${brand.id}'`, () => [download, parcel]],
    ['its contact', () => `DopoContact = '${parcel.contact}'`, () => [parcel]],
    ['its phase', () => "DopoPhase = 'delivery'", () => [parcel]],
    ['its next step', () => "DopoNextStep = 'setup_guide_digital'", () => [download]],
    ['when that is due', () => `DopoNextDue < '${inAnHour}'`, () => [download]],
    ['its being on hold', () => 'DopoHold = true', () => [parcel]],
    ['its not being on hold', () => "DopoHold = false AND ExecutionStatus = 'Running'", () => [download]],
  ])('finds an order by %s', async (_, query, expected) => {
    await expect.poll(() => found(query()), POLL).toEqual(idsOf(...expected()));
  });

  it('shows phase, next step and last event of a run, and nothing that tells who the customer is', async () => {
    const handle = engine.client.workflow.getHandle(orderWorkflowId(brand.id, parcel.id));
    const description = await handle.describe();
    const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    expect(await description.staticSummary()).toBe(`Order ${parcel.id} of ${brand.id}`);
    expect(metadata.currentDetails).toMatch(
      /^\*\*Phase\*\* delivery, paused\n\n\*\*Next\*\* .+ at 20.+\n\n\*\*Last\*\* shipped/,
    );

    // They did reach the customer.
    expect(
      around.vonage
        .messages()
        .map(({ to, text }) => to + text)
        .join(),
    ).toMatch(/3398877665.*Zafferano/);
    const shown = textOf([description.raw, metadata, await handle.fetchHistory()]);
    expect(shown).toContain(parcel.contact);
    expect(canaries.filter((canary) => shown.toLowerCase().includes(canary.toLowerCase()))).toEqual([]);
  });
});

/** All text of a message of Temporal's, payloads included. */
function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, part]) => `${name}=${textOf(part)}`)
    .join('\n');
}

describe('a command over HTTP', () => {
  async function give(order: string, command: string, key: string, body: object = {}) {
    const response = await fetch(`${around.apiUrl}/v1/orders/${order}/${command}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${around.key}`, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as { plan: { key: string }[] } };
  }
  /** The API forgets a key after a while; the workflow remembers it too. */
  const forgetAnswers = () => around.db('idempotency_keys').delete();

  it('pause holds everything back until resume; each is done once, however often it is asked for', async () => {
    const { id } = await place();
    const paused = await give(id, 'pause', 'pause-1');
    expect(paused).toMatchObject({ status: 200, body: { plan: [{ key: 'never_arrived' }, { key: 'reactivation' }] } });
    expect(await give(id, 'pause', 'pause-1')).toEqual(paused);
    await forgetAnswers();
    expect(await give(id, 'pause', 'pause-1')).toEqual(paused);
    expect((await view(id)).hold).toEqual({});

    await around.shop.report(id, validEvent({ type: 'refund_issued', id: 'while-paused', occurredAt: now() }));
    const known = async () =>
      (await give(id, 'skip', `look-${Date.now()}`, { step: 'shipped' })).body.plan.map(({ key }) => key);
    await expect.poll(known, POLL).toContain('refund_issued#while-paused');
    expect(await sent(id)).toEqual(['order_confirmation']);

    const resumed = await give(id, 'resume', 'resume-1');
    await expect.poll(() => sent(id), POLL).toEqual(['order_confirmation', 'refund_issued']);
    // The old key gets the old answer, and does not hold the order again.
    expect(await give(id, 'pause', 'pause-1')).toEqual(paused);
    expect(await give(id, 'resume', 'resume-1')).toEqual(resumed);
    expect((await view(id)).hold).toBeNull();
    const types = (await entries(id, 'command')).filter((entry) => !('step' in entry));
    expect(types).toMatchObject([{ type: 'paused' }, { type: 'resumed' }]);
  });

  it('an operator skips a step, once for a key; an unknown step and a reused key are refused', async () => {
    const { id } = await place();
    const skipped = await give(id, 'skip', 'skip-1', { step: 'reactivation' });
    expect(skipped).toMatchObject({ status: 200, body: { plan: [{ key: 'never_arrived' }] } });
    expect(await give(id, 'skip', 'skip-1', { step: 'reactivation' })).toEqual(skipped);
    expect(await entries(id, 'command')).toMatchObject([{ type: 'step_skipped', step: 'reactivation' }]);
    await expect
      .poll(() => entries(id, 'skipped'), POLL)
      .toMatchObject([{ key: 'reactivation', reason: 'skipped_by_operator' }]);
    expect(await give(id, 'skip', 'skip-2', { step: 'nothing' })).toMatchObject({
      status: 422,
      body: { type: 'urn:dopo:problem:invalid' },
    });
    expect(await give(id, 'skip', 'skip-1', { step: 'shipped' })).toMatchObject({
      status: 409,
      body: { type: 'urn:dopo:problem:key_reused' },
    });
  });

  it('cancel-messages ends all messages of an order, and what happens later is recorded and not sent', async () => {
    const { id } = await place();
    const cancelled = await give(id, 'cancel-messages', 'cancel-1');
    // Cases are no messages.
    expect(cancelled).toMatchObject({ status: 200, body: { plan: [{ key: 'never_arrived' }] } });
    expect(await give(id, 'cancel-messages', 'cancel-1')).toEqual(cancelled);
    await around.shop.report(id, validEvent({ type: 'refund_issued', id: 'too-late', occurredAt: now() }));
    await expect
      .poll(() => entries(id, 'skipped'), POLL)
      .toContainEqual(
        expect.objectContaining({ key: 'refund_issued#too-late', reason: 'messages_cancelled_by_operator' }),
      );
    expect(await sent(id)).toEqual(['order_confirmation']);
    expect(await entries(id, 'command')).toMatchObject([{ type: 'messages_cancelled' }]);
  });
});
