import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { withClient } from '../../../dev/servers/postgres.ts';
import { createVonageSender } from '../../../vonage/client.ts';
import { NOON, TEXT, attemptsOf, brand, placedOrder, planned, ledgerRowOf, shipped } from '../../helpers/ledger.ts';
import type { Sending } from './sending.ts';
import { rules, runSend, startSending } from './sending.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.fake.clearFaults();
  stage.requests();
});

describe('handing a message to the provider', () => {
  it('sends the text of the ledger once to the customer, and writes down what the provider called it', async () => {
    const order = await placedOrder(stage.db);
    const message = await planned(stage.db, order);
    expect(await stage.send(message)).toEqual({ kind: 'accepted' });
    const sent = stage.fake.messages().at(-1);
    expect(sent).toMatchObject({ to: order.phone, from: brand.sender, text: TEXT, encoding: 'text' });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'accepted', reason: null });
    expect(await attemptsOf(stage.db, message)).toEqual([
      { number: 1, client_ref: sent?.clientRef, outcome: 'accepted', code: null, provider_id: sent?.providerId },
    ]);
    expect(stage.requests()).toBe(1);
  });

  it('the reference that the provider is given says nothing about a person and is another one for every attempt', async () => {
    stage.fake.setFault({ kind: 'status', status: 429, times: 1 });
    const message = await planned(stage.db, await placedOrder(stage.db));
    await stage.send(message);
    await stage.send(message, { asOf: NOON + MINUTE });
    const references = (await attemptsOf(stage.db, message)).map(({ client_ref }) => client_ref);
    expect(new Set(references).size).toBe(2);
    for (const reference of references) expect(reference).toMatch(/^[0-9a-f]{32}$/);
  });

  it('an accepted message is not sent again, however often it is asked for', async () => {
    const message = await planned(stage.db, await placedOrder(stage.db));
    for (let times = 0; times < 3; times += 1) expect(await stage.send(message)).toEqual({ kind: 'accepted' });
    expect(stage.requests()).toBe(1);
  });

  it('a message of no ledger is an error without a request', async () => {
    await expect(stage.send('00000000-0000-4000-8000-000000000000')).rejects.toThrow('no such message');
    expect(stage.requests()).toBe(0);
  });
});

describe('the row is committed as submitted before the socket is written', () => {
  let provider: Server;
  /** The ledger as another connection saw it while the request was open. */
  const seen: unknown[] = [];
  beforeAll(async () => {
    provider = createServer((request, response) => {
      request.resume();
      void withClient(stage.url, async (client) => {
        const { rows } = await client.query(
          `select m.state, m.submitted_at is not null as submitted, a.client_ref
             from attempts a join messages m on m.id = a.message_id where a.outcome is null`,
        );
        seen.push(...rows);
        response.writeHead(202, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ message_uuid: '11111111-1111-4111-8111-111111111111' }));
      });
    });
    await new Promise<void>((resolve) => void provider.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => void provider.close());

  it('another connection sees state and reference of the attempt while the request is open', async () => {
    const { applicationId, privateKey } = stage.fake;
    const baseUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
    const sender = createVonageSender({ applicationId, privateKey, baseUrl, timeoutMs: 5000 });
    const message = await planned(stage.db, await placedOrder(stage.db));
    expect(await runSend({ db: stage.db, rules, sender }, message)).toEqual({ kind: 'accepted' });
    const [attempt] = await attemptsOf(stage.db, message);
    expect(seen).toEqual([{ state: 'submitted', submitted: true, client_ref: attempt?.client_ref }]);
  });
});

describe('the clock is the later of asking and scheduling, never the wall', () => {
  /** Weeks, so that it is a Tuesday noon there too. */
  const YEARS = 520 * 7 * 24 * HOUR;

  it.each([
    { name: 'a workflow in the far past', shift: -YEARS },
    { name: 'a workflow in the far future', shift: YEARS },
  ])('$name sends at its own noon', async ({ shift }) => {
    const asOf = NOON + shift;
    const message = await planned(stage.db, await placedOrder(stage.db), { kind: 'delivered', dueAt: asOf });
    expect(await stage.send(message, { asOf })).toEqual({ kind: 'accepted' });
    expect((await ledgerRowOf(stage.db, message)).submitted_at?.getTime()).toBe(asOf);
  });

  it('an attempt scheduled after the queue had been long counts from then', async () => {
    const order = await placedOrder(stage.db);
    await shipped(stage.db, order);
    const message = await planned(stage.db, order);
    await stage.send(message, { asOf: NOON, scheduledAt: NOON + 5 * MINUTE });
    expect((await ledgerRowOf(stage.db, message)).submitted_at?.getTime()).toBe(NOON + 5 * MINUTE);
  });
});
