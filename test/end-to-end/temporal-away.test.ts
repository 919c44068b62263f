import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countPending } from '../../db/orders/inbox.ts';
import { searchAttributes } from '../../dev/installation.ts';
import { freePort } from '../../dev/servers/free-port.ts';
import type { DevServer } from '../../dev/servers/start-dev-server.ts';
import { startDevServer } from '../../dev/servers/start-dev-server.ts';
import { validEvent, validOrder } from '../helpers/orders.ts';
import type { Program } from '../../dev/programs.ts';
import type { Surroundings } from '../helpers/processes.ts';
import { openSurroundings, startServices, stopProgram } from '../helpers/processes.ts';
import { shared } from '../helpers/servers.ts';

const POLL = { interval: 50 };
const now = (): string => new Date().toISOString();

let folder: string;
let port: number;
let around: Surroundings;
let api: Program;
let worker: Program | undefined;
let temporal: DevServer | undefined;

/** Temporal at the address that the services know, with what it knew before. */
async function startTemporal(): Promise<DevServer> {
  const { path: program } = await shared('temporalCli');
  return startDevServer({ program, searchAttributes, port, uiPort: false, dbFile: join(folder, 'temporal.db') });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dopo-away-'));
  port = await freePort();
  around = await openSurroundings(`127.0.0.1:${port}`);
  api = await startServices(['api'], around.env);
});
afterAll(async () => {
  await Promise.all([stopProgram(api), stopProgram(worker)]);
  await temporal?.stop();
  await around.close();
  await rm(folder, { recursive: true, force: true });
});

const early = validOrder({ name: '#1', placedAt: now() });
const late = validOrder({ name: '#2', placedAt: now() });

async function post(path: string, body: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${around.apiUrl}/v1/orders${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${around.key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as object };
}

/** A part of the late order's total: two equal reports in ten minutes would be one refund. */
const refund = (amount: string) =>
  post(`/${late.id}/events`, { ...validEvent({ type: 'refund_issued', occurredAt: now() }), amount, currency: 'EUR' });

const ready = async () => {
  const response = await fetch(`${around.opsUrl}/readyz`);
  return { status: response.status, body: (await response.json()) as object };
};
const UP = { status: 200, body: { database: true, temporal: true } };
const TEMPORAL_AWAY = { status: 503, body: { database: true, temporal: false } };

/** Kinds of an order's messages in the order they were sent, as the ledger and as the provider count them. */
async function sent(order: string): Promise<string[]> {
  const { timeline } = await around.shop.view(order);
  return timeline.flatMap((entry) => (entry.what === 'sent' ? [entry.kind] : []));
}
const accepted = (name: string): number => around.vonage.messages().filter(({ text }) => text.includes(name)).length;

it('before Temporal has ever been there orders and events are taken, commands are not, and /readyz says why', async () => {
  expect((await post('', early)).status).toBe(202);
  // It takes five seconds to give up.
  const refused = post(`/${early.id}/pause`, {}, { 'idempotency-key': 'hold-1' });
  expect((await post(`/${early.id}/events`, validEvent({ type: 'refund_issued', occurredAt: now() }))).status).toBe(
    202,
  );
  // This one comes before its order.
  expect((await refund('1.00')).status).toBe(202);
  expect((await post('', late)).status).toBe(202);
  expect(await ready()).toEqual(TEMPORAL_AWAY);
  expect(await refused).toMatchObject({ status: 503, body: { type: 'urn:dopo:problem:engine_unavailable' } });
});

it('everything that was taken is applied and sent once Temporal and a worker are there, and only once', async () => {
  temporal = await startTemporal();
  worker = await startServices(['worker'], around.env);
  for (const { id, name } of [early, late] as const) {
    await expect.poll(async () => (await sent(id)).toSorted(), POLL).toEqual(['order_confirmation', 'refund_issued']);
    // The ledger says so before the request is under way: submitted is committed first.
    await expect.poll(() => accepted(String(name)), POLL).toBe(2);
  }
  await expect.poll(ready, POLL).toEqual(UP);
  expect(await countPending(around.db)).toBe(0);
});

it('the command that was refused is done when it is given again with its Idempotency-Key', async () => {
  expect(await post(`/${early.id}/pause`, {}, { 'idempotency-key': 'hold-1' })).toMatchObject({ status: 200 });
  expect((await around.shop.view(early.id)).hold).toEqual({});
});

it('when Temporal goes away and comes back, nothing is lost or sent twice, and no process has to be restarted', async () => {
  await temporal?.stop();
  const during = validOrder({ name: '#3', placedAt: now() });
  expect((await post('', during)).status).toBe(202);
  expect((await refund('2.00')).status).toBe(202);
  expect(await ready()).toEqual(TEMPORAL_AWAY);

  temporal = await startTemporal();
  await expect.poll(() => sent(during.id), POLL).toEqual(['order_confirmation']);
  await expect
    .poll(async () => (await sent(late.id)).toSorted(), POLL)
    .toEqual(['order_confirmation', 'refund_issued', 'refund_issued']);
  await expect.poll(() => [accepted('#1'), accepted('#2'), accepted('#3')], POLL).toEqual([2, 3, 1]);
  await expect.poll(() => countPending(around.db), POLL).toBe(0);
  expect(await ready()).toEqual(UP);
  expect(await Promise.all([stopProgram(worker), stopProgram(api)])).toEqual([0, 0]);
});
