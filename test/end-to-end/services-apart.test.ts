import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectTemporal } from '../../engine/temporal.ts';
import type { OrderView } from '../../queries/orders/timeline.ts';
import { searchAttributes } from '../../dev/installation.ts';
import type { DevServer } from '../../dev/servers/start-dev-server.ts';
import { orderWorkflowId, timelineQuery } from '../../workflows/contract.ts';
import { attemptsOf, brand } from '../helpers/ledger.ts';
import { validOrder } from '../helpers/orders.ts';
import type { Program } from '../../dev/programs.ts';
import { startProgram } from '../../dev/programs.ts';
import type { Surroundings } from '../helpers/processes.ts';
import { openSurroundings, startServices, stopProgram } from '../helpers/processes.ts';
import { startTestDevServer } from '../helpers/temporal.ts';

const POLL = { interval: 20 };

let temporal: DevServer;
let around: Surroundings;
let api: Program;
beforeAll(async () => {
  temporal = await startTestDevServer(searchAttributes);
  around = await openSurroundings(temporal.address);
  api = await startServices(['api'], around.env);
});
afterAll(async () => {
  await stopProgram(api);
  await around.close();
  await temporal.stop();
});

/** Places an order. The number of its customer is what the provider knows it by. */
async function place(): Promise<{ readonly id: string; readonly phone: string }> {
  const body = validOrder({ placedAt: new Date().toISOString() });
  const { contact } = await around.shop.placeOrder(body);
  const { addresses } = await around.shop.contact(contact);
  return { id: body.id, phone: addresses[0]?.address ?? '' };
}

/** The number of messages to this number that the provider has accepted. */
const accepted = (phone: string): number => around.vonage.messages().filter(({ to }) => to === phone).length;

const sent = ({ timeline }: OrderView): string[] =>
  timeline.flatMap((entry) => (entry.what === 'sent' ? [`${entry.kind} ${entry.state}`] : []));

async function attempts(order: string) {
  const [message]: { id: string }[] = await around.db('messages').where({ order_id: order }).select('id');
  return message ? attemptsOf(around.db, message.id) : [];
}

describe.each([
  ['orders', {}],
  ['sends', { SENDS_IN_PLACE: '0' }],
] as const)('where the worker of %s sends', (by, env) => {
  let orders: Program;
  let send: Program;
  const startWorker = (queue: 'orders' | 'send'): Promise<Program> =>
    startServices(['worker', '--queues', queue], { ...around.env, ...env });
  beforeAll(async () => {
    [orders, send] = await Promise.all([startWorker('orders'), startWorker('send')]);
  });
  afterAll(() => Promise.all([orders, send].map(stopProgram)));
  const sender = (): Program => (by === 'orders' ? orders : send);
  const replaceSender = async (): Promise<void> => {
    if (by === 'orders') orders = await startWorker('orders');
    else send = await startWorker('send');
  };

  it('an order goes through an API, a worker of orders and a worker of sends that run apart', async () => {
    const { id, phone } = await place();
    await expect.poll(async () => sent(await around.shop.view(id)), POLL).toEqual(['order_confirmation delivered']);
    expect(accepted(phone)).toBe(1);
  });

  /** The order whose send was killed. */
  let interrupted: Awaited<ReturnType<typeof place>>;

  it('a worker that is killed before it hears the answer leaves a message that its receipt settles', async () => {
    around.vonage.setFault({ kind: 'stall_after_accept', times: 1 });
    interrupted = await place();
    await expect.poll(() => accepted(interrupted.phone), POLL).toBe(1);
    sender().kill('SIGKILL');
    expect(await sender().ended).toBe('SIGKILL');
    await expect
      .poll(() => around.shop.view(interrupted.id).then(sent), POLL)
      .toEqual(['order_confirmation delivered']);
    await replaceSender();
  });

  it('a worker that is asked to stop while the provider takes its time waits for the answer and records it', async () => {
    around.vonage.setFault({ kind: 'delay', ms: 2_000, times: 1 });
    // Without a receipt, what the ledger knows can only come from the worker.
    around.vonage.setFault({ kind: 'no_receipts', times: 1 });
    const { id, phone } = await place();
    await expect.poll(() => accepted(phone), POLL).toBe(1);
    expect(await attempts(id)).toMatchObject([{ outcome: null }]);
    expect(await stopProgram(sender())).toBe(0);
    expect(await attempts(id)).toMatchObject([{ outcome: 'accepted', provider_id: expect.any(String) }]);
    await replaceSender();
    expect([sent(await around.shop.view(id)), accepted(phone)]).toEqual([['order_confirmation accepted'], 1]);
  });

  it('an API that is asked to stop answers the request under way, and what it has accepted is sent later', async () => {
    const order = validOrder({ placedAt: new Date().toISOString() });
    const body = JSON.stringify(order);
    const call = request(`${around.apiUrl}/v1/orders`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${around.key}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        // The API says "continue" when it has read the head: from then on the request is under way.
        expect: '100-continue',
      },
    });
    call.flushHeaders();
    await once(call, 'continue');
    api.kill('SIGTERM');
    await api.says(/"stopping"/);
    expect(await answerTo(call, body)).toBe(202);
    expect(await api.ended).toBe(0);

    api = await startServices(['api'], around.env);
    await expect
      .poll(async () => (await around.shop.view(order.id)).timeline, POLL)
      .toContainEqual(expect.objectContaining({ what: 'sent', key: 'order_confirmation' }));
  });

  it('the send of the killed worker is handed to another, which finds it done in the ledger: sent once', async () => {
    // Temporal does that 10 or 15 s after the killed worker took it.
    const { client, close } = connectTemporal({ connectionOptions: { address: temporal.address } });
    const told = () => client.workflow.getHandle(orderWorkflowId(brand.id, interrupted.id)).query(timelineQuery);
    await expect.poll(told, POLL).toMatchObject([{ key: 'order_confirmation', what: 'sent' }]);
    await close();
    expect(accepted(interrupted.phone)).toBe(1);
    expect(await attempts(interrupted.id)).toMatchObject([{ outcome: 'accepted' }]);
  });

  it('an operator who pauses an order is answered while the provider takes longer for its message than a command may wait', async () => {
    around.vonage.setFault({ kind: 'delay', ms: 6_000, times: 1 });
    const { id, phone } = await place();
    await expect.poll(() => accepted(phone), POLL).toBe(1);
    const response = await fetch(`${around.apiUrl}/v1/orders/${id}/pause`, {
      method: 'POST',
      headers: { authorization: `Bearer ${around.key}`, 'content-type': 'application/json' },
      body: '{}',
    });
    expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
  });
});

it('callers and providers that never finish keep no process from stopping', async () => {
  const program = startProgram(['main.ts', 'api', 'worker'], {
    env: { ...around.env, PORT: '0', OPS_PORT: '0', SHUTDOWN_GRACE_MS: '1000', REQUEST_TIMEOUT_MS: '600000' },
  });
  const url = await program.says(/"url":"(http[^"]+)"/);
  await program.says(/"polling"/);
  // It promises a body and never sends it all.
  const call = request(`${url}/v1/orders`, {
    method: 'POST',
    headers: { authorization: `Bearer ${around.key}`, 'content-type': 'application/json', 'content-length': 999 },
  });
  const cut = once(call, 'error');
  call.write('{');
  // Either would outlast the test, if the process waited for it.
  around.vonage.setFault({ kind: 'delay', ms: 600_000 });
  const { phone } = await place();
  await expect.poll(() => accepted(phone), POLL).toBe(1);
  program.kill('SIGTERM');
  expect(await program.ended).toBe(0);
  await cut;
  around.vonage.clearFaults();
});

it('a worker that cannot work ends with code 1 and says why, and the API beside it ends too', async () => {
  // The connection is good; there is no such namespace.
  const program = startProgram(['main.ts', 'api', 'worker'], {
    env: { ...around.env, PORT: '0', OPS_PORT: '0', TEMPORAL_NAMESPACE: 'nowhere' },
  });
  expect([await program.ended, program.output()]).toEqual([
    1,
    expect.stringContaining('Namespace nowhere was not found'),
  ]);
});

async function answerTo(call: ClientRequest, body: string): Promise<number | undefined> {
  call.end(body);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}
