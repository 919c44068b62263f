import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../scripts/servers/free-port.ts';
import { withClient } from '../../scripts/servers/postgres.ts';
import { createVonageSender } from '../../vonage/client.ts';
import type { Fault } from '../../vonage/fake-faults.ts';
import { NOON, TEXT, attemptsOf, brand, placed, planned, rowOf } from '../helpers/ledger.ts';
import type { Sending } from './sending.ts';
import { receipt, rules, runSend, startSending } from './sending.ts';

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
    const order = await placed(stage.db);
    const message = await planned(stage.db, order);
    expect(await stage.send(message)).toEqual({ kind: 'accepted' });
    const sent = stage.fake.messages().at(-1);
    expect(sent).toMatchObject({ to: order.phone, from: brand.sender, text: TEXT, encoding: 'text' });
    expect(await rowOf(stage.db, message)).toMatchObject({ state: 'accepted', reason: null });
    expect(await attemptsOf(stage.db, message)).toEqual([
      { number: 1, client_ref: sent?.clientRef, outcome: 'accepted', code: null, provider_id: sent?.providerId },
    ]);
    expect(stage.requests()).toBe(1);
  });

  it('the reference the provider is given says nothing about anybody and is another one for every attempt', async () => {
    stage.fake.setFault({ kind: 'status', status: 429, times: 1 });
    const message = await planned(stage.db, await placed(stage.db));
    await stage.send(message);
    await stage.send(message, { asOf: NOON + MINUTE });
    const references = (await attemptsOf(stage.db, message)).map(({ client_ref }) => client_ref);
    expect(new Set(references).size).toBe(2);
    for (const reference of references) expect(reference).toMatch(/^[0-9a-f]{32}$/);
  });

  it('an accepted message is not sent again, however often it is asked for', async () => {
    const message = await planned(stage.db, await placed(stage.db));
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
  /** What another connection saw of the ledger while the request was open. */
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
    const message = await planned(stage.db, await placed(stage.db));
    expect(await runSend({ db: stage.db, rules, sender }, message)).toEqual({ kind: 'accepted' });
    const [attempt] = await attemptsOf(stage.db, message);
    expect(seen).toEqual([{ state: 'submitted', submitted: true, client_ref: attempt?.client_ref }]);
  });
});

interface FaultCase {
  readonly name: string;
  readonly fault: Fault;
  readonly result: object;
  readonly state: string;
  readonly code: string;
}

const refusedForNow = (wait: number) => ({ kind: 'wait', until: NOON + wait, reason: 'provider_busy' });
const refusedForGood = { kind: 'failed', reason: 'provider_refused' };
const unknown = { kind: 'unknown', settleAt: NOON + HOUR };

const FAULTS: readonly FaultCase[] = [
  {
    name: '422 ends it',
    fault: { kind: 'status', status: 422, code: '1420' },
    result: refusedForGood,
    state: 'rejected',
    code: '1420',
  },
  {
    name: '400 ends it',
    fault: { kind: 'status', status: 400 },
    result: refusedForGood,
    state: 'rejected',
    code: '400',
  },
  {
    name: '404 ends it',
    fault: { kind: 'status', status: 404 },
    result: refusedForGood,
    state: 'rejected',
    code: '404',
  },
  {
    name: '429 plans it again',
    fault: { kind: 'status', status: 429 },
    result: refusedForNow(30_000),
    state: 'planned',
    code: '429',
  },
  {
    name: '429 plans it again when the provider says',
    fault: { kind: 'status', status: 429, retryAfterSeconds: 90 },
    result: refusedForNow(90_000),
    state: 'planned',
    code: '429',
  },
  {
    name: 'bad credentials plan it again',
    fault: { kind: 'status', status: 401 },
    result: refusedForNow(30_000),
    state: 'planned',
    code: '401',
  },
  {
    name: 'an empty balance plans it again',
    fault: { kind: 'status', status: 402 },
    result: refusedForNow(30_000),
    state: 'planned',
    code: '402',
  },
  {
    name: '503 leaves it unknown',
    fault: { kind: 'status', status: 503 },
    result: unknown,
    state: 'unknown',
    code: 'http_503',
  },
  {
    name: '500 after accepting leaves it unknown',
    fault: { kind: 'status_after_accept', status: 500 },
    result: unknown,
    state: 'unknown',
    code: 'http_500',
  },
  {
    name: 'a reset before accepting leaves it unknown',
    fault: { kind: 'reset_before_accept' },
    result: unknown,
    state: 'unknown',
    code: 'connection_lost',
  },
  {
    name: 'a reset after accepting leaves it unknown',
    fault: { kind: 'reset_after_accept' },
    result: unknown,
    state: 'unknown',
    code: 'connection_lost',
  },
  {
    name: 'a time-out leaves it unknown',
    fault: { kind: 'delay', ms: 60_000 },
    result: unknown,
    state: 'unknown',
    code: 'timeout',
  },
  {
    name: 'an answer that never ends leaves it unknown',
    fault: { kind: 'stall_after_accept' },
    result: unknown,
    state: 'unknown',
    code: 'unreadable_body',
  },
  {
    name: 'an empty 202 leaves it unknown',
    fault: { kind: 'broken_body', body: 'empty' },
    result: unknown,
    state: 'unknown',
    code: 'no_message_uuid',
  },
  {
    name: 'half a JSON leaves it unknown',
    fault: { kind: 'broken_body', body: 'not_json' },
    result: unknown,
    state: 'unknown',
    code: 'unreadable_body',
  },
  {
    name: 'a 202 without an id leaves it unknown',
    fault: { kind: 'broken_body', body: 'no_uuid' },
    result: unknown,
    state: 'unknown',
    code: 'no_message_uuid',
  },
  {
    name: 'a 202 with a problem leaves it unknown',
    fault: { kind: 'broken_body', body: 'problem' },
    result: unknown,
    state: 'unknown',
    code: 'no_message_uuid',
  },
];

describe('what the provider answers decides what the row says', () => {
  it.each(FAULTS)('$name, after exactly one request', async ({ fault, result, state, code }) => {
    stage.fake.setFault(fault);
    const message = await planned(stage.db, await placed(stage.db));
    expect(await stage.send(message)).toEqual(result);
    expect(await rowOf(stage.db, message)).toMatchObject({ state });
    const attempts = await attemptsOf(stage.db, message);
    expect(attempts).toMatchObject([{ number: 1, outcome: state === 'unknown' ? 'unknown' : 'refused', code }]);
    expect(stage.requests()).toBe(1);
  });

  it.each([
    { name: 'a closed port', host: '127.0.0.1', code: 'connection_refused' },
    { name: 'a host without an address', host: 'nowhere.invalid', code: 'dns' },
  ])('$name plans it again', async ({ host, code }) => {
    const { applicationId, privateKey } = stage.fake;
    const baseUrl = `http://${host}:${await freePort()}`;
    const sender = createVonageSender({ applicationId, privateKey, baseUrl, timeoutMs: 5000 });
    const message = await planned(stage.db, await placed(stage.db));
    expect(await runSend({ db: stage.db, rules, sender }, message)).toEqual(refusedForNow(30_000));
    expect(await rowOf(stage.db, message)).toMatchObject({ state: 'planned', submitted_at: null });
    expect(await attemptsOf(stage.db, message)).toMatchObject([{ outcome: 'refused', code }]);
  });

  it('a message that was refused for now is sent when it is asked for again', async () => {
    stage.fake.setFault({ kind: 'status', status: 429, times: 1 });
    const message = await planned(stage.db, await placed(stage.db));
    await stage.send(message);
    expect(await stage.send(message, { asOf: NOON + 30_000 })).toEqual({ kind: 'accepted' });
    expect(await attemptsOf(stage.db, message)).toMatchObject([{ outcome: 'refused' }, { outcome: 'accepted' }]);
  });

  it('every refusal doubles the wait, up to a quarter of an hour', async () => {
    stage.fake.setFault({ kind: 'status', status: 429 });
    const message = await planned(stage.db, await placed(stage.db));
    const waits: number[] = [];
    for (let times = 0; times < 7; times += 1) {
      const result = await stage.send(message);
      if (result.kind === 'wait') waits.push((result.until - NOON) / MINUTE);
    }
    expect(waits).toEqual([0.5, 1, 2, 4, 8, 15, 15]);
  });

  it('a message refused for good is not tried again', async () => {
    stage.fake.setFault({ kind: 'status', status: 422, times: 1 });
    const message = await planned(stage.db, await placed(stage.db));
    await stage.send(message);
    expect(await stage.send(message)).toEqual(refusedForGood);
    expect(stage.requests()).toBe(1);
  });

  it('a message the carrier turned down later is not tried again either', async () => {
    const message = await planned(stage.db, await placed(stage.db));
    await stage.send(message);
    await receipt(stage.db, message, 'rejected');
    expect(await stage.send(message)).toEqual({ kind: 'failed', reason: 'undelivered' });
    expect(stage.requests()).toBe(1);
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
    const message = await planned(stage.db, await placed(stage.db), { kind: 'delivered', dueAt: asOf });
    expect(await stage.send(message, { asOf })).toEqual({ kind: 'accepted' });
    expect((await rowOf(stage.db, message)).submitted_at?.getTime()).toBe(asOf);
  });

  it('an attempt scheduled after the queue had been long counts from then', async () => {
    const message = await planned(stage.db, await placed(stage.db));
    await stage.send(message, { asOf: NOON, scheduledAt: NOON + 5 * MINUTE });
    expect((await rowOf(stage.db, message)).submitted_at?.getTime()).toBe(NOON + 5 * MINUTE);
  });
});
